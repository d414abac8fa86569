import { Hono } from 'hono'
import type { EdgeEnv } from '../bindings.d.ts'
import { connect, type Database } from '../db/database.ts'
import { type Lag, lagsOf } from '../ops/incidents.ts'
import { LONGEST_WAIT, readVitals } from '../ops/vitals.ts'
import { describeError, log } from '../platform/log.ts'
import { type Clock, MINUTE, SECOND } from '../platform/time.ts'
import { keepAliveOf, memo } from './memo.ts'

/** A healthy poller reads something at least this often, ms. */
const LONGEST_WITHOUT_ROUND = 5 * MINUTE
/** Anybody may ask, as often as they like: what was found is good for so long, ms. */
const REMEMBERED = 5 * SECOND

/** The service's health. `idle`: nobody follows anything, so nothing is polled. */
export interface Health {
  status: 'ok' | 'idle' | 'unhealthy'
  /** Why it is unhealthy, in English. */
  reasons: string[]
  /** Notes that are not faults, in English. */
  notes: string[]
  /** The last round that read something, epoch ms; null: none ever. */
  lastGoodRoundAt: number | null
}

const waited: Record<Lag, string> = {
  alert: 'an alert has waited for more than 2 minutes',
  answer: 'an answer to a person has waited for more than 2 minutes',
  digest: 'a digest has waited for more than 2 minutes',
  delivery: 'a delivery has waited for more than 2 minutes, and nothing was sent in that time',
}

/** Evaluates the service by the database. */
export async function checkHealth(db: Database, now: number): Promise<Health> {
  const vitals = await readVitals(db, now)
  const { followed, lastGoodRoundAt, pausedSince, queued, dueSince } = vitals
  const reasons: string[] = []
  if (followed && (lastGoodRoundAt === null || now - lastGoodRoundAt > LONGEST_WITHOUT_ROUND)) {
    reasons.push('no round has succeeded in the last 5 minutes')
    if (pausedSince !== null) reasons.push('polling is paused: no portal session is good')
  }
  const lags = lagsOf(vitals, now)
  reasons.push(...lags.map((lag) => waited[lag]))
  const wait = dueSince === null ? 0 : now - dueSince
  const broadcast = wait > LONGEST_WAIT && !lags.includes('delivery')
  return {
    status: reasons.length > 0 ? 'unhealthy' : followed ? 'ok' : 'idle',
    reasons,
    notes: broadcast
      ? [`a broadcast is under way: ${queued} to go, due for ${Math.floor(wait / MINUTE)} minutes at most`]
      : [],
    lastGoodRoundAt,
  }
}

/** `GET /healthz`: 200 while all is well (or nobody follows anything), otherwise 503; JSON with the reasons. */
export function health(clock: Pick<Clock, 'now'>): Hono<{ Bindings: EdgeEnv }> {
  const remembered = memo<Health>(REMEMBERED, 1)
  const app = new Hono<{ Bindings: EdgeEnv }>()
  /** A failure is remembered like anything else: while the store is down, visitors do not ask it again and again. */
  const check = async (d1: EdgeEnv['DB'], now: number): Promise<Health> => {
    try {
      return await checkHealth(connect(d1), now)
    } catch (error) {
      log('error', 'health-check-failed', { error: describeError(error) })
      return {
        status: 'unhealthy',
        reasons: ['the store cannot be read'],
        notes: [],
        lastGoodRoundAt: null,
      }
    }
  }
  app.get('/healthz', async (c) => {
    c.header('Cache-Control', 'no-store')
    const now = clock.now()
    const found = await remembered('service', now, () => check(c.env.DB, now), keepAliveOf(c))
    return c.json(found, found.status === 'unhealthy' ? 503 : 200)
  })
  return app
}
