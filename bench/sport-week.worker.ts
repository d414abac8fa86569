/** The booking Worker for the bench `sport`: the real student's object in a week of simulated time. */
import { type BrowserWorker, launch } from '@cloudflare/playwright'
import type { BookingEnv } from '../src/bindings.d.ts'
import { Student as RealStudent } from '../src/booking.ts'
import { MINUTE, systemClock } from '../src/platform/time.ts'
import { opensAt, usefulUntil } from '../src/sport/opening.ts'
import { createSportSite } from '../src/sport/site/site-client.ts'
import type { Credentials } from '../src/sport/site/site-model.ts'
import type { WeeklyDraft } from '../src/sport/student-types.ts'
import { occurrenceDates } from '../src/sport/weekly-rules.ts'
import { SimulatedSite } from './simulated-student.worker.ts'
import type { BrowserSample, BrowserTimes, WeekPlan, WeekReport } from './sport-week.ts'

/** Each object that is made gets a site and a clock of its own. */
let made: SimulatedSite
let next: { startsAt: number; sessionLifeMs: number | null } = { startsAt: 0, sessionLifeMs: null }
RealStudent.dependencies = () => {
  made = new SimulatedSite('10754321', next.startsAt, next.sessionLifeMs)
  return made.dependencies
}

const credentials: Credentials = {
  username: '10754321',
  password: 'segretissima-9',
  otpauth: 'otpauth://totp/PoliMi?secret=GEZDGNBVGY3TQOJQ',
}

const keyOf = ({ date, start, course }: { date: string; start: string; course: string | null }) =>
  `${date} ${start} ${course ?? ''}`

export class Student extends RealStudent {
  readonly #life: SimulatedSite

  constructor(ctx: DurableObjectState, env: BookingEnv) {
    super(ctx, env)
    this.#life = made
  }

  /** Lets time pass until `to` (epoch ms), every alarm at its time, every question answered as planned. */
  async #pass(to: number, plan: WeekPlan): Promise<number> {
    const { clock } = this.#life
    for (let fired = 0; ; fired++) {
      const { due } = this.ctx.storage.sql
        .exec<{ due: number | null }>('SELECT min(due_at) AS due FROM timers')
        .one()
      if (due === null || due > to) {
        clock.time = Math.max(clock.time, to)
        return fired
      }
      clock.time = Math.max(clock.time, due)
      await this.alarm()
      const asked = this.ctx.storage.sql
        .exec<{ id: number }>("SELECT id FROM confirmations WHERE status = 'asked'")
        .toArray()
      for (const { id } of asked) {
        const answer = plan.answers[id % plan.answers.length]
        if (answer === 'confirm') await this.confirm(id)
        if (answer === 'skip') await this.skip(id)
      }
    }
  }

  /** Links an account, makes the weekly bookings and lives on until the end of the plan. */
  async live(plan: WeekPlan): Promise<WeekReport> {
    const { world, traffic, clock } = this.#life
    await this.link('link', credentials)
    await this.#pass(clock.time + MINUTE, plan)
    for (const [i, draft] of plan.weekly.entries()) await this.createWeekly(`weekly-${i}`, draft)
    const begunAt = clock.now()
    const alarms = await this.#pass(plan.until, plan)

    const { sql } = this.ctx.storage
    const { bookings, cancellations } = world.ledger
    const accepted = bookings.filter(({ outcome }) => outcome === 'accepted')
    const times = (key: string) => accepted.filter((entry) => keyOf(entry) === key).length
    const due = plan.weekly.flatMap((draft) => datesDue(draft, begunAt, plan.until))
    const keys = due.map(({ date, draft }) =>
      keyOf({ date, start: draft.start, course: draft.type === 'course' ? draft.name : null }),
    )
    const released = sql
      .exec<{ n: number }>("SELECT count(*) AS n FROM occurrences WHERE state = 'released'")
      .one().n
    return {
      due: keys.length,
      booked: accepted.length,
      missed: keys.filter((key) => times(key) === 0).length,
      doubled: new Set(accepted.map(keyOf).filter((key) => times(key) > 1)).size,
      unwanted: accepted.filter((entry) => !keys.includes(keyOf(entry))).length,
      refused: bookings.length - accepted.length,
      released,
      cancelledAtSite: cancellations.length,
      atOpeningMs: accepted
        .filter(({ at, afterOpeningMs }) => at - afterOpeningMs > begunAt)
        .map(({ afterOpeningMs }) => afterOpeningMs),
      alarms,
      storageBytes: sql.databaseSize,
      ...traffic,
    }
  }
}

/** The days of a weekly booking that could be booked between two instants. */
function datesDue(draft: WeeklyDraft, from: number, until: number) {
  return occurrenceDates({ ...draft, skipUntil: null }, from, 3)
    .filter((date) => opensAt(date) + MINUTE < until && usefulUntil({ date, start: draft.start }) > from)
    .map((date) => ({ date, draft }))
}

/** One login and one cancellation in a real browser. */
async function useBrowser(env: BookingEnv, { base, credentials: who, taken }: BrowserSample) {
  const site = createSportSite({
    base,
    fetch: (...request) => fetch(...request),
    clock: systemClock,
    launchBrowser: () => launch(env.BROWSER as unknown as BrowserWorker),
  })
  const started = Date.now()
  const session = await site.login(who)
  if (!session.ok) throw new Error(`no login: ${session.failure.detail}`)
  const loggedIn = Date.now()
  const list = await site.bookings(session.value)
  const booking = list.ok ? list.value.find(({ date }) => date === taken) : undefined
  if (!booking) throw new Error('the booking to cancel is not listed')
  const cancelling = Date.now()
  const cancelled = await site.cancelInPage(session.value, booking)
  if (!cancelled.ok) throw new Error(`not cancelled: ${cancelled.failure.detail}`)
  return { loginMs: loggedIn - started, cancelMs: Date.now() - cancelling } satisfies BrowserTimes
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url)
    if (pathname === '/browser') return Response.json(await useBrowser(env, await request.json()))
    const { userId, plan } = await request.json<{ userId: number; plan: WeekPlan }>()
    next = plan
    const stub = env.STUDENTS.get(env.STUDENTS.idFromName(String(userId)))
    return Response.json(await (stub as unknown as Student).live(plan))
  },
} satisfies ExportedHandler<BookingEnv>
