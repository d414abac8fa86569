import { DATABASE_LIMIT, LONGEST_WAIT, type Vitals } from './vitals.ts'

/** What operators are told of, once when it begins and once when it is over. */
export const troubles = ['no-session', 'lag', 'dead-letters', 'database-full'] as const
export type Trouble = (typeof troubles)[number]

/** Told at this part of the limit; over again below the other one, so that it does not come and go. */
const FULL = 0.8
const ROOM_AGAIN = 0.75

/**
 * Whether something has been due for too long. The sender at work on a long broadcast is no trouble, but an answer to a
 * person's own click, which goes before any broadcast, must not wait that long in any case.
 * @param sending something was sent within the last `LONGEST_WAIT`
 */
export function lags(vitals: Vitals, sending: boolean, now: number): boolean {
  const late = (since: number | null) => since !== null && now - since > LONGEST_WAIT
  return late(vitals.alertSince) || late(vitals.answerDueSince) || (late(vitals.dueSince) && !sending)
}

/**
 * What each trouble's state is by these vitals: true, false, or undefined when they do not say and it stays as it was.
 * @param sending see `lags`
 */
export function judge(vitals: Vitals, sending: boolean, now: number): Record<Trouble, boolean | undefined> {
  const fullness = vitals.databaseBytes === null ? null : vitals.databaseBytes / DATABASE_LIMIT
  const full = fullness === null ? undefined : fullness > FULL || (fullness < ROOM_AGAIN ? false : undefined)
  return {
    // A service that nobody asks for passports needs no session.
    'no-session': vitals.goodSessions > 0 ? false : vitals.followed || undefined,
    lag: lags(vitals, sending, now),
    'dead-letters': vitals.deadLetters > 0,
    'database-full': full,
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
