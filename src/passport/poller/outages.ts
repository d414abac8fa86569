import { type SQL, sql } from 'drizzle-orm'
import { transact } from '../../db/database.ts'
import { ringHash, traceId } from '../../platform/id.ts'
import { log } from '../../platform/log.ts'
import { MINUTE } from '../../platform/time.ts'
import { nudgeAlerts, type PollerContext } from './poller-context.ts'
import { isFollowed } from './readings.ts'

/** Followers get an outage notice when the last complete reading is this old, ms. */
export const OUTAGE_AFTER = 10 * MINUTE

const lastSeenAt = sql`max(coalesce(last_read_at, 0), watched_since)`

/**
 * True, in SQL, for a row of `province_readings` that needs an outage notice: followed, without a notice yet, not read
 * for ten minutes, and not being read right now.
 */
export const needsOutageNotice = (now: number): SQL => sql`blind_since IS NULL
  AND ${lastSeenAt} <= ${now - OUTAGE_AFTER} AND lease_until <= ${now} AND ${isFollowed('province_readings')}`

/** Writes the outage notice of each province that needs one, as an alert that the dispatcher fans out. */
export async function noticeOutages(ctx: PollerContext): Promise<void> {
  const { db, clock } = ctx
  const now = clock.now()
  const [found] = await transact(db, [
    sql`SELECT code FROM province_readings WHERE ${needsOutageNotice(now)}`,
  ])
  const codes = (found?.results ?? []).map((row) => String(row.code))
  if (codes.length === 0) return

  const trace = traceId()
  const pivots = codes.map((code) => ({ code, pivot: ringHash(`blind:${code}:${trace}`) }))
  const rows = JSON.stringify(pivots)
  const [written] = await transact(db, [
    sql`INSERT INTO alerts (id, kind, province, slots, created_at, trace, pivot)
        SELECT 'blind:' || code || ':' || ${lastSeenAt}, 'blind', code, '[]', ${now}, ${trace}, value ->> 'pivot'
        FROM json_each(${rows}) JOIN province_readings ON code = value ->> 'code' WHERE ${needsOutageNotice(now)}
        ON CONFLICT (id) DO NOTHING
        RETURNING id`,
    sql`UPDATE provinces SET blind_since = needing.since
        FROM (SELECT code, ${lastSeenAt} AS since FROM province_readings WHERE ${needsOutageNotice(now)}) AS needing
        WHERE provinces.code = needing.code AND needing.code IN (SELECT value ->> 'code' FROM json_each(${rows}))`,
  ])
  log('warn', 'outage-noticed', { trace, provinces: codes.length })
  const alerts = (written?.results ?? []).map((row) => ({ id: String(row.id), trace }))
  await nudgeAlerts(ctx, alerts)
}
