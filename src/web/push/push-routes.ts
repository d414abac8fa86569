import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import * as z from 'zod'
import { takeCostly } from '../../chats/request-limits.ts'
import { connect, type Database, transact } from '../../db/database.ts'
import { FIRST_PUSH_ID } from '../../delivery/channels/channel.ts'
import { isPushAddress } from '../../delivery/channels/web-push/push-hosts.ts'
import type { OutboundNudge } from '../../delivery/outbox.ts'
import { planFollow, unfollow } from '../../passport/follow/follow.ts'
import { provinceByCode } from '../../passport/provinces/provinces.ts'
import { readConfig } from '../../platform/config.ts'
import { ringHash, traceId } from '../../platform/id.ts'
import { describeError, log } from '../../platform/log.ts'
import { trimEndOf } from '../../platform/trim-end.ts'
import { textsIn } from '../../texts/index.ts'
import { isOwnOrigin, openSession } from '../app/app-session.ts'
import { assets } from '../assets.ts'
import type { WebContext, WebDeps, WebTypes } from '../site.ts'
import { sourceOf } from '../visitor-limit.ts'
import { dropSecret, giveSecret, secretIn } from './push-cookie.ts'
import {
  browserAt,
  browserOf,
  browserWith,
  confirmBrowser,
  follows,
  makeToken,
  type PushBrowser,
  provinceIn,
  renewSecret,
  saveBrowser,
  secretHash,
} from './push-store.ts'

const MAX_BODY_BYTES = 4 * 1024
/** What a change costs on the limit of its source, s: six at once, then one in so long. */
const CHANGE_COST = 10
/** Why no alert came: the name of that page of the Mini App. */
const WHY = 'perche'
const base64 = (length: number) =>
  z
    .string()
    .regex(/^[\w-]+={0,2}$/)
    .transform((text) => trimEndOf(text, '='))
    .refine((text) => text.length === length)

const subscribing = z.object({
  endpoint: z.string().max(1024),
  keys: z.object({ p256dh: base64(87), auth: base64(22) }),
  /** Our key for which the browser subscribed. */
  key: base64(87),
  language: z.enum(['it', 'en']),
  province: z.string().optional(),
})
const confirming = z.object({ token: z.string().min(1).max(64) })
const leaving = z.object({ province: z.string() })

/** The JSON that a request brings, checked; null: it is something else. */
async function bodyOf<Shape extends z.ZodType>(c: Context, shape: Shape): Promise<z.output<Shape> | null> {
  try {
    const read = shape.safeParse(await c.req.json())
    return read.success ? read.data : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** Takes a change's cost from the limit of the address that asks; one that cannot be told is the local machine. */
function withinLimit(c: WebContext, db: Database, now: number): Promise<boolean> {
  const address = c.req.header('CF-Connecting-IP')
  // Below every id of Telegram's.
  return address === undefined
    ? Promise.resolve(true)
    : takeCostly(db, -FIRST_PUSH_ID - ringHash(sourceOf(address)), CHANGE_COST, now)
}

/** Our public key; undefined while Web Push is off. */
export const pushKey = (env: WebTypes['Bindings']): string | undefined =>
  readConfig(env, ['VAPID_KEYS']).VAPID_KEYS?.publicKey

/**
 * Web Push: a browser's way to alerts. A request that brings a browser's address and its secret `auth` comes from that
 * browser; a secret in its cookie identifies it later.
 */
export function pushRoutes({ clock, pollNow }: WebDeps) {
  const app = new Hono<WebTypes>()

  const background = (c: WebContext, what: string, trace: string, work: Promise<unknown>) =>
    c.executionCtx.waitUntil(
      work.catch((error) =>
        log('warn', 'background-work-failed', { what, error: describeError(error), trace }),
      ),
    )
  const nudge = (c: WebContext, trace: string) =>
    background(c, 'nudge-sender', trace, c.env.OUTBOUND.send({ version: 1, trace } satisfies OutboundNudge))

  /** Follows a province for a browser that got a message of ours. */
  async function follow(
    c: WebContext,
    db: Database,
    { chatId }: PushBrowser,
    province: string,
    trace: string,
  ) {
    const plan = await planFollow(db, { chatId, province, now: clock.now(), trace })
    await transact(db, plan.statements)
    if (plan.outcome === 'started') background(c, 'poll-now', trace, pollNow(c.env, province))
    if (plan.outcome === 'watched') nudge(c, trace)
  }

  /** Only our own pages and our own service worker change anything, and only while Web Push is on. */
  const own = createMiddleware<WebTypes>(async (c, next) => {
    const { PUBLIC_URL } = readConfig(c.env, ['PUBLIC_URL'])
    if (pushKey(c.env) === undefined) return c.json({ state: 'unavailable' }, 404)
    if (c.req.method === 'POST' && !isOwnOrigin(c, PUBLIC_URL)) return c.json({ state: 'forged' }, 403)
    await next()
    c.header('Cache-Control', 'no-store')
  })
  app.use('/push/*', own)
  app.use('/push/*', bodyLimit({ maxSize: MAX_BODY_BYTES, onError: (c) => c.json({ state: 'failed' }, 413) }))

  app.get('/push-worker.js', (c) =>
    c.body(assets['page-push-worker.js']?.body ?? '', 200, {
      'Content-Type': 'text/javascript; charset=utf-8',
      // Its address never changes, so that browsers find the next version.
      'Cache-Control': 'no-cache',
    }),
  )

  app.get('/push/stato', async (c) => {
    const province = provinceByCode(c.req.query('province') ?? '')
    const db = connect(c.env.DB)
    const browser = await browserOf(db, secretIn(c))
    if (!browser || !province || browser.ourKey !== pushKey(c.env)) return c.json({ state: 'off' })
    if (browser.confirmToken !== null) return c.json({ state: 'confirming' })
    return c.json({ state: (await follows(db, browser.chatId, province.code)) ? 'on' : 'other' })
  })

  app.post('/push/iscrizione', async (c) => {
    const { PUSH_HOSTS } = readConfig(c.env, ['PUSH_HOSTS'])
    const asked = await bodyOf(c, subscribing)
    const province = asked?.province === undefined ? undefined : provinceByCode(asked.province)?.code
    const isWrong = !asked || (asked.province !== undefined && province === undefined)
    if (isWrong || asked.key !== pushKey(c.env) || !isPushAddress(asked.endpoint, PUSH_HOSTS))
      return c.json({ state: 'failed' }, 422)
    const { endpoint, keys, language, key: ourKey } = asked
    const db = connect(c.env.DB)
    const [now, trace] = [clock.now(), traceId()]
    if (!(await withinLimit(c, db, now))) return c.json({ state: 'too-many' }, 429, { 'Retry-After': '60' })
    const [mine, there] = await Promise.all([browserOf(db, secretIn(c)), browserAt(db, endpoint)])
    // An address alone proves nothing.
    if (there && there.auth !== keys.auth) return c.json({ state: 'failed' }, 409)
    const before = there ?? mine
    const secret = before && before.chatId === mine?.chatId ? secretIn(c) : undefined
    const kept = secret ?? makeToken(32)
    const hash = await secretHash(kept)
    const isSame = before?.endpoint === endpoint && before.p256dh === keys.p256dh && before.ourKey === ourKey
    if (before && isSame && before.confirmToken === null) {
      giveSecret(c, kept)
      if (secret === undefined) await transact(db, [renewSecret(before, hash)])
      if (province !== undefined) {
        await transact(db, confirmBrowser(before, now))
        await follow(c, db, before, province, trace)
      }
      return c.json({ state: 'on' })
    }
    const wanted = { endpoint, ...keys, ourKey, language, province }
    const outcome = await saveBrowser(db, before, wanted, { hash, now, trace })
    if (outcome === 'full') return c.json({ state: 'too-many' }, 429, { 'Retry-After': '3600' })
    // Else another tab was faster: its answer brings the cookie.
    if (outcome === 'saved') {
      giveSecret(c, kept)
      nudge(c, trace)
    }
    return c.json({ state: 'confirming' })
  })

  app.post('/push/conferma', async (c) => {
    const asked = await bodyOf(c, confirming)
    const db = connect(c.env.DB)
    const browser = asked && (await browserWith(db, asked.token))
    if (!browser) return c.json({ state: 'failed' }, 404)
    const trace = traceId()
    await transact(db, confirmBrowser(browser, clock.now()))
    const province = provinceIn(browser.confirmToken ?? '')
    if (province !== undefined) await follow(c, db, browser, province, trace)
    return c.json({ state: 'on' })
  })

  app.post('/push/lascia', async (c) => {
    const asked = await bodyOf(c, leaving)
    const db = connect(c.env.DB)
    const browser = await browserOf(db, secretIn(c))
    if (!asked || !browser) return c.json({ state: 'off' }, 404)
    await transact(db, [unfollow(browser.chatId, asked.province)])
    return c.json({ state: 'other' })
  })

  // The Mini App's pages are this browser's too: filters, quiet hours, export and deletion.
  app.get('/push/apri', async (c) => {
    const site = c.get('site')
    const browser = await browserOf(connect(c.env.DB), secretIn(c))
    if (!browser || browser.confirmToken !== null) {
      if (!browser) dropSecret(c)
      return c.redirect(site.href('/'), 303)
    }
    giveSecret(c, secretIn(c) ?? '')
    const config = readConfig(c.env, ['ENCRYPTION_KEY', 'TELEGRAM_BOT_TOKEN'])
    const { language } = site
    const visitor = { userId: browser.chatId, name: textsIn(language).push.visitor, language }
    await openSession(c, config.ENCRYPTION_KEY, config.TELEGRAM_BOT_TOKEN, visitor, clock.now())
    const to = c.req.query('to') ?? ''
    const page = to === WHY ? WHY : provinceByCode(to)?.code
    return c.redirect(page ? `/app/province/${page}` : '/app/preferenze', 303)
  })

  return app
}
