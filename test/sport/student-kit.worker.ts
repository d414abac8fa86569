import { env, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { Student } from '../../src/booking.ts'
import { addDays, type Clock, romeInstant, SECOND } from '../../src/platform/time.ts'
import { sameBooking } from '../../src/sport/class-match.ts'
import { opensAt, startsAt } from '../../src/sport/opening.ts'
import type {
  Activity,
  ClassSlot,
  ClassType,
  Credentials,
  SiteBooking,
  SiteReason,
  SiteResult,
  SiteSession,
  SportSite,
} from '../../src/sport/site/site-model.ts'
import { timeAfter } from '../../src/sport/site/site-times.ts'
import type { Answer, ClassRef } from '../../src/sport/student-types.ts'

type Stub = DurableObjectStub<Student>
interface Bindings {
  STUDENTS: DurableObjectNamespace<Student>
  DB: D1Database
  CLOCK_SHIFT_SECONDS?: string
}
export const bindings = env as unknown as Bindings

const COURSES: Activity = {
  activityId: '245765508040862208',
  name: 'Giuriati - Corsi Platinum',
}
const GYM: Activity = { activityId: '245765508040862347', name: 'Giuriati - Fit Center' }

/** A class of the fake site. */
export interface FakeClass extends ClassRef {
  places: number
  opensAt: number
}

/** One call that reached the fake site, in order. */
export interface Call {
  step: keyof SportSite
  at: number
  about?: string
}

const yes = <Value>(value: Value): SiteResult<Value> => ({ ok: true, value })
export const no = (reason: SiteReason, more: object = {}): SiteResult<never> => ({
  ok: false,
  failure: { reason, detail: `the fake site says ${reason}`, ...more },
})

/** The time of a test: it stands still until it is moved. */
export class FakeClock implements Clock {
  time: number
  constructor(time: number) {
    this.time = time
  }
  now = () => this.time
  sleep = async (ms: number) => {
    this.time += Math.max(0, ms)
  }
}

/** A booking site as faithful as its contract: sessions that die, places that fill, a list that alone tells the truth. */
export class FakeSite implements SportSite {
  readonly classes: FakeClass[] = []
  readonly calls: Call[] = []
  /** Every booking that was ever made, as the site's books have it. */
  readonly made: string[] = []
  readonly cancelled: string[] = []
  booked: (SiteBooking & { key: string; at: number })[] = []
  /** The list shows a booking this long after it was made, ms. */
  listLagMs = 0
  readonly alive = new Set<string>()
  logins = 0
  /** The schedule shows places as free before the opening too. */
  showsFree = false
  /** How far the site's clock is ahead, ms. */
  aheadMs = 0
  /** The next calls of a step answer so, first things first. */
  readonly faults: { step: keyof SportSite; result: SiteResult<never>; after?: boolean; once: boolean }[] = []
  /** Called when a step reaches the site, before it does anything. */
  onCall: (step: keyof SportSite) => Promise<void> | void = () => undefined
  readonly clock: Clock

  constructor(clock: Clock) {
    this.clock = clock
  }

  add(name: string, date: string, start: string, more: Partial<FakeClass> = {}): ClassRef {
    const type: ClassType = more.type ?? 'course'
    const ref: ClassRef = { type, name, location: 'Giuriati', date, start }
    this.classes.push({ ...ref, places: 10, opensAt: opensAt(date), ...more })
    return ref
  }

  /** The step's next call fails; `after`: although what it does was done. */
  fail(
    step: keyof SportSite,
    reason: SiteReason,
    more: { after?: boolean; always?: boolean; [key: string]: unknown } = {},
  ) {
    const { after = false, always = false, ...failure } = more
    this.faults.push({ step, result: no(reason, failure), after, once: !always })
  }

  count = (step: keyof SportSite) => this.calls.filter((call) => call.step === step).length

  async #step<Value>(
    step: keyof SportSite,
    about: string | undefined,
    session: SiteSession | null,
    act: () => SiteResult<Value>,
  ): Promise<SiteResult<Value>> {
    this.calls.push({ step, at: this.clock.now(), ...(about && { about }) })
    await this.onCall(step)
    const index = this.faults.findIndex((fault) => fault.step === step)
    const fault = this.faults[index]
    if (fault?.once) this.faults.splice(index, 1)
    if (fault && !fault.after) return fault.result
    if (session && !this.alive.has(session.cookies.id ?? '')) return no('session-expired')
    const result = act()
    return fault ? fault.result : result
  }

  login: SportSite['login'] = () =>
    this.#step('login', undefined, null, () => {
      const id = `session-${++this.logins}`
      this.alive.add(id)
      return yes({ cookies: { id }, obtainedAt: this.clock.now() })
    })

  activities = (session: SiteSession) =>
    this.#step('activities', undefined, session, () => yes([COURSES, GYM]))

  schedule = (session: SiteSession, { activityId }: Activity, date: string) => {
    const type = activityId === GYM.activityId ? 'fit-center' : 'course'
    return this.#step('schedule', `${type} ${date}`, session, () =>
      yes({
        slots: this.classes
          .filter((entry) => entry.type === type && entry.date === date)
          .map((entry) => this.#slot(entry)),
        clockOffsetMs: this.aheadMs,
      }),
    )
  }

  #slot(entry: FakeClass): ClassSlot {
    const { type, name, location, date, start, places } = entry
    const mine = this.booked.some((booking) => booking.key === this.key(entry))
    const open = (this.showsFree || this.clock.now() >= entry.opensAt) && places > 0
    return {
      appointmentId: String(1000 + this.classes.indexOf(entry)),
      activityId: type === 'course' ? COURSES.activityId : GYM.activityId,
      type,
      name,
      location,
      teacher: null,
      date,
      start,
      end: timeAfter(start, 55),
      places,
      state: mine ? 'mine' : open ? 'open' : 'closed',
    }
  }

  key = ({ date, start, name }: Pick<ClassRef, 'date' | 'start' | 'name'>) => `${date} ${start} ${name}`

  /** Books in the student's name, as on their phone too. */
  take(entry: FakeClass): SiteResult<null> {
    const { type, name, location, date, start } = entry
    const key = this.key(entry)
    if (this.booked.some((booking) => booking.key === key)) return no('already-booked')
    if (this.clock.now() < entry.opensAt) return no('not-open-yet')
    if (entry.places < 1) return no('full')
    entry.places--
    this.made.push(key)
    this.booked.push({
      at: this.clock.now(),
      key,
      date,
      start,
      minutes: 55,
      location,
      course: type === 'course' ? name : null,
    })
    return yes(null)
  }

  find = (wanted: Pick<ClassRef, 'date' | 'start' | 'name'>): FakeClass => {
    const entry = this.classes.find((candidate) => this.key(candidate) === this.key(wanted))
    if (!entry) throw new Error(`no class ${this.key(wanted)}`)
    return entry
  }

  #take(slot: ClassSlot): SiteResult<null> {
    const entry = this.classes[Number(slot.appointmentId) - 1000]
    return entry ? this.take(entry) : no('class-gone')
  }

  book = (session: SiteSession, slot: ClassSlot) =>
    this.#step('book', slot.name, session, () => this.#take(slot))
  bookInPage = (session: SiteSession, slot: ClassSlot) =>
    this.#step('bookInPage', slot.name, session, () => this.#take(slot))
  bookings = (session: SiteSession) =>
    this.#step('bookings', undefined, session, () =>
      yes(
        this.booked
          .filter(({ at }) => at + this.listLagMs <= this.clock.now())
          .map(({ key: _, at: __, ...booking }) => booking),
      ),
    )

  cancelInPage = (session: SiteSession, booking: SiteBooking) =>
    this.#step('cancelInPage', booking.course ?? '', session, () => {
      const index = this.booked.findIndex((entry) => sameBooking(entry, booking))
      const [gone] = this.booked.splice(index, index < 0 ? 0 : 1)
      if (!gone) return no('booking-not-found')
      this.cancelled.push(gone.key)
      const entry = this.classes.find((candidate) => this.key(candidate) === gone.key)
      if (entry) entry.places++
      return yes(null)
    })

  probeClock = async () => null
}

export const credentials: Credentials = {
  username: '10754321',
  password: 'segretissima-9',
  otpauth: 'otpauth://totp/PoliMi?secret=GEZDGNBVGY3TQOJQ',
}

/** The value of an answer that must have been a yes. */
export async function must<Value>(answer: Promise<Answer<Value>> | Answer<Value>): Promise<Value> {
  const result = await answer
  if (!result.ok) throw new Error(`refused: ${result.refusal}`)
  return result.value
}

let nextUser = 1000

/** One student with a clock and a site of their own. */
export class TestStudent {
  readonly userId: number
  readonly clock: FakeClock
  readonly site: FakeSite
  #key = 0

  constructor(start: number, userId = ++nextUser + Math.floor(Math.random() * 1e9)) {
    this.userId = userId
    this.clock = new FakeClock(start)
    this.site = new FakeSite(this.clock)
    Student.dependencies = () => ({
      clock: this.clock,
      alarmAt: (instant) => instant,
      random: () => 0,
      site: this.site,
      race: async ({ site, session, slot, opensAt: opening }) => {
        await this.clock.sleep(opening - this.site.aheadMs - this.clock.now())
        const result = await site.book(session, slot, { opensAt: opening, quick: true })
        return { result, session, attempts: [], serverClock: null }
      },
    })
  }

  get stub(): Stub {
    return bindings.STUDENTS.get(bindings.STUDENTS.idFromName(String(this.userId)))
  }

  /** The object's calls, with the types that a caller sees. */
  get api(): Stub {
    return this.stub
  }

  key = () => `key-${++this.#key}`

  /** Fires the alarm now, as the runtime would. @returns whether one was set */
  alarm = () => runDurableObjectAlarm(this.stub)

  nextTimer = () =>
    runInDurableObject(this.stub, (_object, state) =>
      state.storage.sql.exec<{ due: number | null }>('SELECT min(due_at) AS due FROM timers').one(),
    ).then(({ due }) => due)

  /** Lets time pass until `to`, each alarm at its time. */
  async pass(to: number): Promise<void> {
    for (let fired = 0; fired < 500; fired++) {
      const due = await this.nextTimer()
      if (due === null || due > to) break
      this.clock.time = Math.max(this.clock.time, due)
      await this.alarm()
    }
    this.clock.time = Math.max(this.clock.time, to)
  }

  /** Lets a few seconds pass. */
  settle = (seconds = 30) => this.pass(this.clock.time + seconds * 1000)

  async link(): Promise<this> {
    await must(this.api.link(this.key(), credentials))
    await this.settle()
    return this
  }

  /** What the sweep does for an object whose alarm was lost. */
  sweep = () => this.stub.wake()

  /** Restarts the object: it keeps only its storage. */
  async evict(): Promise<void> {
    await runInDurableObject(this.stub, (_object, state) => state.abort('evicted by the test')).catch(
      () => undefined,
    )
  }

  rows = <Row>(query: string): Promise<Row[]> =>
    runInDurableObject(this.stub, (_object, state) => state.storage.sql.exec(query).toArray() as Row[])

  /** What reached D1 for Telegram, in order. */
  async messages(): Promise<
    { event: string; status: string; type: string; text: string; target: unknown }[]
  > {
    const { results } = await bindings.DB.prepare(
      `SELECT event, status, content ->> '$.type' AS type, content ->> '$.message.text' AS text,
              content -> '$.target' AS target
       FROM deliveries WHERE chat_id = ? ORDER BY id`,
    )
      .bind(this.userId)
      .all<{ event: string; status: string; type: string; text: string; target: string }>()
    return results.map((row) => ({ ...row, target: row.target ? JSON.parse(row.target) : null }))
  }

  texts = async () => (await this.messages()).map((message) => message.text)
}

/** Monday 10 May 2027, noon in Rome; the classes of Wednesday opened this midnight. */
export const MONDAY = '2027-05-10'
export const TUESDAY = addDays(MONDAY, 1)
export const WEDNESDAY = addDays(MONDAY, 2)
export const THURSDAY = addDays(MONDAY, 3)
export const NOON = romeInstant(MONDAY, '12:00')
export const at = romeInstant
/** The time that Cloudflare gives a cron which runs when our clock, moved by CLOCK_SHIFT_SECONDS, shows `now` (epoch ms). */
export const scheduledAt = (now: number): Date =>
  new Date(now - Number(bindings.CLOCK_SHIFT_SECONDS ?? 0) * SECOND)
export { startsAt }
