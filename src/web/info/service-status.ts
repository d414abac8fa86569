import { sql } from 'drizzle-orm'
import { type Database, transact } from '../../db/database.ts'
import { count, maybeNumber, rowReader, text } from '../../db/rows.ts'
import { bookingsSince } from '../../passport/follow/own-appointment.ts'
import { DAY, MINUTE } from '../../platform/time.ts'
import { STALE_AFTER } from '../map/availability.ts'

/** A poller without a tick for this long has stopped. */
const STOPPED_AFTER = 5 * MINUTE
/** How many of the newest messages the delays are computed from. */
const SAMPLE = 1_000

/** The summary in one word. `idle`: nobody follows anything. `slow`: some provinces are not read. */
export type Verdict = 'good' | 'idle' | 'slow' | 'paused' | 'stopped'

/** The public status of the service. Instants and spans in ms. */
export interface Status {
  verdict: Verdict
  pausedSince: number | null
  /** Followed provinces, the one read longest ago first. */
  provinces: { code: string; lastReadAt: number | null; failures: number }[]
  /** Messages that wait to be sent. */
  waiting: number
  /** How often people said in the last 30 days that they booked. */
  bookings: number
  /** From a slot's change to Telegram's receipt, of the newest alerts of the last day; null: none. */
  delays: { median: number; slowest: number } | null
}

/** The one-line summary at `now`. */
export function verdictOf(
  { provinces, pausedSince, tickAt }: Pick<Status, 'provinces' | 'pausedSince'> & { tickAt: number | null },
  now: number,
): Verdict {
  if (pausedSince !== null) return 'paused'
  if (provinces.length === 0) return 'idle'
  if (tickAt === null || now - tickAt > STOPPED_AFTER) return 'stopped'
  return provinces.some(({ lastReadAt }) => lastReadAt === null || now - lastReadAt > STALE_AFTER)
    ? 'slow'
    : 'good'
}

/** The quantile: the value that a share (0 to 1) of all values does not exceed; null without values. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null
}

const readFollowedRow = rowReader({ code: text, lastReadAt: maybeNumber, failures: count })
const readStateRow = rowReader({ pausedSince: maybeNumber, tickAt: maybeNumber })

/** Reads the status of the service, in one round trip. */
export async function readStatus(db: Database, now: number): Promise<Status> {
  const [followed, states, queue, sent, booked] = await transact(db, [
    sql`SELECT province AS code, last_read_at, failures
        FROM (SELECT DISTINCT province FROM subscriptions WHERE asleep = 0)
        LEFT JOIN province_readings ON code = province ORDER BY last_read_at, province`,
    sql`SELECT (SELECT value ->> 'since' FROM state WHERE name = 'polling-paused') AS paused_since,
               (SELECT value ->> 'tickAt' FROM state WHERE name = 'poller-heartbeat') AS tick_at`,
    sql`SELECT count(*) AS waiting FROM open_deliveries`,
    sql`SELECT done_at - event_at AS delay FROM deliveries
        WHERE id > (SELECT coalesce(max(id), 0) FROM deliveries) - ${SAMPLE}
          AND status = 'sent' AND lane = 1 AND done_at > ${now - DAY}`,
    bookingsSince(now - 30 * DAY),
  ])
  const provinces = (followed?.results ?? []).map(readFollowedRow)
  const { pausedSince, tickAt } = readStateRow(states?.results[0])
  const delays = (sent?.results ?? []).map((row) => Math.max(0, Number(row.delay)))
  const median = quantile(delays, 0.5)
  const slowest = quantile(delays, 0.95)
  return {
    verdict: verdictOf({ provinces, pausedSince, tickAt }, now),
    pausedSince,
    provinces,
    waiting: count(queue?.results[0]?.waiting),
    bookings: count(booked?.results[0]?.bookings),
    delays: median === null || slowest === null ? null : { median, slowest },
  }
}
