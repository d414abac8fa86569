import { DAY, MINUTE } from '../platform/time.ts'
import { DATABASE_LIMIT, LONGEST_WAIT, type MarkupSurprise, type Vitals } from './vitals.ts'

/** What operators are told of, once when it begins and once when it is over. */
export const troubles = [
  'no-session',
  'lag',
  'dead-letters',
  'unwritten',
  'sport-markup',
  'database-full',
  'logins',
] as const
export type Trouble = (typeof troubles)[number]

/** Told at this part of the limit; over again below the other one, so that it does not come and go. */
const FULL = 0.8
const ROOM_AGAIN = 0.75

/** A step that works again is believed after so long without another surprise, ms. */
const CALM = 30 * MINUTE

/** Why something has been due for too long; none when nothing has. */
export type Lag = 'alert' | 'answer' | 'digest' | 'delivery'

/**
 * What has been due for too long. The sender at work on a broadcast is no lag, as Telegram sets the pace (30,000
 * messages take 18 minutes): deliveries count only when nothing has left for as long. An answer to a person's own click,
 * which goes before any broadcast, an alert not handed on and a digest not made count in any case.
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

/** A page that surprised nobody for so long (ms) is of no concern any more: who met it may have left. */
const FORGOTTEN = 2 * DAY

/** Whether a page is a riddle: yes, no, or undefined while it is too early to say that it is none any more. */
function isRiddle({ surprisedAt, understoodAt }: MarkupSurprise, now: number): boolean | undefined {
  if (now - surprisedAt > FORGOTTEN) return false
  if (understoodAt === null || understoodAt < surprisedAt) return true
  return now - surprisedAt < CALM ? undefined : false
}

/** The steps at the booking site whose pages nobody understands, as far as is known. */
export const riddlesIn = (vitals: Vitals, now: number): MarkupSurprise[] =>
  vitals.markup.filter((one) => isRiddle(one, now) !== false)

/** What each trouble's state is by these vitals: true, false, or undefined when they do not say and it stays as it was. */
export function judge(vitals: Vitals, now: number): Record<Trouble, boolean | undefined> {
  const fullness = vitals.databaseBytes === null ? null : vitals.databaseBytes / DATABASE_LIMIT
  const full = fullness === null ? undefined : fullness > FULL || (fullness < ROOM_AGAIN ? false : undefined)
  const riddles = vitals.markup.map((one) => isRiddle(one, now))
  return {
    // A service that nobody asks for passports needs no session.
    'no-session': vitals.goodSessions > 0 ? false : vitals.followed || undefined,
    lag: lagsOf(vitals, now).length > 0,
    'dead-letters': vitals.deadLetters > 0,
    unwritten: vitals.unwritten > 0,
    'sport-markup': riddles.includes(true) || (riddles.includes(undefined) ? undefined : false),
    'database-full': full,
    logins: vitals.loginAlarms > 0,
  }
}

/** One trouble as it was told: how many times it began, since when (epoch ms), and whether it is still there. */
export interface Told {
  episode: number
  since: number
  on: boolean
}
export type ToldTroubles = Partial<Record<string, Told>>

/** What is to be told now, and what will then have been told. */
export interface Changes {
  begun: Trouble[]
  over: Trouble[]
  told: ToldTroubles
}

/** Compares what is with what was told. */
export function changes(told: ToldTroubles, is: Record<Trouble, boolean | undefined>, now: number): Changes {
  const next: ToldTroubles = { ...told }
  const begun: Trouble[] = []
  const over: Trouble[] = []
  for (const trouble of troubles) {
    const before = told[trouble] ?? { episode: 0, since: now, on: false }
    const on = is[trouble] ?? before.on
    if (on === before.on) continue
    next[trouble] = on ? { episode: before.episode + 1, since: now, on } : { ...before, on }
    ;(on ? begun : over).push(trouble)
  }
  return { begun, over, told: next }
}
