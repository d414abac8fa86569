import { DAY, MINUTE } from '../platform/time.ts'
import { DATABASE_LIMIT, LONGEST_WAIT, type UnparsedStep, type Vitals } from './vitals.ts'

/** What operators are notified of, once when it begins and once when it ends. */
export const incidents = [
  'no-session',
  'lag',
  'dead-letters',
  'unwritten',
  'push-key',
  'sport-markup',
  'database-full',
  'logins',
] as const
export type Incident = (typeof incidents)[number]

/** `database-full` begins above `FULL` of the limit and ends below `ROOM_AGAIN`, so that it does not flap. */
const FULL = 0.8
const ROOM_AGAIN = 0.75

/** A step that parses again counts as fixed after this long without another unparsed page, ms. */
const PARSED_AGAIN = 30 * MINUTE

/** The kinds of work that can be overdue. */
export type Lag = 'alert' | 'answer' | 'digest' | 'delivery'

/**
 * The kinds of work that are overdue. Deliveries count only when none was sent for `LONGEST_WAIT`: a broadcast is no
 * lag, since Telegram sets the pace (30,000 messages take 18 minutes). Interactive messages (which overtake broadcasts),
 * alerts not fanned out and digests not made always count.
 */
export function lagsOf(vitals: Vitals, now: number): Lag[] {
  const late = (since: number | null) => since !== null && now - since > LONGEST_WAIT
  const sending = vitals.lastSentAt !== null && now - vitals.lastSentAt <= LONGEST_WAIT
  const lags: Record<Lag, boolean> = {
    alert: late(vitals.alertSince),
    answer: late(vitals.answerDueSince),
    digest: late(vitals.heldDueSince),
    delivery: late(vitals.dueSince) && !sending,
  }
  return (Object.keys(lags) as Lag[]).filter((lag) => lags[lag])
}

/**
 * An incident at the booking site ends after this long (ms) without another unparsed page: the only affected student
 * may have left.
 */
const INCIDENT_ENDS = 2 * DAY

/** True if the page does not parse; undefined during the 30 minutes after it parses again. */
function isUnparsed({ surprisedAt, understoodAt }: UnparsedStep, now: number): boolean | undefined {
  if (now - surprisedAt > INCIDENT_ENDS) return false
  if (understoodAt === null || understoodAt < surprisedAt) return true
  return now - surprisedAt < PARSED_AGAIN ? undefined : false
}

/** The steps at the booking site whose pages do not parse, or did not until a short while ago. */
export const unparsedPages = (vitals: Vitals, now: number): UnparsedStep[] =>
  vitals.markup.filter((one) => isUnparsed(one, now) !== false)

/** Whether each incident is open: true, false, or undefined when the vitals do not say and its state stays. */
export function evaluate(vitals: Vitals, now: number): Record<Incident, boolean | undefined> {
  const fullness = vitals.databaseBytes === null ? null : vitals.databaseBytes / DATABASE_LIMIT
  const full = fullness === null ? undefined : fullness > FULL || (fullness < ROOM_AGAIN ? false : undefined)
  const unparsed = vitals.markup.map((one) => isUnparsed(one, now))
  return {
    // While nobody follows a province, no session is needed.
    'no-session': vitals.goodSessions > 0 ? false : vitals.followed || undefined,
    lag: lagsOf(vitals, now).length > 0,
    'dead-letters': vitals.deadLetters > 0,
    unwritten: vitals.unwritten > 0,
    'push-key': vitals.keyRefused > 0,
    'sport-markup': unparsed.includes(true) || (unparsed.includes(undefined) ? undefined : false),
    'database-full': full,
    logins: vitals.loginAlarms > 0,
  }
}

/** What operators were last told of an incident: how many times it began, since when (epoch ms), whether it is open. */
export interface Told {
  episode: number
  since: number
  on: boolean
}
export type NotifiedIncidents = Partial<Record<string, Told>>

/** What operators must be notified of, and what to store once they are. */
export interface Changes {
  begun: Incident[]
  over: Incident[]
  notified: NotifiedIncidents
}

/** Compares the present state with what operators were notified of. */
export function changes(
  notified: NotifiedIncidents,
  is: Record<Incident, boolean | undefined>,
  now: number,
): Changes {
  const next: NotifiedIncidents = { ...notified }
  const begun: Incident[] = []
  const over: Incident[] = []
  for (const incident of incidents) {
    const before = notified[incident] ?? { episode: 0, since: now, on: false }
    const on = is[incident] ?? before.on
    if (on === before.on) continue
    next[incident] = on ? { episode: before.episode + 1, since: now, on } : { ...before, on }
    ;(on ? begun : over).push(incident)
  }
  return { begun, over, notified: next }
}
