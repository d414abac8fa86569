import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import * as z from 'zod'
import type { EdgeEnv } from '../bindings.d.ts'
import { admissionOf, admit, takeCostly } from '../chats/request-limits.ts'
import { connect, type Database, transact } from '../db/database.ts'
import { StoreError } from '../db/store-error.ts'
import { HAND_IN_COST } from '../passport/sessions/hand-in.ts'
import {
  findBrowser,
  findCode,
  handInFrom,
  type PairedBrowser,
  pairBrowser,
  readCode,
  readHandedIn,
  unpairAll,
  unpairBrowser,
} from '../passport/sessions/paired-browsers.ts'
import { readConfig } from '../platform/config.ts'
import { describeError, log } from '../platform/log.ts'
import type { Clock } from '../platform/time.ts'

/** A code and the browser's name. */
const MAX_PAIRING_BYTES = 1024
/** The portal's cookies are a few KB. */
const MAX_COOKIES_BYTES = 64 * 1024

const pairing = z.object({ code: z.string().max(40), browser: z.enum(['chrome', 'edge', 'firefox']) })

interface Types {
  Bindings: EdgeEnv
  Variables: { browser: PairedBrowser; db: Database }
}

const settings = (env: EdgeEnv) =>
  readConfig(env, ['ADMIN_IDS', 'ENCRYPTION_KEY', 'PORTAL_ORIGIN', 'PORTAL_RELAY'])

const atMost = (maxSize: number) =>
  bodyLimit({ maxSize, onError: (c) => c.json({ error: 'too-large' }, 413) })
const refuse = (c: Context) => c.json({ error: 'not-paired' }, 401, { 'WWW-Authenticate': 'Bearer' })
const tooMany = (c: Context) => c.json({ error: 'too-many' }, 429, { 'Retry-After': '60' })

async function readJson(c: Context): Promise<unknown> {
  try {
    return await c.req.json()
  } catch (error) {
    log('info', 'pairing-unreadable', { error: error instanceof Error ? error.name : 'unknown' })
    return undefined
  }
}

/**
 * What the browser extension calls. `POST /operator/pairing` exchanges a code of the chat for a token; the other routes
 * take it in the `Authorization` header, while the person is an operator: `POST /operator/session` hands in the portal's
 * cookies, `GET` says whether the session works, `DELETE /operator/pairing` ends the pairing. A body is read only of a
 * browser that may send it and is within its operator's rate limit. 503 when the database is out of reach.
 */
export function operatorSession({ now }: Pick<Clock, 'now'>) {
  const app = new Hono<Types>()

  /** Lets a paired browser of an operator in; a request counts against the operator's rate limit like one in the chat. */
  const paired = createMiddleware<Types>(async (c, next) => {
    const { ADMIN_IDS: operators, ENCRYPTION_KEY: keys } = settings(c.env)
    const [, token] = /^Bearer ([\w.-]{1,200})$/.exec(c.req.header('Authorization') ?? '') ?? []
    const db = connect(c.env.DB)
    const browser = token === undefined ? null : await findBrowser(db, keys, token)
    if (browser === null) return refuse(c)
    if (!operators.has(browser.ownerId)) {
      await transact(db, [unpairAll(browser.ownerId)])
      return refuse(c)
    }
    const { ownerId } = browser
    const admission = admissionOf(await transact(db, admit({ chatId: ownerId, userId: ownerId }, now())))
    if (admission !== 'go') return tooMany(c)
    c.set('browser', browser)
    c.set('db', db)
    return next()
  })

  const affordsHandIn = createMiddleware<Types>(async (c, next) =>
    (await takeCostly(c.get('db'), c.get('browser').ownerId, HAND_IN_COST, now())) ? next() : tooMany(c),
  )

  app.use('/operator/*', async (c, next) => {
    await next()
    c.header('Cache-Control', 'no-store')
  })

  app.post('/operator/pairing', atMost(MAX_PAIRING_BYTES), async (c) => {
    const asked = pairing.safeParse(await readJson(c))
    const code = asked.success ? readCode(asked.data.code) : null
    if (!asked.success || code === null) return c.json({ error: 'unreadable' }, 400)
    const { browser } = asked.data
    const { ADMIN_IDS: operators, ENCRYPTION_KEY: keys } = settings(c.env)
    const db = connect(c.env.DB)
    const found = await findCode(db, keys, code, now())
    const token =
      found && operators.has(found.ownerId) ? await pairBrowser(db, keys, found, browser, now()) : null
    if (found === undefined || token === null) return c.json({ error: 'unknown-code' }, 403)
    log('info', 'browser-paired', { browser: found.id })
    return c.json({ token }, 201)
  })

  app.delete('/operator/pairing', paired, async (c) => {
    const { id, ownerId } = c.get('browser')
    await transact(c.get('db'), [unpairBrowser(ownerId, id)])
    return c.body(null, 204)
  })

  app.get('/operator/session', paired, async (c) =>
    c.json(await readHandedIn(c.get('db'), c.get('browser'), now())),
  )

  app.post('/operator/session', paired, affordsHandIn, atMost(MAX_COOKIES_BYTES), async (c) => {
    const { ENCRYPTION_KEY: keys, PORTAL_ORIGIN: origin, PORTAL_RELAY: relay } = settings(c.env)
    const address = { origin, relay, fetch: (...args: Parameters<typeof fetch>) => fetch(...args) }
    const { browser, db } = c.var
    const outcome = await handInFrom({ db, keys, clock: { now }, address }, browser, await c.req.text())
    log('info', 'browser-handed-in', { browser: browser.id, outcome: outcome.kind })
    return c.json(outcome)
  })

  app.onError((error, c) => {
    log('error', 'operator-request-failed', { path: c.req.path, error: describeError(error) })
    const storeIsDown = StoreError.is(error)
    return c.json({ error: 'failed' }, storeIsDown ? 503 : 500, storeIsDown ? { 'Retry-After': '30' } : {})
  })
  return app
}
