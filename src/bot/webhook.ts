import { Api } from 'grammy'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { connect, type Database, transact } from '../db/client.ts'
import { StoreError } from '../db/store-error.ts'
import type { OutboundNudge } from '../delivery/outbox.ts'
import { chatQueries, readChat, readFollows } from '../passport/chat.ts'
import type { EdgeEnv } from '../platform/bindings.d.ts'
import { readConfig } from '../platform/config.ts'
import { timingSafeEqual } from '../platform/crypto.ts'
import { traceId } from '../platform/id.ts'
import { describeError, log } from '../platform/log.ts'
import { type Clock, SECOND } from '../platform/time.ts'
import { concernsUs, features, respond } from './bot.ts'
import { BotContext, type BotDeps } from './context.ts'
import { readBotInfo } from './me.ts'
import { noteMembership } from './membership.ts'
import { readDone } from './seen.ts'
import { type Incoming, parseUpdate } from './update.ts'

/** Updates are a few KB; nothing honest is longer. */
const MAX_BODY_BYTES = 256 * 1024
/** How long one call to Telegram may take: Telegram itself waits a minute for the webhook. */
const TELEGRAM_TIMEOUT_SECONDS = 15
/** How long a repeat waits for the same update, when it is being worked on right now. */
const IN_WORK_PATIENCE = 10 * SECOND

const readSettings = (env: EdgeEnv) =>
  readConfig(env, [
    'TELEGRAM_API_ROOT',
    'TELEGRAM_BOT_TOKEN',
    'TELEGRAM_WEBHOOK_SECRET',
    'ADMIN_IDS',
    'SPORT_USER_IDS',
    'PUBLIC_URL',
  ])

/** What the entry point lends from other rooms; see `BotDeps`. */
export interface WebhookDeps {
  clock: Clock
  pollNow: (env: EdgeEnv, province: string) => Promise<void>
  provincesOfTown: (env: EdgeEnv, name: string) => Promise<string[]>
}

/** What is made once an isolate for one environment. */
interface Prepared {
  settings: ReturnType<typeof readSettings>
  api: Api
  db: Database
}
const prepared = new WeakMap<EdgeEnv, Prepared>()

/** @throws ConfigError when a setting is missing or wrong */
function prepare(env: EdgeEnv): Prepared {
  const known = prepared.get(env)
  if (known) return known
  const settings = readSettings(env)
  const api = new Api(settings.TELEGRAM_BOT_TOKEN, {
    apiRoot: settings.TELEGRAM_API_ROOT,
    timeoutSeconds: TELEGRAM_TIMEOUT_SECONDS,
  })
  const fresh = { settings, api, db: connect(env.DB) }
  prepared.set(env, fresh)
  return fresh
}

/** What tells one bot from another. */
const accountOf = (settings: Prepared['settings']) =>
  `${settings.TELEGRAM_API_ROOT} ${settings.TELEGRAM_BOT_TOKEN}`

/** Sees to it that the store knows who the bot is, as the pages' buttons lead to it. Never rejects. */
export async function meetBot(env: EdgeEnv, now: number): Promise<void> {
  const { settings, api, db } = prepare(env)
  try {
    await readBotInfo(db, api, accountOf(settings), now)
  } catch (error) {
    log('warn', 'bot-not-met', { error: describeError(error) })
  }
}

/** Updates that this isolate works on right now: a repeat that comes meanwhile waits, then finds it done. */
const inWork = new Set<number>()

async function waitForTwin(updateId: number, sleep: (ms: number) => Promise<void>): Promise<void> {
  for (let waited = 0; inWork.has(updateId) && waited < IN_WORK_PATIENCE; waited += 20) await sleep(20)
}

/**
 * Does an update's work, unless it was done before.
 * @throws StoreError when the database is out of reach: the update is not done
 */
async function handle(deps: BotDeps, account: string, incoming: Incoming, now: number, trace: string) {
  if (incoming.kind === 'ignored') return
  if (incoming.kind === 'membership' || incoming.kind === 'migration') {
    return noteMembership(deps, incoming, now, trace)
  }
  const [done, chatRow, followRows] = await StoreError.wrap(
    transact(deps.db, [readDone(incoming), ...chatQueries(incoming.chat.id)]),
  )
  if (done?.results.length) return
  const ctx = new BotContext({
    deps,
    incoming,
    ...readChat(chatRow?.results[0], incoming.chat, now),
    follows: readFollows(followRows?.results ?? []),
    me: () => readBotInfo(deps.db, deps.api, account, now),
    features,
    now,
    trace,
  })
  try {
    await respond(ctx)
  } catch (error) {
    if (StoreError.is(error)) throw error
    log('error', 'update-failed', { update: incoming.updateId, error: describeError(error), trace })
    await ctx.say(ctx.view(ctx.texts.common.wentWrong))
  }
  await ctx.finish()
}

async function readJson(c: Context): Promise<unknown> {
  try {
    return await c.req.json()
  } catch (error) {
    log('warn', 'update-unreadable', { error: error instanceof Error ? error.name : 'unknown' })
    return undefined
  }
}

/**
 * The route that Telegram posts updates to. 401 to whoever does not know the secret, before anything else is done. An
 * update that cannot be understood is taken (200), so that it does not come again for ever; one that could not be done
 * because the database is out of reach is refused (503), so that it does.
 */
export function webhook({ pollNow, provincesOfTown, clock }: WebhookDeps) {
  const app = new Hono<{ Bindings: EdgeEnv }>()
  app.post(
    '/telegram/webhook',
    async (c, next) => {
      const { settings } = prepare(c.env)
      const given = c.req.header('X-Telegram-Bot-Api-Secret-Token') ?? ''
      if (!(await timingSafeEqual(given, settings.TELEGRAM_WEBHOOK_SECRET)))
        return c.text('unauthorized', 401)
      return next()
    },
    bodyLimit({ maxSize: MAX_BODY_BYTES, onError: (c) => c.text('too large', 413) }),
    async (c) => {
      const incoming = parseUpdate(await readJson(c))
      if (!incoming || !concernsUs(incoming)) {
        if (!incoming || incoming.kind === 'ignored') {
          log('info', 'update-dropped', {
            reason: incoming?.kind === 'ignored' ? incoming.reason : 'not-an-update',
          })
        }
        return c.text('ok')
      }
      const { settings, api, db } = prepare(c.env)
      const env = c.env
      const trace = traceId()
      const deps: BotDeps = {
        db,
        api,
        settings,
        pollNow: (province) => pollNow(env, province),
        provincesOfTown: (name) => provincesOfTown(env, name),
        nudgeSender: (of) =>
          env.OUTBOUND.send({ version: 1, trace: of } satisfies OutboundNudge).then(() => undefined),
        waitUntil: (work) => c.executionCtx.waitUntil(work),
        clock,
        env,
      }
      const account = accountOf(settings)
      await waitForTwin(incoming.updateId, clock.sleep)
      inWork.add(incoming.updateId)
      try {
        await handle(deps, account, incoming, clock.now(), trace)
        return c.text('ok')
      } catch (error) {
        const store = StoreError.is(error)
        log('error', store ? 'store-failed' : 'update-failed', {
          update: incoming.updateId,
          error: describeError(error instanceof StoreError ? error.cause : error),
          trace,
        })
        return store ? c.text('store is down', 503) : c.text('ok')
      } finally {
        inWork.delete(incoming.updateId)
      }
    },
  )
  return app
}
