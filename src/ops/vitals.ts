import { sql } from 'drizzle-orm'
import { type Database, transact } from '../db/database.ts'
import { count, flag, maybeNumber, rowReader, text } from '../db/rows.ts'
import type { StateValues } from '../db/state.ts'
import { KEY_REFUSED } from '../delivery/channels/channel.ts'
import { DAY, MINUTE, romeDate, romeInstant } from '../platform/time.ts'

/** Work that is due for longer than this (ms) is overdue. */
export const LONGEST_WAIT = 2 * MINUTE
/** What one D1 database holds, bytes (Cloudflare's limit on the paid plan). */
export const DATABASE_LIMIT = 10_000_000_000

/** A step at the booking site whose page did not parse: see `sport-markup` in db/state.ts. */
export interface UnparsedStep {
  step: string
  detail: string
  /** When a page of the step last did not parse, epoch ms. */
  surprisedAt: number
  /** When one last parsed again, epoch ms; null: not yet. */
  understoodAt: number | null
}

/** The state of the service, from the database. Instants in epoch ms; null: none. */
export interface Vitals {
  goodSessions: number
  deadSessions: number
  /** Somebody follows a province. */
  followed: boolean
  pausedSince: number | null
  /** The poller's last tick, and the last complete reading. */
  lastTickAt: number | null
  lastGoodRoundAt: number | null
  /** Deliveries that are queued, claimed, or held until quiet hours end. */
  queued: number
  claimed: number
  held: number
  /** Open deliveries whose content cannot be read or rendered. */
  unwritten: number
  /** Open deliveries to browsers whose push service refuses our key. */
  keyRefused: number
  /** Since when the oldest `interactive` delivery, and the oldest of any priority, is due. */
  answerDueSince: number | null
  dueSince: number | null
  /** Since when the oldest held delivery should be in a digest. */
  heldDueSince: number | null
  /** When Telegram last accepted a message, accurate to about ten seconds. */
  lastSentAt: number | null
  /** Since when the oldest alert waits for its fan-out. */
  alertSince: number | null
  deadLetters: number
  /** Steps at the booking site whose pages do not parse, or did not until a short while ago. */
  markup: UnparsedStep[]
  /** Login limits that raised their alarm within the last day: see sport/login-limits.ts. */
  loginAlarms: number
  /** Null where the runtime does not report it. */
  databaseBytes: number | null
}

function readMarkup(value: unknown): UnparsedStep[] {
  const steps = JSON.parse(text(value) || '{}') as StateValues['sport-markup']
  return Object.entries(steps).map(([step, { detail, surprisedAt, understoodAt }]) => ({
    step,
    detail,
    surprisedAt,
    understoodAt: understoodAt ?? null,
  }))
}

const readWaiting = rowReader({
  queued: count,
  claimed: count,
  unwritten: count,
  keyRefused: count,
  answerDueSince: maybeNumber,
  dueSince: maybeNumber,
})

const readRest = rowReader({
  goodSessions: count,
  deadSessions: count,
  followed: flag,
  pausedSince: maybeNumber,
  lastTickAt: maybeNumber,
  lastGoodRoundAt: maybeNumber,
  held: count,
  heldDueSince: maybeNumber,
  lastSentAt: maybeNumber,
  alertSince: maybeNumber,
  deadLetters: count,
  markup: readMarkup,
  loginAlarms: count,
})

/** Reads the state of the service. The query reads open deliveries and small tables only. */
export async function readVitals(db: Database, now: number): Promise<Vitals> {
  const since = sql`coalesce(claimed_until, max(not_before, created_at))`
  const [open, rest] = await transact(db, [
    sql`SELECT count(*) FILTER (WHERE claimed_until IS NULL) AS queued,
               count(*) FILTER (WHERE claimed_until IS NOT NULL) AS claimed,
               min(CASE WHEN lane = 0 THEN ${since} END) AS answer_due_since,
               count(*) FILTER (WHERE reason IN ('content-unreadable', 'renderer-unknown', 'render-failed')) AS unwritten,
               count(*) FILTER (WHERE reason = ${KEY_REFUSED}) AS key_refused,
               min(${since}) AS due_since
        FROM open_deliveries`,
    sql`SELECT (SELECT count(*) FROM portal_sessions WHERE health = 'good') AS good_sessions,
               (SELECT count(*) FROM portal_sessions WHERE health = 'dead') AS dead_sessions,
               EXISTS (SELECT 1 FROM subscriptions WHERE asleep = 0) AS followed,
               (SELECT value ->> 'since' FROM state WHERE name = 'polling-paused') AS paused_since,
               (SELECT value ->> 'tickAt' FROM state WHERE name = 'poller-heartbeat') AS last_tick_at,
               (SELECT max(last_read_at) FROM province_readings) AS last_good_round_at,
               (SELECT count(*) FROM deliveries WHERE status = 'held') AS held,
               (SELECT min(not_before) FROM deliveries WHERE status = 'held') AS held_due_since,
               (SELECT value ->> 'sentAt' FROM state WHERE name = 'pacing') AS last_sent_at,
               (SELECT value FROM state WHERE name = 'sport-markup') AS markup,
               (SELECT min(created_at) FROM alerts WHERE fanned_out_at IS NULL) AS alert_since,
               (SELECT count(*) FROM login_limits WHERE alarming = 1 AND at > ${now - DAY}) AS login_alarms,
               (SELECT count(*) FROM dead_letters) AS dead_letters`,
  ])
  const waiting = readWaiting(open?.results[0])
  const others = readRest(rest?.results[0])
  const due = (since: number | null) => (since !== null && since <= now ? since : null)
  return {
    ...waiting,
    ...others,
    answerDueSince: due(waiting.answerDueSince),
    dueSince: due(waiting.dueSince),
    heldDueSince: due(others.heldDueSince),
    databaseBytes: rest?.meta.size_after ?? null,
  }
}

/** What became of deliveries since midnight in Rome. */
export interface Today {
  sent: number
  /** Refused for good. */
  failed: number
  /** Expired before they were sent. */
  expired: number
}

const readTotals = rowReader({ sent: count, failed: count, expired: count })

/** Counts today's deliveries: reads every delivery kept, so only when an operator asks. */
export async function readToday(db: Database, now: number): Promise<Today> {
  const [counted] = await transact(db, [
    sql`SELECT count(*) FILTER (WHERE status = 'sent') AS sent, count(*) FILTER (WHERE status = 'dead') AS failed,
               count(*) FILTER (WHERE status = 'expired') AS expired
        FROM deliveries WHERE done_at >= ${romeInstant(romeDate(now), '00:00')}`,
  ])
  return readTotals(counted?.results[0])
}

/** The followed provinces that were read least recently; null: never read. */
export async function readStalest(
  db: Database,
  limit: number,
): Promise<{ code: string; lastReadAt: number | null }[]> {
  const [found] = await transact(db, [
    sql`SELECT followed.province AS code, last_read_at
        FROM (SELECT DISTINCT province FROM subscriptions WHERE asleep = 0) AS followed
        LEFT JOIN province_readings ON code = followed.province
        ORDER BY coalesce(last_read_at, 0), followed.province LIMIT ${limit}`,
  ])
  return (found?.results ?? []).map(rowReader({ code: text, lastReadAt: maybeNumber }))
}
