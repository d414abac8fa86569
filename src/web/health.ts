import { sql } from 'drizzle-orm'
import { Hono } from 'hono'
import { connect, type Database, transact } from '../db/client.ts'
import type { EdgeEnv } from '../platform/bindings.d.ts'
import { describeError, log } from '../platform/log.ts'
import { type Clock, MINUTE } from '../platform/time.ts'

/** A healthy poller reads something at least this often, ms. */
const LONGEST_WITHOUT_ROUND = 5 * MINUTE
/** Nothing that is due waits longer than this, ms. */
const LONGEST_WAIT = 2 * MINUTE

/** How the service stands. `idle`: nobody follows anything, so nothing is polled. */
export interface Health {
  status: 'ok' | 'idle' | 'unhealthy'
  /** Why it is unhealthy, in English. */
  reasons: string[]
  /** The last round that read something, epoch ms; null: none ever. */
  lastGoodRoundAt: number | null
}

/** Judges the service by what the database shows. */
export async function checkHealth(db: Database, now: number): Promise<Health> {
  const waitingSince = now - LONGEST_WAIT
  const [result] = await transact(db, [
    sql`SELECT
          EXISTS (SELECT 1 FROM subscriptions WHERE asleep = 0) AS followed,
          (SELECT value ->> 'lastGoodRoundAt' FROM state WHERE name = 'poller-heartbeat') AS good,
          EXISTS (SELECT 1 FROM state WHERE name = 'polling-paused') AS paused,
          EXISTS (SELECT 1 FROM alerts WHERE fanned_out_at IS NULL AND created_at < ${waitingSince}) AS alerts,
          EXISTS (SELECT 1 FROM deliveries
                  WHERE status = 'queued' AND created_at < ${waitingSince} AND not_before < ${waitingSince})
          OR EXISTS (SELECT 1 FROM deliveries WHERE status = 'claimed' AND lease_until < ${waitingSince})
          OR EXISTS (SELECT 1 FROM deliveries WHERE status = 'held' AND not_before < ${waitingSince}) AS deliveries`,
  ])
  const row = result?.results[0]
  const lastGoodRoundAt = row?.good === null || row?.good === undefined ? null : Number(row.good)
  const reasons: string[] = []
  if (row?.followed && (lastGoodRoundAt === null || now - lastGoodRoundAt > LONGEST_WITHOUT_ROUND)) {
    reasons.push('no round has succeeded in the last 5 minutes')
    if (row.paused) reasons.push('polling is paused: no portal session is good')
  }
  if (row?.alerts) reasons.push('an alert has waited for more than 2 minutes')
  if (row?.deliveries) reasons.push('a delivery has waited for more than 2 minutes')
  const status = reasons.length > 0 ? 'unhealthy' : row?.followed ? 'ok' : 'idle'
  return { status, reasons, lastGoodRoundAt }
}

/** `GET /healthz`: 200 while all is well (or nobody follows anything), otherwise 503; JSON with the reasons. */
export function health(clock: Clock): Hono<{ Bindings: EdgeEnv }> {
  const app = new Hono<{ Bindings: EdgeEnv }>()
  app.get('/healthz', async (c) => {
    c.header('Cache-Control', 'no-store')
    try {
      const found = await checkHealth(connect(c.env.DB), clock.now())
      return c.json(found, found.status === 'unhealthy' ? 503 : 200)
    } catch (error) {
      log('error', 'health-check-failed', { error: describeError(error) })
      const failed: Health = {
        status: 'unhealthy',
        reasons: ['the store cannot be read'],
        lastGoodRoundAt: null,
      }
      return c.json(failed, 503)
    }
  })
  return app
}
