import type { Update } from 'grammy/types'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { EdgeEnv } from '../bindings.d.ts'
import { connect, type Database } from '../db/database.ts'
import { StoreError } from '../db/store-error.ts'
import type { OutboundNudge } from '../delivery/outbox.ts'
import { readConfig } from '../platform/config.ts'
import { timingSafeEqual } from '../platform/crypto.ts'
import { traceId } from '../platform/id.ts'
import { describeError, log } from '../platform/log.ts'
import { type Clock, SECOND } from '../platform/time.ts'
import { answer } from './bot.ts'
import type { BotDeps } from './bot-deps.ts'
import { knownBotInfo, readBotInfo } from './bot-info.ts'
import { parseUpdate } from './update.ts'

/** The longest update accepted; real ones are a few KB. */
const MAX_BODY_BYTES = 256 * 1024
/** How long a repeat waits for the same update, when this isolate is working on it. */
const TWIN_PATIENCE = 10 * SECOND

const readSettings = (env: EdgeEnv) =>
  readConfig(env, [
    'TELEGRAM_API_ROOT',
    'TELEGRAM_BOT_TOKEN',
    'PORTAL_ORIGIN',
    'TELEGRAM_WEBHOOK_SECRET',
    'ADMIN_IDS',
    'SPORT_USER_IDS',
    'PUBLIC_URL',
  ])

/** Dependencies that the entry point passes from other folders; see `BotDeps`. */
export interface WebhookDeps {
  clock: Clock
  pollNow: (env: EdgeEnv, province: string) => Promise<void>
}

/** Objects made once an isolate for one environment. */
interface Prepared {
  settings: ReturnType<typeof readSettings>
  db: Database
}
const prepared = new WeakMap<EdgeEnv, Prepared>()

/** @throws ConfigError when a setting is missing or wrong */
function prepare(env: EdgeEnv): Prepared {
  const known = prepared.get(env)
  if (known) return known
  const fresh = { settings: readSettings(env), db: connect(env.DB) }
  prepared.set(env, fresh)
  return fresh
}

/**
 * Stores the bot's user, as the pages link to it.
 * @throws when the database is out of reach
 */
export async function refreshBotInfo(env: EdgeEnv, now: number): Promise<void> {
  const { settings, db } = prepare(env)
  await readBotInfo(db, settings, now)
}

/** Updates that this isolate is working on: a repeat that comes at the same time waits, then finds it done. */
const inWork = new Set<number>()

async function waitForTwin(updateId: number, sleep: (ms: number) => Promise<void>): Promise<void> {
  for (let waited = 0; inWork.has(updateId) && waited < TWIN_PATIENCE; waited += 20) await sleep(20)
}

/** Refuses requests without the webhook's secret, before anything else. */
const checkSecret: MiddlewareHandler<{ Bindings: EdgeEnv }> = async (c, next) => {
  const { settings } = prepare(c.env)
  const given = c.req.header('X-Telegram-Bot-Api-Secret-Token') ?? ''
  if (!timingSafeEqual(given, settings.TELEGRAM_WEBHOOK_SECRET)) return c.text('unauthorized', 401)
  return next()
}

async function readJson(c: Context): Promise<unknown> {
  try {
    return await c.req.json()
  } catch (error) {
    log('warn', 'update-unreadable', { error: error instanceof Error ? error.name : 'unknown' })
    return undefined
  }
}

/** True for a command that names a bot (`/stato@some_bot`). */
const namesBot = ({ message, channel_post: post }: Update) => /^\/\w+@/.test((message ?? post)?.text ?? '')

/**
 * The route that Telegram posts updates to: 401 without the secret, at no query. An update that cannot be understood is
 * taken (200), so that it does not come again for ever; one that cannot be done because the database is out of reach is
 * answered 503, so that it does.
 */
export function webhook({ pollNow, clock }: WebhookDeps) {
  const app = new Hono<{ Bindings: EdgeEnv }>()
  app.post(
    '/telegram/webhook',
    checkSecret,
    bodyLimit({ maxSize: MAX_BODY_BYTES, onError: (c) => c.text('too large', 413) }),
    async (c) => {
      const parsed = parseUpdate(await readJson(c))
      if (!parsed || 'reason' in parsed) {
        log('info', 'update-dropped', { reason: parsed?.reason ?? 'not-an-update' })
        return c.text('ok')
      }
      const { update, fingerprint } = parsed
      const { settings, db } = prepare(c.env)
      const { env } = c
      const trace = traceId()
      const deps: BotDeps = {
        db,
        settings,
        pollNow: (province) => pollNow(env, province),
        nudgeSender: (of) =>
          env.OUTBOUND.send({ version: 1, trace: of } satisfies OutboundNudge).then(() => undefined),
        waitUntil: (work) => c.executionCtx.waitUntil(work),
        clock,
        env,
      }
      await waitForTwin(update.update_id, clock.sleep)
      inWork.add(update.update_id)
      try {
        if (namesBot(update)) await StoreError.wrap(readBotInfo(db, settings, clock.now()))
        await answer(update, { deps, fingerprint, now: clock.now(), trace }, knownBotInfo(settings))
        return c.text('ok')
      } catch (error) {
        const store = StoreError.is(error)
        log('error', store ? 'store-failed' : 'update-failed', {
          update: update.update_id,
          error: describeError(error instanceof StoreError ? error.cause : error),
          trace,
        })
        return store ? c.text('store is down', 503) : c.text('ok')
      } finally {
        inWork.delete(update.update_id)
      }
    },
  )
  return app
}
