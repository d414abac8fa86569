import { sql } from 'drizzle-orm'
import { transact } from '../../db/client.ts'
import { ringHash, traceId } from '../../platform/id.ts'
import { log } from '../../platform/log.ts'
import { MINUTE } from '../../platform/time.ts'
import { isFollowed } from './claims.ts'
import type { PollerContext } from './context.ts'
import { nudgeAlerts } from './nudge.ts'

/** Followers are told when their province was not read for this long, ms. */
export const BLIND_AFTER = 10 * MINUTE

/**
 * Tells the followers of each province that could not be read for ten minutes, once a blindness. Provinces that are
 * being read right now are left for the next look.
 */
export async function watchBlindness(ctx: PollerContext): Promise<void> {
  const { db, clock } = ctx
  const now = clock.now()
  const lastSight = sql`max(coalesce(last_read_at, 0), watched_since)`
  const isBlind = sql`blind_since IS NULL AND ${lastSight} <= ${now - BLIND_AFTER} AND lease_until <= ${now}
    AND ${isFollowed}`
  const [found] = await transact(db, [sql`SELECT code FROM provinces WHERE ${isBlind}`])
  const codes = (found?.results ?? []).map((row) => String(row.code))
  if (codes.length === 0) return

  const trace = traceId()
  const pivots = codes.map((code) => ({ code, pivot: ringHash(`blind:${code}:${trace}`) }))
  const ours = sql`SELECT value ->> 'code' FROM json_each(${JSON.stringify(pivots)})`
  const [written] = await transact(db, [
    sql`INSERT INTO alerts (id, kind, province, slots, created_at, trace, pivot)
        SELECT 'blind:' || code || ':' || ${lastSight}, 'blind', code, '[]', ${now}, ${trace}, value ->> 'pivot'
        FROM json_each(${JSON.stringify(pivots)}) JOIN provinces ON code = value ->> 'code' WHERE ${isBlind}
        ON CONFLICT (id) DO NOTHING
        RETURNING id`,
    sql`UPDATE provinces SET blind_since = ${lastSight} WHERE code IN (${ours}) AND ${isBlind}`,
  ])
  log('warn', 'provinces-blind', { trace, provinces: codes.length })
  await nudgeAlerts(
    ctx,
    (written?.results ?? []).map((row) => String(row.id)),
    trace,
  )
}
