import { sql } from 'drizzle-orm'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { FIRST_PUSH_ID } from '../../src/delivery/channels/channel.ts'
import { telegramChannel } from '../../src/delivery/channels/telegram/telegram-channel.ts'
import { telegramSender } from '../../src/delivery/channels/telegram/telegram-sender.ts'
import { webPushChannel } from '../../src/delivery/channels/web-push/web-push-channel.ts'
import { readVitals } from '../../src/ops/vitals.ts'
import { systemClock } from '../../src/platform/time.ts'
import { PushService, type Refusal } from '../simulators/push/push-service.ts'
import type { Subscriber } from '../simulators/push/subscriber.ts'
import { testKeys } from '../simulators/push/test-keys.ts'
import {
  addChat,
  clean,
  db,
  delivery,
  enqueueAll,
  FakeTelegram,
  plain,
  rows,
  senderKit,
} from './kit.worker.ts'

const BROWSER = FIRST_PUSH_ID + 7
const OTHER = FIRST_PUSH_ID + 8

beforeEach(async () => {
  await clean()
  await transact(db, [sql`DELETE FROM push_subscriptions`])
  for (const level of ['info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation(() => undefined)
})

/** A dispatcher's invocation with both channels, and two push services beside its Telegram. */
function kit(hosts: readonly string[] = ['push.test'], service = new PushService('https://push.test')) {
  const other = new PushService('https://other.test')
  const telegram = new FakeTelegram()
  const push = webPushChannel({
    db,
    keys: testKeys,
    hosts,
    subject: 'https://sportello.test',
    fetch: (input, init) =>
      (String(input).startsWith(other.origin) ? other : service).fetch(input as string, init),
    now: () => Date.now(),
  })
  const channels = [push, telegramChannel([telegramSender(telegram.api)], 400)]
  const made = senderKit({ channels })
  return { ...made, telegram, service, other }
}

/** A browser's rows. */
async function browser(
  { endpoint, keys }: Pick<Subscriber, 'endpoint' | 'keys'>,
  {
    id = BROWSER,
    token = null,
    key = testKeys.publicKey,
  }: { id?: number; token?: string | null; key?: string } = {},
) {
  await transact(db, [
    addChat(id, { kind: 'browser' }),
    sql`INSERT INTO push_subscriptions (chat_id, endpoint, p256dh, auth, our_key, secret_hash, confirm_token, created_at)
        VALUES (${id}, ${endpoint}, ${keys.p256dh}, ${keys.auth}, ${key}, ${String(id)}, ${token}, 1)`,
    sql`INSERT INTO subscriptions (chat_id, province, ring, created_at) VALUES (${id}, 'TO', 1, 1)`,
  ])
}

const ALERT = {
  text: 'Torino: 2 posti liberi\nGiovedì 3 dicembre, 10:30',
  keyboard: [[{ text: 'Prenota', url: 'https://portal.test/prenota' }]],
}
const alertTo = (chatId: number, event = 'open:1') =>
  plain(event, chatId, { content: { type: 'message', message: ALERT } })
const asleep = async (id = BROWSER) =>
  (await rows(sql`SELECT asleep FROM subscriptions WHERE chat_id = ${id}`))[0]?.asleep

describe('Web Push', () => {
  test('takes a message to the browser, which alone can read it, in the run that sends to Telegram', async () => {
    const { service, telegram, send } = kit()
    const subscriber = await service.subscribe(testKeys.publicKey)
    await browser(subscriber)
    await enqueueAll([alertTo(BROWSER), plain('open:1', 5)])
    expect(await send()).toMatchObject({ sent: 2 })
    expect(telegram.textsTo(5)).toEqual(['open:1 a 5'])
    expect(telegram.calls).toHaveLength(1)
    expect(service.messagesTo(subscriber)).toEqual([
      {
        title: 'Torino: 2 posti liberi',
        body: 'Giovedì 3 dicembre, 10:30',
        tag: `open:1 ${BROWSER}`,
        url: 'https://portal.test/prenota',
      },
    ])
    expect(service.taken).toMatchObject([
      { ttl: 1_800, urgency: 'high', topic: expect.stringMatching(/^[\w-]{32}$/) },
    ])
    expect(await delivery('open:1', BROWSER)).toMatchObject({ status: 'sent', indexed: 1, attempts: 1 })
    expect(await rows(sql`SELECT name FROM state WHERE name LIKE 'pacing%' ORDER BY name`)).toEqual([
      { name: 'pacing' },
      { name: 'pacing-web-push' },
    ])
  })

  test('repeats a message under the same topic, so that the service replaces the first one', async () => {
    const { service, send } = kit()
    const subscriber = await service.subscribe(testKeys.publicKey)
    await browser(subscriber)
    await enqueueAll([alertTo(BROWSER)])
    await send()
    await transact(db, [sql`UPDATE deliveries SET status = 'queued'`])
    await send()
    expect(new Set(service.taken.map(({ topic }) => topic)).size).toBe(1)
    expect(service.taken).toHaveLength(2)
  })

  test('brings the token until the browser has returned it', async () => {
    const { service, send } = kit()
    const subscriber = await service.subscribe(testKeys.publicKey)
    await browser(subscriber, { token: 'TO.abc' })
    await enqueueAll([plain('push-hello', BROWSER)])
    await send()
    expect(service.messagesTo(subscriber)).toMatchObject([{ confirm: 'TO.abc' }])
  })

  test.each([404, 410])('ends a subscription for %i: its alerts stop, others go on', async (status) => {
    const { service, send } = kit()
    const gone = await service.subscribe(testKeys.publicKey)
    const there = await service.subscribe(testKeys.publicKey)
    service.answer = (endpoint) => (endpoint === gone.endpoint ? { status } : undefined)
    await browser(gone)
    await browser(there, { id: OTHER })
    await enqueueAll([
      alertTo(BROWSER),
      alertTo(OTHER),
      plain('held', BROWSER, { notBefore: Date.now() + 60_000 }),
    ])
    expect(await send()).toMatchObject({ sent: 1 })
    expect(await delivery('open:1', BROWSER)).toMatchObject({
      status: 'dead',
      reason: `push-ended-${status}`,
    })
    expect(await delivery('held', BROWSER)).toMatchObject({ status: 'dead' })
    expect([await asleep(), await asleep(OTHER)]).toEqual([1, 0])
    expect(await rows(sql`SELECT status FROM chats WHERE id = ${BROWSER}`)).toEqual([{ status: 'gone' }])
  })

  test('waits as long as a 429 says, counts no attempt, then sends', async () => {
    const { service, send } = kit()
    const subscriber = await service.subscribe(testKeys.publicKey)
    await browser(subscriber)
    service.answer = () => ({ status: 429, headers: { 'Retry-After': '300' } })
    await enqueueAll([alertTo(BROWSER)])
    const before = Date.now()
    await send()
    const row = await delivery('open:1', BROWSER)
    expect(row).toMatchObject({ status: 'queued', attempts: 0, reason: 'push-service-busy' })
    expect(Number(row?.not_before) - before).toBeGreaterThanOrEqual(300_000)
    service.answer = () => undefined
    await transact(db, [sql`UPDATE deliveries SET not_before = 0`, sql`DELETE FROM state`])
    expect(await kit(['push.test'], service).send()).toMatchObject({ sent: 1 })
  })

  test.each([400, 413])('gives a message up for %i, and keeps the browser', async (status) => {
    const { service, send } = kit()
    await browser(await service.subscribe(testKeys.publicKey))
    service.answer = () => ({ status })
    await enqueueAll([alertTo(BROWSER)])
    await send()
    expect(await delivery('open:1', BROWSER)).toMatchObject({
      status: 'dead',
      reason: `push-refused-${status}`,
    })
    expect(await asleep()).toBe(0)
  })

  test.each<[string, () => Refusal | undefined]>([
    ['500', () => ({ status: 500 })],
    [
      'a broken connection',
      () => {
        throw new TypeError('connection reset')
      },
    ],
  ])('tries a message again after %s', async (_, answer) => {
    const { service, send } = kit()
    await browser(await service.subscribe(testKeys.publicKey))
    service.answer = answer
    await enqueueAll([alertTo(BROWSER)])
    await send()
    expect(await delivery('open:1', BROWSER)).toMatchObject({
      status: 'queued',
      attempts: 1,
      reason: 'in-doubt',
    })
    service.answer = () => undefined
    await transact(db, [sql`UPDATE deliveries SET not_before = 0`])
    expect(await send()).toMatchObject({ sent: 1 })
  })

  test.each([401, 403])('keeps all for %i, our key being wrong, while Telegram goes on', async (status) => {
    const { service, telegram, send, nudges } = kit()
    await browser(await service.subscribe(testKeys.publicKey))
    service.answer = () => ({ status })
    await enqueueAll([alertTo(BROWSER), plain('open:1', 5), plain('open:1', 6)])
    expect(await send()).toMatchObject({ sent: 2, refused: 0 })
    expect(telegram.calls).toHaveLength(2)
    expect(await delivery('open:1', BROWSER)).toMatchObject({
      status: 'queued',
      attempts: 0,
      reason: 'push-key-refused',
    })
    expect(nudges.at(-1)).toBeGreaterThan(50)
    expect((await readVitals(db, Date.now())).keyRefused).toBe(1)
    service.answer = () => undefined
    await transact(db, [sql`UPDATE deliveries SET not_before = 0`])
    expect(await kit(['push.test'], service).send()).toMatchObject({ sent: 1 })
    expect((await readVitals(db, Date.now())).keyRefused).toBe(0)
  })

  test('does not let a subscription for another key stop the others', async () => {
    const { service, send } = kit()
    const foreign = await service.subscribe('another')
    const good = await service.subscribe(testKeys.publicKey)
    await browser(foreign, { token: 'TO.x' })
    await browser(good, { id: OTHER })
    await enqueueAll([plain('push-hello', BROWSER), alertTo(OTHER)])
    expect(await send()).toMatchObject({ sent: 1, refused: 1 })
    expect(await delivery('push-hello', BROWSER)).toMatchObject({
      status: 'dead',
      reason: 'push-key-refused-403',
    })
  })

  test.each([
    ['subscribed for an earlier key of ours', 'push-key-changed', { key: 'earlier' }],
    ['keys are no keys', 'push-keys-wrong', { keys: { p256dh: 'AAAA', auth: 'AAAA' } }],
    ['address is no push service’s', 'push-host-unknown', { endpoint: 'https://169.254.169.254/latest' }],
  ])(
    'ends a browser whose %s, without a request',
    async (_, reason, {
      key,
      ...wrong
    }: {
      key?: string
      endpoint?: string
      keys?: Subscriber['keys']
    }) => {
      const { service, send } = kit()
      const subscriber = await service.subscribe(testKeys.publicKey)
      await browser({ ...subscriber, ...wrong }, key === undefined ? {} : { key })
      await enqueueAll([alertTo(BROWSER)])
      await send()
      expect(await delivery('open:1', BROWSER)).toMatchObject({ status: 'dead', reason })
      expect(service.requests).toBe(0)
    },
  )

  test('has a pace of its own: while its service makes us wait, Telegram’s messages leave, and the other way round', async () => {
    const { service, send } = kit()
    const [one, two] = [
      await service.subscribe(testKeys.publicKey),
      await service.subscribe(testKeys.publicKey),
    ]
    await browser(one)
    await browser(two, { id: OTHER })
    const everybody = Array.from({ length: 40 }, (_, n) => plain('open:1', n + 1))
    service.answer = () => ({ status: 429, headers: { 'Retry-After': '3600' } })
    await enqueueAll([alertTo(BROWSER), alertTo(OTHER), ...everybody])
    expect(await send()).toMatchObject({ sent: 40 })
    const later = kit(['push.test'], service)
    later.telegram.answer = () => ({ ok: false, error_code: 401, description: 'Unauthorized' })
    service.answer = () => undefined
    await transact(db, [
      sql`UPDATE deliveries SET not_before = 0 WHERE status = 'queued'`,
      sql`DELETE FROM state WHERE name = 'pacing-web-push'`,
    ])
    await enqueueAll([plain('later', 1)])
    expect(await later.send()).toMatchObject({ sent: 2 })
    expect(await delivery('later', 1)).toMatchObject({ status: 'queued', reason: 'telegram-token-wrong' })
  })

  test.each([
    ['makes us wait', 429, 'push-service-busy'],
    ['refuses our key', 403, 'push-key-refused'],
  ])(
    'goes on at the other services while one %s, and asks that one no further',
    async (_, status, reason) => {
      const { service, other, send } = kit(['push.test', 'other.test'])
      service.answer = () => ({ status, headers: { 'Retry-After': '3600' } })
      const busy = Array.from({ length: 30 }, (_, n) => FIRST_PUSH_ID + 100 + n)
      const free = [FIRST_PUSH_ID + 200, FIRST_PUSH_ID + 201]
      for (const id of busy) await browser(await service.subscribe(testKeys.publicKey), { id })
      for (const id of free) await browser(await other.subscribe(testKeys.publicKey), { id })
      await enqueueAll([...busy, ...free].map((id) => alertTo(id)))
      expect(await send()).toMatchObject({ sent: 2, refused: 0 })
      expect(other.taken).toHaveLength(2)
      // As many as are open at once.
      expect(service.requests).toBeLessThanOrEqual(2)
      const waiting = await rows(
        sql`SELECT attempts, not_before, reason FROM deliveries WHERE status = 'queued'`,
      )
      expect(waiting).toHaveLength(30)
      for (const row of waiting) {
        expect(row.attempts).toBe(0)
        expect(Number(row.not_before)).toBeGreaterThan(Date.now() + 50_000)
      }
      expect(waiting.filter((row) => row.reason === reason)).toHaveLength(service.requests)
    },
  )

  test('that is switched off leaves its messages where they are, and Telegram gets none of them', async () => {
    const { telegram, send, nudges } = senderKit({ clock: systemClock })
    await transact(db, [addChat(BROWSER, { kind: 'browser' })])
    await enqueueAll([alertTo(BROWSER), plain('open:1', 5)])
    expect(await send()).toMatchObject({ sent: 1 })
    expect(telegram.calls.map(({ body }) => body.chat_id)).toEqual([5])
    expect(await delivery('open:1', BROWSER)).toMatchObject({ status: 'queued', attempts: 0 })
    expect(nudges).toEqual([])
  })
})
