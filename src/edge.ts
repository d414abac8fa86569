import { Hono } from 'hono'
import type { EdgeEnv } from './bindings.d.ts'
import { refreshBotInfo, webhook } from './bot/webhook.ts'
import { forgetRestored } from './chats/chat-data.ts'
import { applyCarriedDeletions } from './chats/deletion-hashes.ts'
import { connect, transact } from './db/database.ts'
import { saveTally } from './db/metrics.ts'
import { prune } from './db/prune.ts'
import { countQueries } from './db/query-count.ts'
import { tally } from './db/tally.ts'
import { unsteadyOffices } from './passport/alerts/false-alarms.ts'
import type { PollerContext } from './passport/poller/poller-context.ts'
import { pollNow, pollTick } from './passport/poller/tick.ts'
import { type Limit, portalConcurrency } from './passport/portal/portal-concurrency.ts'
import { SessionPool } from './passport/sessions/session-pool.ts'
import { attempt } from './platform/attempt.ts'
import { readConfig } from './platform/config.ts'
import { type Clock, SECOND, shiftedClock } from './platform/time.ts'
import { calendarFeed } from './web/calendar-feed.ts'
import { publicHeaders } from './web/headers.ts'
import { health } from './web/health.ts'
import { operatorSession } from './web/operator-session.ts'
import { visitorLimit } from './web/visitor-limit.ts'
import { web } from './web/web.tsx'

/** The cron that prunes, in an invocation of its own: it may use up what an invocation is allowed. Any other one polls. */
const PRUNING_CRON = '7 * * * *'

/** What the poller works with in one invocation, from the Worker's environment. */
function poller(
  env: EdgeEnv,
  clock: Clock,
  limit: Limit = portalConcurrency(),
): PollerContext & { reader: SessionPool } {
  const config = readConfig(env, [
    'PORTAL_ORIGIN',
    'PORTAL_RELAY',
    'POLL_INTERVAL_SECONDS',
    'ADAPTIVE_POLLING',
    'ADMIN_IDS',
    'ENCRYPTION_KEY',
  ])
  const usage = { queries: 0, requests: 0 }
  const db = connect(countQueries(env.DB, usage))
  return {
    db,
    clock,
    limit,
    usage,
    interval: config.POLL_INTERVAL_SECONDS * SECOND,
    adaptive: config.ADAPTIVE_POLLING,
    adminIds: config.ADMIN_IDS,
    availability: env.AVAILABILITY,
    outbound: env.OUTBOUND,
    reader: new SessionPool({
      db,
      clock,
      limit,
      keys: config.ENCRYPTION_KEY,
      address: {
        origin: config.PORTAL_ORIGIN,
        relay: config.PORTAL_RELAY,
        fetch: (...args) => {
          usage.requests += 1
          return fetch(...args)
        },
      },
      nudge: (trace) => env.OUTBOUND.send({ version: 1, trace }).then(() => undefined),
    }),
  }
}

/** Deletes again, in a database that was just restored, who had deleted everything. */
function forgetAgain(env: EdgeEnv): Promise<number> {
  const db = connect(env.DB)
  const { ENCRYPTION_KEY: keys } = readConfig(env, ['ENCRYPTION_KEY'])
  return applyCarriedDeletions(db, keys, (gone) => forgetRestored(db, gone))
}

/** Updates which offices announce a slot only when a second reading shows it. */
async function markUnsteady(env: EdgeEnv, now: number): Promise<void> {
  const { SECOND_READING_PERCENT } = readConfig(env, ['SECOND_READING_PERCENT'])
  await transact(connect(env.DB), [unsteadyOffices(SECOND_READING_PERCENT, now)])
}

/** Polls for a minute, and keeps every session alive during it. */
async function poll(env: EdgeEnv, clock: Clock, limit: Limit): Promise<void> {
  const context = poller(env, clock, limit)
  await Promise.all([attempt('keep-alive', () => context.reader.keepAlive()), pollTick(context)])
  await context.reader.saveRenewed()
}

/** The Worker for one environment; made once an isolate. */
function wire(env: EdgeEnv) {
  const { CLOCK_SHIFT_SECONDS } = readConfig(env, ['CLOCK_SHIFT_SECONDS'])
  const clock = shiftedClock(CLOCK_SHIFT_SECONDS * SECOND)
  const app = new Hono<{ Bindings: EdgeEnv }>()
  // The pages bring their own: some of them may be framed by Telegram.
  app.use('/healthz', publicHeaders)
  app.use('/calendar/*', publicHeaders)
  app.use('/operator/*', publicHeaders)
  // Telegram's updates have limits of their own: their route comes before the visitors' limit.
  app.route(
    '/',
    webhook({
      clock,
      pollNow: (_, province) => pollNow(poller(env, clock), province),
    }),
  )
  app.use(visitorLimit)
  app.route('/', health(clock))
  app.route('/', calendarFeed(clock))
  app.route('/', operatorSession(clock))
  app.route('/', web({ clock, pollNow: (_, province) => pollNow(poller(env, clock), province) }))
  return { app, clock, db: connect(env.DB) }
}

const wired = new WeakMap<EdgeEnv, ReturnType<typeof wire>>()

function wiredFor(env: EdgeEnv): ReturnType<typeof wire> {
  const known = wired.get(env) ?? wire(env)
  wired.set(env, known)
  return known
}

export default {
  async fetch(request, env, context) {
    const { app, clock, db } = wiredFor(env)
    tally.add('request')
    const response = await app.fetch(request, env, context)
    // A request without the secret costs no query.
    const saving = response.status === 401 ? undefined : saveTally(db, clock.now())
    if (saving) context.waitUntil(saving)
    return response
  },
  async scheduled({ cron }, env) {
    const { clock, db } = wiredFor(env)
    const startedAt = clock.now()
    await attempt('carried-deletions', () => forgetAgain(env))
    const limit = portalConcurrency()
    const steps =
      cron === PRUNING_CRON
        ? [
            attempt('prune', () => prune(db, startedAt)),
            attempt('unsteady', () => markUnsteady(env, startedAt)),
          ]
        : [
            attempt('poll', () => poll(env, clock, limit)),
            attempt('bot-info', () => limit(() => refreshBotInfo(env, startedAt))),
          ]
    await Promise.all(steps)
    tally.add('cron', 1, clock.now() - startedAt)
    await saveTally(db, clock.now())
  },
} satisfies ExportedHandler<EdgeEnv>
