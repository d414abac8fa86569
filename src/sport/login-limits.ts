import { sql } from 'drizzle-orm'
import { type Database, transact } from '../db/database.ts'
import { type Keyring, keyedHash } from '../platform/crypto.ts'
import { DAY, HOUR, MINUTE, romeDate, SECOND } from '../platform/time.ts'
import type { SiteReason } from './site/site-model.ts'

/** One thing that is limited. */
interface Limit {
  key: string
  /** So many attempts are let through without a pause. */
  free: number
  /** Pauses after the next ones, ms; the last one is repeated. */
  delays: readonly number[]
  /** From this count on it is worth telling operators about. */
  alarmAt: number
}

/** What somebody who mistypes needs, and no more: after six failures each next try waits longer. */
const patience = {
  free: 6,
  delays: [MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR, DAY],
  alarmAt: 10,
} as const
/** All people together: honest ones fail now and then. */
const together = {
  free: 60,
  delays: [10 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE],
  alarmAt: 60,
} as const
/** Browsers opened a Rome day because somebody asked. Bookings are not counted and never wait: the rest is theirs. */
const browsers = { free: 1_000, delays: [DAY], alarmAt: 1_000 } as const
const browsersAPerson = { free: 20, delays: [DAY], alarmAt: Number.MAX_SAFE_INTEGER } as const

/** An attempt that left no trace for so long begins anew. Rows are kept longer by the pruning. */
const MEMORY = DAY

/** What went wrong with the credentials themselves; after any other outcome the attempt does not count. */
const COUNTING: readonly SiteReason[] = ['bad-credentials', 'password-expired', 'otp-refused']
export const countsAsFailed = (reason: SiteReason): boolean => COUNTING.includes(reason)

/** Who opens a browser, and for what: credentials that are being tried are named by their user name. */
export interface Attempt {
  userId: number
  username?: string
}

/** The limits of an attempt: those that it gives back when the credentials were not at fault, and the day's. */
async function limitsOf(keys: Keyring, { userId, username }: Attempt, now: number) {
  const today = romeDate(now)
  const user = await keyedHash(keys, 'login-limits', `user:${userId}`)
  const day: Limit[] = [
    { key: `browser:${today}`, ...browsers },
    { key: `browser:${today}:${user}`, ...browsersAPerson },
  ]
  if (username === undefined) return { failures: [], day }
  const name = await keyedHash(keys, 'login-limits', `name:${username.toLowerCase()}`)
  const failures: Limit[] = [
    { key: 'all', ...together },
    { key: `user:${user}`, ...patience },
    { key: `name:${name}`, ...patience },
  ]
  return { failures, day }
}

/** The limits as rows, in one parameter. */
const wanted = (limits: readonly Limit[]) => sql`wanted AS MATERIALIZED (
  SELECT value ->> 'key' AS key, value ->> 'free' AS free, value -> 'delays' AS delays, value ->> 'alarmAt' AS alarm_at
  FROM json_each(${JSON.stringify(limits)}))`

/** The pause after a count of attempts. */
const pause = (count: ReturnType<typeof sql>) =>
  sql`CASE WHEN ${count} < wanted.free THEN 0
      ELSE wanted.delays ->> min(${count} - wanted.free, json_array_length(wanted.delays) - 1) END`

/**
 * Lets an attempt through, unless one of its limits is closed. It is counted as a failure at once, in the same statement
 * that looks at the limits: attempts at the same time do not pass together.
 * @param now epoch ms
 * @throws when D1 is out of reach: nothing is tried then
 */
export async function takeLogin(
  d1: Database,
  keys: Keyring,
  attempt: Attempt,
  now: number,
): Promise<boolean> {
  const { failures, day } = await limitsOf(keys, attempt, now)
  const limits = [...failures, ...day]
  const count = sql`(coalesce(known.count, 0) + 1)`
  const [taken] = await transact(d1, [
    sql`WITH ${wanted(limits)}
        INSERT INTO login_limits (key, count, open_at, alarming, at)
        SELECT wanted.key, ${count}, ${now} + ${pause(count)}, ${count} >= wanted.alarm_at, ${now}
        FROM wanted LEFT JOIN login_limits AS known ON known.key = wanted.key AND known.at > ${now - MEMORY}
        WHERE NOT EXISTS (SELECT 1 FROM login_limits AS closed, wanted AS one
                          WHERE closed.key = one.key AND closed.open_at > ${now})
        ON CONFLICT (key) DO UPDATE SET count = excluded.count, open_at = excluded.open_at,
          alarming = excluded.alarming, at = excluded.at
        RETURNING key`,
  ])
  return (taken?.results.length ?? 0) > 0
}

/**
 * Takes back that an attempt counts as a failure; the browser that it opened still counts. Other
 * attempts keep counting: logging in to an account of one's own opens no way to that of others.
 */
export async function refundLogin(d1: Database, keys: Keyring, attempt: Attempt, now: number): Promise<void> {
  const { failures } = await limitsOf(keys, attempt, now)
  const count = sql`(login_limits.count - 1)`
  await transact(d1, [
    sql`WITH ${wanted(failures)}
        UPDATE login_limits SET count = ${count}, alarming = ${count} >= wanted.alarm_at,
          open_at = login_limits.at + ${pause(count)}
        FROM wanted WHERE login_limits.key = wanted.key AND login_limits.count > 0`,
  ])
}
