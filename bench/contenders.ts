import { type Clock, SECOND, shiftedClock, systemClock } from '../src/platform/time.ts'
import { nextScheduleLook, startLineAt } from '../src/sport/opening.ts'
import { bookAtOpening } from '../src/sport/site/booking-race.ts'
import { calendarPath } from '../src/sport/site/browser/open-calendar.ts'
import { createSportSite } from '../src/sport/site/site-client.ts'
import type {
  Activity,
  ClassSlot,
  SiteReason,
  SiteResult,
  SiteSession,
  SportSite,
} from '../src/sport/site/site-model.ts'
import type { ClassView } from '../test/simulators/sportrick/model.ts'
import type { RemoteSportrick } from '../test/simulators/sportrick/remote.ts'

/** One user of a contender at one opening. */
export interface Entrant {
  sportrick: RemoteSportrick
  username: string
  wanted: ClassView
  /** When booking opens, epoch ms by the site's clock, which is this machine's. */
  opensAt: number
  /** How far the user's own clock is ahead, ms. */
  clockOffMs: number
}

export interface Finish {
  username: string
  opensAt: number
  /** The site's last answer. */
  answer: 'ok' | SiteReason
  /** From the opening until the last answer was here, ms by the site's clock. */
  answerMs: number
  /** When each request left, epoch ms. */
  sentAt: number[]
}

/** A way to book at an opening. */
export type Contender = (entrant: Entrant) => Promise<Finish>

/**
 * Waits between those of two public bots that click through the page. github.com/antonio-boiano/bot-polimisport waits 6 s
 * before it reads the calendar and 1 s before it confirms (src/resources/web_scraper.py, src/handlers/booking_handler.py);
 * github.com/BarokDG/polimi-gym-booking-automation waits 1 to 4 s at each page and click (src/pages/pages.py).
 */
const CALENDAR_WAIT = 6.5 * SECOND
const CONFIRM_WAIT = 4 * SECOND
/** As github.com/DavideRodler/gymbot does (scheduler.py): it loads the schedule at 23:59:45. */
const LOADED_BEFORE = 15 * SECOND

interface Seat {
  site: SportSite
  session: SiteSession
  clock: Clock
  activity: Activity
  sentAt: number[]
  request: typeof fetch
}

async function seat({ sportrick, username, wanted, clockOffMs }: Entrant): Promise<Seat> {
  const clock = shiftedClock(clockOffMs)
  const sentAt: number[] = []
  const request: typeof fetch = (...args) => {
    sentAt.push(Date.now())
    return fetch(...args)
  }
  return {
    clock,
    sentAt,
    request,
    site: createSportSite({
      base: sportrick.base,
      fetch: request,
      clock,
      launchBrowser: () => Promise.reject(new Error('this bench has no browser')),
    }),
    session: { cookies: await sportrick.issueSession(username), obtainedAt: clock.now() },
    activity: { activityId: wanted.activityId, name: 'Giuriati - Corsi Platinum' },
  }
}

async function lookFor({ site, session, activity }: Seat, wanted: ClassView): Promise<ClassSlot | undefined> {
  const schedule = await site.schedule(session, activity, wanted.date)
  if (!schedule.ok) throw new Error(`no schedule: ${schedule.failure.detail}`)
  return schedule.value.slots.find(({ appointmentId }) => appointmentId === wanted.appointmentId)
}

async function findSlot(seat: Seat, wanted: ClassView): Promise<ClassSlot> {
  const slot = await lookFor(seat, wanted)
  if (!slot) throw new Error('the schedule lacks the class')
  return slot
}

const finish = ({ username, opensAt }: Entrant, { sentAt }: Seat, result: SiteResult<null>): Finish => ({
  username,
  opensAt,
  answer: result.ok ? 'ok' : result.failure.reason,
  answerMs: Date.now() - opensAt,
  sentAt,
})

/** The real client: schedule first, then the race as a student's object runs it. */
export const sportello: Contender = async (entrant) => {
  const { opensAt, wanted } = entrant
  const ours = await seat(entrant)
  const { clock, site, session } = ours
  const early = await lookFor(ours, wanted)
  if (early) {
    await clock.sleep(startLineAt(opensAt) - clock.now())
    const { result } = await bookAtOpening({ site, session, slot: early, opensAt, clock })
    return finish(entrant, ours, result)
  }
  // As book-class.ts does: it looks again until the class is there, and books without a race.
  await clock.sleep(opensAt - clock.now())
  for (;;) {
    const slot = await lookFor(ours, wanted)
    if (slot) return finish(entrant, ours, await site.book(session, slot, { opensAt }))
    const again = nextScheduleLook(opensAt, clock.now())
    if (again === null) throw new Error('the class never appeared')
    await clock.sleep(again - clock.now())
  }
}

/**
 * Loads the schedule 15 s before and sends one request when the local clock shows the opening, as
 * github.com/DavideRodler/gymbot does. That bot repeats a refused request twice, 2 s apart (booker.py): too late here,
 * since the rivals take all places in one second.
 */
export const plainRequest: Contender = async (entrant) => {
  const { opensAt, wanted } = entrant
  const theirs = await seat(entrant)
  const { clock, site, session } = theirs
  await clock.sleep(opensAt - LOADED_BEFORE - clock.now())
  const slot = await findSlot(theirs, wanted)
  await clock.sleep(opensAt - clock.now())
  const result = await site.book(session, slot, { opensAt, quick: true })
  return finish(entrant, theirs, result)
}

/**
 * Clicks through the page with fixed waits, logged in already and by a correct clock. It sends the page's requests
 * without a browser, so this is the minimum cost of those waits.
 */
export const clicking: Contender = async (entrant) => {
  const { opensAt, wanted, sportrick } = entrant
  const theirs = await seat(entrant)
  const { site, session, request } = theirs
  const cookie = Object.entries(session.cookies)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ')
  const visit = async (path: string) => {
    const answer = await request(`${sportrick.base}${path}`, { headers: { cookie } })
    await answer.arrayBuffer()
  }
  await systemClock.sleep(opensAt - Date.now())
  await visit(calendarPath(wanted.activityId))
  const slot = await findSlot(theirs, wanted)
  await systemClock.sleep(CALENDAR_WAIT)
  await visit(`/Booking/ConfirmActivityBooking?appointmentID=${slot.appointmentId}`)
  await systemClock.sleep(CONFIRM_WAIT)
  const result = await site.book(session, slot, { opensAt, quick: true })
  return finish(entrant, theirs, result)
}
