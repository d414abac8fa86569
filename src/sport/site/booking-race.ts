import { type Clock, SECOND } from '../../platform/time.ts'
import { findBooking } from './class-key.ts'
import { measureServerClock, type ServerClock } from './server-clock.ts'
import type { ClassSlot, SiteReason, SiteResult, SiteSession, SportSite } from './site-model.ts'
import { ok } from './site-result.ts'

/** One booking request of the race; instants are epoch ms by our clock. */
export interface RaceAttempt {
  sentAt: number
  answeredAt: number
  answer: 'ok' | SiteReason
}

export interface RaceOutcome {
  /** `ok`: the site said OK, or its list shows the booking. */
  result: SiteResult<null>
  /** The session to go on with: the site may have rotated its cookies. */
  session: SiteSession
  attempts: RaceAttempt[]
  /** The site's clock as it was measured; null when it could not be. */
  serverClock: ServerClock | null
}

export interface RaceInput {
  site: Pick<SportSite, 'book' | 'bookings' | 'probeClock'>
  session: SiteSession
  slot: ClassSlot
  /** When booking opens, epoch ms by the site's clock. */
  opensAt: number
  clock: Clock
  /** The site's clock, when somebody measured it moments ago; otherwise it is measured here. */
  serverClock?: ServerClock | undefined
  /** How long after the opening to go on while the answer is "not open yet" or the site is down, ms. */
  patienceMs?: number
}

const PATIENCE_MS = 45 * SECOND
/** The clock is known this long before the opening, so that a last request can warm the connection. */
const MEASURED_BEFORE_MS = 1_500
/** A connection left idle for longer may be closed by the site. */
const WARM_BEFORE_MS = 700
/** Aimed at just after the opening: a moment too early costs a whole repetition, a moment too late only itself. */
const MARGIN_MS = 4
/** An offset that is not known better than this is no reason to come later than this. */
const MAX_MARGIN_MS = 60

/** The gap between two requests, ms, by how long ago the opening was: never more than 10 a second. */
export function gapAfter(sinceOpeningMs: number): number {
  if (sinceOpeningMs < 2 * SECOND) return 110
  if (sinceOpeningMs < 6 * SECOND) return 300
  return SECOND
}

/** When to send (epoch ms, ours) so that the request arrives just after the opening by the site's clock. */
export function sendMoment(opensAt: number, { offsetMs, uncertaintyMs, oneWayMs }: ServerClock): number {
  return opensAt - offsetMs - oneWayMs + MARGIN_MS + Math.min(uncertaintyMs, MAX_MARGIN_MS)
}

const UNKNOWN_CLOCK: ServerClock = { offsetMs: 0, uncertaintyMs: 0, oneWayMs: 0 }

/** A refusal that nobody understands may only mean "too early": it is the site's last word when repeated so often. */
const UNEXPLAINED_REFUSALS = 4

/** After these the booking may stand although nobody said so: only the list knows. */
const DOUBTFUL: readonly SiteReason[] = ['answer-lost', 'site-down', 'already-booked']

/**
 * Books a class at its opening: sends so that the request arrives at that instant by the site's clock, repeats in the
 * first seconds while the answer is "not open yet", asks the list after a lost answer, and stops at the first success.
 * Start it some 20 s before the opening, so that the site's clock can be measured.
 */
export async function bookAtOpening(input: RaceInput): Promise<RaceOutcome> {
  const { site, slot, opensAt, clock } = input
  const patienceMs = input.patienceMs ?? PATIENCE_MS
  const attempts: RaceAttempt[] = []
  let session = input.session

  const measurable = clock.now() < opensAt - MEASURED_BEFORE_MS
  const serverClock =
    input.serverClock ??
    (measurable
      ? await measureServerClock(() => site.probeClock(), clock, opensAt - MEASURED_BEFORE_MS)
      : null)
  const known = serverClock ?? UNKNOWN_CLOCK
  const moment = sendMoment(opensAt, known)
  if (clock.now() < moment - WARM_BEFORE_MS) {
    await clock.sleep(moment - WARM_BEFORE_MS - clock.now())
    await site.probeClock()
  }
  await clock.sleep(moment - clock.now())

  /** Sentences that were not understood: from the first one on the schedule is looked at too. */
  let unexplained = 0
  let lastRequestAt = Number.NEGATIVE_INFINITY
  const sinceOpening = () => clock.now() + known.offsetMs - opensAt
  const pace = async () => {
    await clock.sleep(lastRequestAt + gapAfter(sinceOpening()) - clock.now())
    lastRequestAt = clock.now()
  }
  const done = (result: SiteResult<null>): RaceOutcome => ({ result, session, attempts, serverClock })

  for (;;) {
    await pace()
    const sentAt = clock.now()
    const result = await site.book(session, slot, { opensAt, quick: unexplained === 0 })
    const answer = result.ok ? 'ok' : result.failure.reason
    attempts.push({ sentAt, answeredAt: clock.now(), answer })
    if (result.ok) {
      session = result.renewed ?? session
      return done(ok(null))
    }

    const { reason } = result.failure
    const arrivedEarly = sentAt + known.oneWayMs + known.offsetMs < opensAt + known.uncertaintyMs
    if (DOUBTFUL.includes(reason)) {
      const listed = await askList()
      if (listed === true) return done(ok(null))
      // "Already booked" about a class that the list does not show is the site's last word.
      if (listed === null || reason === 'already-booked') return done(result)
    } else if (reason === 'rate-limited') {
      const wait = result.failure.retryAfterMs ?? SECOND
      if (sinceOpening() + wait > patienceMs) return done(result)
      await clock.sleep(wait)
    } else if (reason === 'refused') {
      unexplained += arrivedEarly ? 0 : 1
      if (unexplained === UNEXPLAINED_REFUSALS) return done(result)
    } else if (reason !== 'not-open-yet' && !(arrivedEarly && reason === 'full')) {
      return done(result)
    }
    if (sinceOpening() > patienceMs) return done(result)
  }

  /** Whether the list shows the booking; null when the list could not be read in all the time there was. */
  async function askList(): Promise<boolean | null> {
    for (;;) {
      await pace()
      const result = await site.bookings(session)
      if (result.ok) {
        session = result.renewed ?? session
        return findBooking(result.value, slot) !== undefined
      }
      if (result.failure.reason === 'session-expired' || sinceOpening() > patienceMs) return null
      await clock.sleep(SECOND)
    }
  }
}
