import { sql } from 'drizzle-orm'
import { newChat } from '../../chats/chat-row.ts'
import { type Database, type Statement, transact } from '../../db/database.ts'
import { decodeRow } from '../../db/rows.ts'
import { chats, pushSubscriptions } from '../../db/schema/chats.ts'
import { FIRST_PUSH_ID } from '../../delivery/channels/channel.ts'
import { enqueue } from '../../delivery/outbox.ts'
import { wake } from '../../passport/follow/follow.ts'
import { provinceName } from '../../passport/provinces/provinces.ts'
import { MINUTE } from '../../platform/time.ts'
import { trimEndOf } from '../../platform/trim-end.ts'
import { type Language, textsIn } from '../../texts/index.ts'

/** A browser that gets Web Push. */
export type PushBrowser = typeof pushSubscriptions.$inferSelect

/** Browsers that have not returned their token, at most. */
const MOST_UNCONFIRMED = 2_000
/** A browser returns its token within seconds: after this long (ms) it may be dropped to make room for others. */
const CONFIRMED_WITHIN = 10 * MINUTE
/** How many are dropped at once. */
const DROPPED_AT_ONCE = 100

/** What a browser hands in when it subscribes. */
export interface Subscribing {
  endpoint: string
  p256dh: string
  auth: string
  /** Our public key for which it subscribed. */
  ourKey: string
  language: Language
  /** The province to follow; absent: the browser renewed its address. */
  province: string | undefined
}

const base64url = (bytes: Uint8Array) =>
  trimEndOf(btoa(String.fromCharCode(...bytes)), '=')
    .replaceAll('+', '-')
    .replaceAll('/', '_')

/** A secret that nobody guesses. */
export const makeToken = (bytes: number): string => base64url(crypto.getRandomValues(new Uint8Array(bytes)))

/** The id of a new browser: random, so that it tells nothing, from 2^52 on, where Telegram has none. */
const makeChatId = (): number => {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2))
  return FIRST_PUSH_ID + (high % 2 ** 20) * 2 ** 32 + low
}

export async function secretHash(secret: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret))))
}

const readOne = async (db: Database, statement: Statement): Promise<PushBrowser | null> => {
  const [answer] = await transact(db, [statement])
  const row = answer?.results[0]
  return row ? decodeRow(pushSubscriptions, row) : null
}

/** The browser whose cookie holds this secret. */
export const browserOf = async (db: Database, secret: string | undefined): Promise<PushBrowser | null> =>
  secret
    ? readOne(db, sql`SELECT * FROM push_subscriptions WHERE secret_hash = ${await secretHash(secret)}`)
    : null

/** The browser that is reached at an address. */
export const browserAt = (db: Database, endpoint: string): Promise<PushBrowser | null> =>
  readOne(db, sql`SELECT * FROM push_subscriptions WHERE endpoint = ${endpoint}`)

/**
 * A token to return: the province to follow (empty: the browser only renewed its address), the browser's id, which finds its row,
 * and a secret.
 */
const confirmToken = (province: string | undefined, chatId: number): string =>
  `${province ?? ''}.${chatId}.${makeToken(16)}`

const TOKEN = /^([A-Z]{2})?\.(\d{1,16})\./

/** The province in a token; undefined: the browser only renewed its address. */
export const provinceIn = (token: string): string | undefined => TOKEN.exec(token)?.[1]

/** The browser that was sent a token and has not returned it before. */
export async function browserWith(db: Database, token: string): Promise<PushBrowser | null> {
  const chatId = TOKEN.exec(token)?.[2]
  if (chatId === undefined) return null
  return readOne(
    db,
    sql`SELECT * FROM push_subscriptions WHERE chat_id = ${Number(chatId)} AND confirm_token = ${token}`,
  )
}

/** The statements that drop those who have had time to return their token and follow nothing, the oldest first. */
function makeRoom(now: number): Statement[] {
  const overdue = sql`SELECT chat_id FROM push_subscriptions AS p
    WHERE confirm_token IS NOT NULL AND created_at < ${now - CONFIRMED_WITHIN}
      AND NOT EXISTS (SELECT 1 FROM subscriptions s WHERE s.chat_id = p.chat_id)
    ORDER BY created_at LIMIT ${DROPPED_AT_ONCE}`
  return [
    sql`DELETE FROM chats WHERE id IN (${overdue})`,
    sql`DELETE FROM push_subscriptions WHERE chat_id IN (${overdue})`,
  ]
}

/**
 * Saves a browser and sends it the first message, with a token to return: until then it gets no alerts.
 * @param before the browser as it was known; null: a new one
 * @returns `full` when too many browsers have subscribed within minutes and not returned theirs; `known` when another request
 *   has just saved that address
 */
export async function saveBrowser(
  db: Database,
  before: PushBrowser | null,
  { endpoint, p256dh, auth, ourKey, language, province }: Subscribing,
  { hash, now, trace }: { hash: string; now: number; trace: string },
): Promise<'saved' | 'known' | 'full'> {
  const chatId = before?.chatId ?? makeChatId()
  const token = confirmToken(province, chatId)
  const { push } = textsIn(language)
  const body = province === undefined ? push.renewedBody : push.confirmedBody(provinceName(province))
  const isRoom = sql`(SELECT count(*) FROM push_subscriptions WHERE confirm_token IS NOT NULL) < ${MOST_UNCONFIRMED}`
  const chat = { ...newChat({ id: chatId, kind: 'browser' }, now), language, tellGone: false }
  const hello = {
    event: `push-hello:${token}`,
    chatId,
    priority: 'interactive',
    content: { type: 'message', message: { text: `${push.confirmedTitle}\n${body}` } },
    eventAt: now,
    trace,
  } as const
  const save = sql`INSERT INTO push_subscriptions (chat_id, endpoint, p256dh, auth, our_key, secret_hash, confirm_token, created_at)
        SELECT ${chatId}, ${endpoint}, ${p256dh}, ${auth}, ${ourKey}, ${hash}, ${token}, ${now} WHERE ${isRoom}
        ON CONFLICT (chat_id) DO UPDATE SET endpoint = excluded.endpoint, p256dh = excluded.p256dh, auth = excluded.auth,
          our_key = excluded.our_key, secret_hash = excluded.secret_hash, confirm_token = excluded.confirm_token,
          created_at = excluded.created_at
        ON CONFLICT (endpoint) DO NOTHING`
  const stored = sql`SELECT confirm_token FROM push_subscriptions
        WHERE endpoint = ${endpoint} AND (confirm_token = ${token} OR chat_id <> ${chatId})`
  const after = async (...statements: Statement[]) =>
    (await transact(db, [...statements, stored])).at(-1)?.results[0]
  const row = (await after(save)) ?? (await after(...makeRoom(now), save))
  if (row === undefined) return 'full'
  if (row.confirm_token !== token) return 'known'
  await transact(db, [
    // One that is gone can be reached again; its alerts resume when the token comes back.
    db
      .insert(chats)
      .values(chat)
      .onConflictDoUpdate({ target: chats.id, set: { status: 'active', lastSeenAt: now } }),
    enqueue([hello], now),
  ])
  return 'saved'
}

/** The statements that note that a browser returned its token: alerts that were suspended resume. */
export const confirmBrowser = ({ chatId }: PushBrowser, now: number): Statement[] => [
  sql`UPDATE push_subscriptions SET confirm_token = NULL WHERE chat_id = ${chatId}`,
  sql`UPDATE chats SET status = 'active', last_seen_at = ${now} WHERE id = ${chatId}`,
  ...wake(chatId, now),
]

/** The statement that gives a browser a new secret, because it lost its cookie. */
export const renewSecret = ({ chatId }: PushBrowser, hash: string): Statement =>
  sql`UPDATE push_subscriptions SET secret_hash = ${hash} WHERE chat_id = ${chatId}`

/** Whether a browser gets the alerts of a province. */
export async function follows(db: Database, chatId: number, province: string): Promise<boolean> {
  const [found] = await transact(db, [
    sql`SELECT 1 FROM subscriptions WHERE chat_id = ${chatId} AND province = ${province} AND asleep = 0`,
  ])
  return found?.results.length === 1
}
