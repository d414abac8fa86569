import { encryptNotification, vapidHeaders } from '@block65/webcrypto-web-push'
import { sql } from 'drizzle-orm'
import { type Database, transact } from '../../../db/database.ts'
import { columnReader } from '../../../db/rows.ts'
import { pushSubscriptions } from '../../../db/schema/chats.ts'
import { describeError, log } from '../../../platform/log.ts'
import { HOUR, SECOND } from '../../../platform/time.ts'
import type { Answer, Call, Channel } from '../channel.ts'
import { readPushFailure } from './push-errors.ts'
import { isPushAddress } from './push-hosts.ts'
import { payloadOf, timeToLive } from './push-payload.ts'

/** Calls open at once: few, since they share the invocation's connections with Telegram's. */
const OPEN_EACH = 2
/** Messages a second to start from; no push service names its limit. */
const START_RATE = 20
const TIMEOUT_MS = 10 * SECOND
/** A signed key is good for twelve hours; it is made again before. */
const SIGNED_FOR_MS = HOUR

const addressColumns = columnReader(
  pushSubscriptions,
  'chatId',
  'endpoint',
  'p256dh',
  'auth',
  'ourKey',
  'confirmToken',
)
type Address = ReturnType<typeof addressColumns> & {
  /** The host of its push service; empty when the address has none. */
  host: string
}

export interface WebPushSettings {
  db: Database
  /** Our key pair, as config.ts reads it. */
  keys: { publicKey: string; privateKey: string }
  /** The push services that may be posted to. */
  hosts: readonly string[]
  /** Whom a push service can reach about us: our public address. */
  subject: string
  fetch?: typeof globalThis.fetch
  now(): number
}

const ended = (reason: string): Answer => ({
  ok: false,
  failure: { kind: 'chat-gone', reason },
  error: reason,
})

/** Names a message for a push service: a repeat of it replaces the one that still waits there (RFC 8030, `Topic`). */
async function topicOf(key: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key))
  return btoa(String.fromCharCode(...new Uint8Array(hash).slice(0, 24)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
}

/** Web Push as a channel: encrypted messages to the push services of browsers (RFC 8030, 8188, 8291, 8292). */
export function webPushChannel(settings: WebPushSettings): Channel {
  const { db, keys, hosts, subject, now, fetch: post = fetch } = settings
  const addresses = new Map<number, Address>()
  /** Until when each push service takes nothing, epoch ms. */
  const paused = new Map<string, number>()
  /** Our signature for each push service. */
  const signed = new Map<string, { authorization: string; until: number }>()

  async function sign(endpoint: string): Promise<string> {
    const { origin } = new URL(endpoint)
    const known = signed.get(origin)
    if (known && known.until > now()) return known.authorization
    // The library signs for https only; plain HTTP is for simulators.
    const { headers } = await vapidHeaders(
      { endpoint: origin.replace(/^http:/, 'https:'), expirationTime: null, keys: { p256dh: '', auth: '' } },
      { subject, ...keys },
    )
    signed.set(origin, { authorization: headers.authorization, until: now() + SIGNED_FOR_MS })
    return headers.authorization
  }

  async function encrypt(
    { endpoint, p256dh, auth, confirmToken }: Address,
    call: Call,
  ): Promise<Uint8Array | null> {
    const payload = payloadOf(call.message, call.key, confirmToken)
    try {
      return await encryptNotification(
        { endpoint, expirationTime: null, keys: { p256dh, auth } },
        new TextEncoder().encode(JSON.stringify(payload)),
        // Padding would cost each browser 4 KB of mobile data for what is public on our own pages.
        { pad: false },
      )
    } catch (error) {
      log('warn', 'push-not-encrypted', { error: describeError(error) })
      return null
    }
  }

  async function send(call: Call): Promise<Answer> {
    const address = addresses.get(call.chatId)
    if (!address) return ended('push-subscription-missing')
    if (address.ourKey !== keys.publicKey) return ended('push-key-changed')
    if (!isPushAddress(address.endpoint, hosts)) return ended('push-host-unknown')
    const body = await encrypt(address, call)
    if (!body) return ended('push-keys-wrong')
    try {
      const response = await post(address.endpoint, {
        method: 'POST',
        headers: {
          Authorization: await sign(address.endpoint),
          'Content-Encoding': 'aes128gcm',
          'Content-Type': 'application/octet-stream',
          TTL: String(timeToLive(call.message)),
          Urgency: call.message.silent ? 'normal' : 'high',
          Topic: await topicOf(call.key),
        },
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      await response.body?.cancel()
      if (response.ok) return { ok: true, messageId: undefined }
      const failure = readPushFailure(response, address.confirmToken === null, now())
      if (failure.kind === 'later') paused.set(address.host, failure.until)
      return { ok: false, failure, error: `${address.host}: ${response.status}` }
    } catch (error) {
      return { ok: false, failure: { kind: 'retry' }, error: describeError(error) }
    }
  }

  return {
    name: 'web-push',
    senders: [{ send }],
    openEach: OPEN_EACH,
    configuredRate: START_RATE,
    eachMessage: { subrequests: 1, cpuMs: 4 },
    interval: () => SECOND,
    pausedUntil: (chatId) => paused.get(addresses.get(chatId)?.host ?? '') ?? 0,
    // What does not fit is cut: a notification is read at a glance.
    firstPart: (message) => ({ part: message }),
    async prepare(chatIds) {
      const [found] = await transact(db, [
        sql`SELECT chat_id, endpoint, p256dh, auth, our_key, confirm_token FROM push_subscriptions
            WHERE chat_id IN (SELECT value FROM json_each(${JSON.stringify(chatIds)}))`,
      ])
      for (const chatId of chatIds) addresses.delete(chatId)
      for (const row of found?.results ?? []) {
        const address = addressColumns(row)
        const host = URL.parse(address.endpoint)?.host ?? ''
        addresses.set(address.chatId, { ...address, host })
      }
    },
  }
}
