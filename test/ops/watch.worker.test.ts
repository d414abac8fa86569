import { env } from 'cloudflare:workers'
import { sql } from 'drizzle-orm'
import { beforeEach, expect, test } from 'vitest'
import { connect, type Statement, transact } from '../../src/db/database.ts'
import type { Priority } from '../../src/db/schema/delivery.ts'
import { keepDeadLetter } from '../../src/delivery/dead-letters.ts'
import { enqueue } from '../../src/delivery/outbox.ts'
import { readToday, readVitals } from '../../src/ops/vitals.ts'
import { watch } from '../../src/ops/watch.ts'
import { MINUTE, SECOND } from '../../src/platform/time.ts'
import { senderKit } from '../delivery/kit.worker.ts'

const db = connect((env as unknown as { DB: D1Database }).DB)
const start = Date.parse('2026-11-20T12:00:00Z')
const run = (...statements: Statement[]) => transact(db, statements)
const nudged: string[] = []
const look = (now: number, admins = [1, 2]) =>
  watch({ db, adminIds: new Set(admins), now, nudge: async (trace) => void nudged.push(trace) })
/** The sender is at work: what is due leaves at once. */
const send = (now: number) =>
  run(sql`UPDATE deliveries SET status = 'sent', done_at = ${now} WHERE status = 'queued'`)
const told = async () => {
  const [found] = await run(
    sql`SELECT event, chat_id, content ->> '$.message.text' AS text FROM deliveries
        WHERE event LIKE 'trouble:%' ORDER BY id`,
  )
  return (found?.results ?? []).map((row) => `${row.chat_id} ${row.event}`)
}
const chat = (id: number, language: string) =>
  sql`INSERT INTO chats (id, kind, language, created_at, last_seen_at) VALUES (${id}, 'private', ${language}, 1, 1)`
const session = (id: number, health: string) =>
  sql`INSERT INTO portal_sessions (id, owner_id, sealed, health, created_at, last_good_at)
      VALUES (${id}, 1, 'x', ${health}, 1, 1)`
const news = (event: string, at: number, priority: Priority = 'alert') =>
  enqueue(
    [
      {
        event,
        chatId: 50,
        priority,
        content: { type: 'message', message: { text: 'x' } },
        eventAt: at,
        trace: 't',
      },
    ],
    at,
  )

beforeEach(async () => {
  nudged.length = 0
  const tables = [
    'deliveries',
    'chats',
    'subscriptions',
    'portal_sessions',
    'state',
    'dead_letters',
    'alerts',
  ]
  await run(...tables.map((table) => sql`DELETE FROM ${sql.raw(table)}`))
  await run(chat(1, 'it'), chat(2, 'en'))
})

test('each operator gets one notice of dead letters, in their language, and one when there are none left', async () => {
  await look(start)
  expect(await told()).toEqual([])
  await keepDeadLetter(db, { queue: 'sportello-outbound', messageId: 'a', body: 1 }, start)
  await look(start + MINUTE)
  await look(start + 2 * MINUTE)
  expect(await told()).toEqual(['1 trouble:dead-letters:1:begun', '2 trouble:dead-letters:1:begun'])
  const [texts] = await run(sql`SELECT content FROM deliveries ORDER BY id`)
  expect(String(texts?.results[0]?.content)).toMatch(/1 messaggio non elaborato.*1:letters/)
  expect(String(texts?.results[1]?.content)).toMatch(/1 unprocessed message/)
  await run(sql`DELETE FROM dead_letters`)
  await send(start + 2 * MINUTE)
  await look(start + 3 * MINUTE)
  await look(start + 4 * MINUTE)
  expect((await told()).slice(2)).toEqual(['1 trouble:dead-letters:1:over', '2 trouble:dead-letters:1:over'])
  await send(start + 4 * MINUTE)
  await keepDeadLetter(db, { queue: 'sportello-outbound', messageId: 'b', body: 1 }, start)
  await look(start + 5 * MINUTE)
  expect((await told()).slice(4)).toEqual([
    '1 trouble:dead-letters:2:begun',
    '2 trouble:dead-letters:2:begun',
  ])
  expect(nudged).toHaveLength(3)
})

test('two runs at the same time tell it once', async () => {
  await keepDeadLetter(db, { queue: 'sportello-outbound', messageId: 'a', body: 1 }, start)
  await Promise.all([look(start), look(start + 1), look(start + SECOND)])
  expect(await told()).toHaveLength(2)
})

test('without an operator who can be written to nothing counts as told', async () => {
  await keepDeadLetter(db, { queue: 'sportello-outbound', messageId: 'a', body: 1 }, start)
  await run(sql`UPDATE chats SET status = 'gone'`)
  await look(start)
  await look(start, [])
  await look(start, [77])
  expect(await told()).toEqual([])
  await run(sql`UPDATE chats SET status = 'active'`)
  await look(start + MINUTE)
  expect(await told()).toHaveLength(2)
})

test('operators are notified when followers have no good session, and again when one is handed in', async () => {
  await run(session(1, 'dead'))
  await look(start, [1])
  expect(await told()).toEqual([])
  await run(sql`INSERT INTO subscriptions (chat_id, province, ring, created_at) VALUES (9, 'TO', 1, 1)`)
  await look(start + MINUTE, [1])
  await run(session(2, 'good'))
  await look(start + 2 * MINUTE, [1])
  expect(await told()).toEqual(['1 trouble:no-session:1:begun', '1 trouble:no-session:1:over'])
})

/** What the sender writes down while it works. */
const sentLast = (at: number) =>
  sql`INSERT INTO state (name, value, at) VALUES ('pacing', ${JSON.stringify({ rate: 28, sentAt: at })}, ${at})
      ON CONFLICT (name) DO UPDATE SET value = excluded.value`

test('a long broadcast under way is no lag; when nothing leaves any more it is', async () => {
  await run(news('a', start), news('b', start), sentLast(start + 2 * MINUTE))
  await look(start + 3 * MINUTE, [1])
  expect(await told()).toEqual([])
  await look(start + 5 * MINUTE, [1])
  expect(await told()).toEqual(['1 trouble:lag:1:begun'])
  await send(start + 5 * MINUTE)
  await look(start + 6 * MINUTE, [1])
  expect(await told()).toEqual(['1 trouble:lag:1:begun', '1 trouble:lag:1:over'])
})

test('the sender writes down when Telegram last took a message', async () => {
  const { telegram, send: sendAll, clock } = senderKit()
  const before = clock.now()
  await run(news('a', before, 'interactive'))
  await sendAll()
  expect(telegram.calls).toHaveLength(1)
  const { lastSentAt } = await readVitals(db, before)
  expect(lastSentAt).toBeGreaterThanOrEqual(before)
  await sendAll()
  expect((await readVitals(db, before)).lastSentAt).toBe(lastSentAt)
})

test('unparsed pages of the booking site cause one notification for all students, and one when they parse again', async () => {
  const report = (value: object) =>
    run(sql`INSERT INTO state (name, value, at) VALUES ('sport-markup', ${JSON.stringify(value)}, 1)
            ON CONFLICT (name) DO UPDATE SET value = json_patch(value, excluded.value)`)
  await report({ list: { detail: 'no list of bookings', userId: 7, surprisedAt: start } })
  await look(start + MINUTE, [1])
  await send(start + MINUTE)
  await report({
    list: { detail: 'no list of bookings', userId: 8, surprisedAt: start + MINUTE },
    login: { detail: 'no form', userId: 8, surprisedAt: start + MINUTE },
  })
  await look(start + 2 * MINUTE, [1])
  await report({
    list: { userId: 7, understoodAt: start + 3 * MINUTE },
    login: { understoodAt: start + 3 * MINUTE },
  })
  await look(start + 4 * MINUTE, [1])
  expect(await told()).toEqual(['1 trouble:sport-markup:1:begun'])
  const [text] = await run(sql`SELECT content ->> '$.message.text' AS text FROM deliveries`)
  expect(text?.results[0]?.text).toMatch(/list: no list of bookings/)
  await look(start + 40 * MINUTE, [1])
  await look(start + 41 * MINUTE, [1])
  expect(await told()).toEqual(['1 trouble:sport-markup:1:begun', '1 trouble:sport-markup:1:over'])
})

test('operators are notified once that a push service refuses our key, and once when nothing waits for that', async () => {
  await run(
    news('alert', start),
    sql`UPDATE deliveries SET reason = 'push-key-refused' WHERE event = 'alert'`,
  )
  await look(start, [1])
  await look(start + MINUTE, [1])
  expect(await told()).toEqual(['1 trouble:push-key:1:begun'])
  await send(start + MINUTE)
  await look(start + 2 * MINUTE, [1])
  expect(await told()).toEqual(['1 trouble:push-key:1:begun', '1 trouble:push-key:1:over'])
  const [texts] = await run(
    sql`SELECT content ->> '$.message.text' AS text FROM deliveries WHERE chat_id = 1 ORDER BY id`,
  )
  expect(texts?.results[0]?.text).toContain('VAPID_KEYS')
})

test('operators are notified once of a database over 80% of its limit, and once when it is under 75% again', async () => {
  const { DB } = env as unknown as { DB: D1Database }
  const sized = (gigabytes: number) =>
    connect(
      new Proxy(DB, {
        get: (target, name) => {
          const member: unknown = Reflect.get(target, name)
          if (name !== 'batch') return typeof member === 'function' ? member.bind(target) : member
          return async (statements: D1PreparedStatement[]) =>
            (await target.batch(statements)).map((result) => ({
              ...result,
              meta: { ...result.meta, size_after: gigabytes * 1e9 },
            }))
        },
      }),
    )
  const sizes = [7.9, 8.1, 8.3, 7.9, 8.2, 7.4, 7.3, 7.8]
  for (const [minute, size] of sizes.entries()) {
    const now = start + minute * MINUTE
    await watch({ db: sized(size), adminIds: new Set([1]), now, nudge: async () => undefined })
    await send(now)
  }
  expect(await told()).toEqual(['1 trouble:database-full:1:begun', '1 trouble:database-full:1:over'])
  const [texts] = await run(sql`SELECT content ->> '$.message.text' AS text FROM deliveries ORDER BY id`)
  expect(texts?.results[0]?.text).toMatch(/8,1 GB su 10/)
})

test('the vitals say what waits and since when; rows that are not due yet do not count as waiting', async () => {
  await run(
    news('answer', start, 'interactive'),
    news('later', start),
    news('edit', start - MINUTE, 'edit'),
    news('held', start),
    news('with-sender', start),
    news('sent', start),
    news('dead', start),
    sql`UPDATE deliveries SET not_before = ${start + MINUTE} WHERE event = 'later'`,
    sql`UPDATE deliveries SET status = 'held' WHERE event = 'held'`,
    sql`UPDATE deliveries SET status = 'claimed', lease_until = ${start + MINUTE} WHERE event = 'with-sender'`,
    sql`UPDATE deliveries SET status = event, done_at = ${start} WHERE event IN ('sent', 'dead')`,
  )
  expect(await readVitals(db, start)).toMatchObject({
    queued: 3,
    claimed: 1,
    held: 1,
    answerDueSince: start,
    dueSince: start - MINUTE,
    heldDueSince: 0,
    lastSentAt: null,
    markup: [],
    loginAlarms: 0,
    alertSince: null,
    deadLetters: 0,
    unwritten: 0,
    keyRefused: 0,
    databaseBytes: expect.any(Number),
  })
  expect(await readToday(db, start + MINUTE)).toEqual({ sent: 1, failed: 1, expired: 0 })
  expect(await readToday(db, start + 24 * 60 * MINUTE)).toEqual({ sent: 0, failed: 0, expired: 0 })
})

test('messages whose content cannot be read are counted, so that operators are warned', async () => {
  await transact(db, [
    sql`INSERT INTO deliveries (event, chat_id, lane, content, reason, event_at, created_at, trace)
        VALUES ('odd', 5, 1, '{}', 'content-unreadable', 1, ${Date.now()}, 't')`,
  ])
  expect((await readVitals(db, Date.now())).unwritten).toBe(1)
  await transact(db, [sql`DELETE FROM deliveries WHERE event = 'odd'`])
  expect((await readVitals(db, Date.now())).unwritten).toBe(0)
})
