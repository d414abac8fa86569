import { Hono } from 'hono'
import { refreshBotInfo, webhook } from './bot/webhook.ts'
import { connect } from './db/client.ts'
import { saveTally } from './db/metrics.ts'
import { pruneDaily } from './db/prune.ts'
import { tally } from './db/tally.ts'
import type { PollerContext } from './passport/poller/context.ts'
import { pollMinute, pollNow } from './passport/poller/minute.ts'
import { portalTurns } from './passport/poller/turns.ts'
import { SessionPool } from './passport/sessions/pool.ts'
import { provincesOfTown } from './passport/towns.ts'
import type { EdgeEnv } from './platform/bindings.d.ts'
import { readConfig } from './platform/config.ts'
import { type Clock, SECOND, shiftedClock } from './platform/time.ts'
import { calendarFeed } from './web/calendar-feed.ts'
import { health } from './web/health.ts'
import { web } from './web/web.tsx'

/** What the poller works with, from the Worker's environment. */
function poller(env: EdgeEnv, clock: Clock): PollerContext & { reader: SessionPool } {
  const config = readConfig(env, [
    'PORTAL_ORIGIN',
    'PORTAL_RELAY',
    'POLL_INTERVAL_SECONDS',
    'ADMIN_IDS',
    'ENCRYPTION_KEY',
  ])
  const db = connect(env.DB)
  return {
    db,
    clock,
    inTurn: portalTurns(),
    interval: config.POLL_INTERVAL_SECONDS * SECOND,
    adminIds: config.ADMIN_IDS,
    availability: env.AVAILABILITY,
    outbound: env.OUTBOUND,
    reader: new SessionPool({
      db,
      clock,
      keys: config.ENCRYPTION_KEY,
      address: {
        origin: config.PORTAL_ORIGIN,
        relay: config.PORTAL_RELAY,
        fetch: (...args) => fetch(...args),
      },
      nudge: (trace) => env.OUTBOUND.send({ version: 1, trace }).then(() => undefined),
    }),
  }
}

/** The Worker for one environment; made once an isolate. */
function wire(env: EdgeEnv) {
  const { CLOCK_SHIFT_SECONDS } = readConfig(env, ['CLOCK_SHIFT_SECONDS'])
  const clock = shiftedClock(CLOCK_SHIFT_SECONDS * SECOND)
  const app = new Hono<{ Bindings: EdgeEnv }>()
  app.route('/', health(clock))
  app.route(
    '/',
    webhook({
      clock,
      pollNow: (_, province) => pollNow(poller(env, clock), province),
      provincesOfTown: (_, name) => provincesOfTown(poller(env, clock).reader, name),
    }),
  )
  app.route('/', calendarFeed(clock))
  app.route('/', web({ clock, pollNow: (_, province) => pollNow(poller(env, clock), province) }))
  return { app, clock }
}

const wired = new WeakMap<EdgeEnv, ReturnType<typeof wire>>()

function wiredFor(env: EdgeEnv): ReturnType<typeof wire> {
  const known = wired.get(env) ?? wire(env)
  wired.set(env, known)
  return known
}

export default {
  async fetch(request, env, context) {
    const { app, clock } = wiredFor(env)
    tally.add('request')
    const response = await app.fetch(request, env, context)
    // Whoever does not know the secret costs no query.
    if (response.status !== 401) context.waitUntil(saveTally(connect(env.DB), clock.now()))
    return response
  },
  async scheduled(_controller, env) {
    const { clock } = wiredFor(env)
    const context = poller(env, clock)
    const startedAt = clock.now()
    await Promise.all([
      context.reader.keepAlive(),
      pollMinute(context),
      pruneDaily(context.db, startedAt),
      refreshBotInfo(env, startedAt),
    ])
    tally.add('cron', 1, clock.now() - startedAt)
    await saveTally(context.db, clock.now())
  },
} satisfies ExportedHandler<EdgeEnv>
