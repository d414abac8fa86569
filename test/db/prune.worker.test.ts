import { env } from 'cloudflare:workers'
import { type SQL, sql } from 'drizzle-orm'
import { beforeEach, expect, test } from 'vitest'
import { connect, transact } from '../../src/db/database.ts'
import { KEPT, prune } from '../../src/db/prune.ts'
import { tally } from '../../src/db/tally.ts'
import { DAY, romeInstant } from '../../src/platform/time.ts'

const db = connect((env as unknown as { DB: D1Database }).DB)
const NOW = Date.parse('2026-11-20T12:00:00Z')
const TABLES = [
  'updates',
  'deliveries',
  'alerts',
  'metrics',
  'slots',
  'slot_events',
  'slot_hours',
  'dead_letters',
  'portal_sessions',
  'chats',
  'subscriptions',
  'offices',
]

const rows = async (query: SQL) => (await transact(db, [query]))[0]?.results ?? []
const column = async (query: SQL) => (await rows(query)).flatMap((row) => Object.values(row))

const delivery = (id: number, status: string, createdAt: number) => sql`
  INSERT INTO deliveries (id, event, chat_id, lane, content, status, event_at, created_at, done_at, trace)
  VALUES (${id}, ${`e${id}`}, 1, 1, '{}', ${status}, 1, ${createdAt}, ${createdAt}, 't')`
const slotEvent = (kind: string, at: number) => sql`
  INSERT INTO slot_events (office_id, date, time, kind, places, at, trace)
  VALUES ('46', '2026-01-01', '10:00', ${kind}, 1, ${at}, 't')`
const office = (id: string, firstSeenAt: number) => sql`
  INSERT INTO offices (id, province, code, name, address, city, first_seen_at)
  VALUES (${id}, 'TO', 'c', 'n', 'a', 'c', ${firstSeenAt})`

beforeEach(async () => {
  await transact(
    db,
    TABLES.map((table) => sql.raw(`DELETE FROM ${table}`)),
  )
})

test('old rows are deleted, young ones stay', async () => {
  const old = (days: number) => NOW - days * DAY - 1
  const young = (days: number) => NOW - days * DAY + 1
  await transact(db, [
    delivery(1, 'sent', old(KEPT.deliveries.days)),
    delivery(2, 'queued', old(KEPT.deliveries.days)),
    delivery(3, 'sent', young(KEPT.deliveries.days)),
    ...[old(KEPT.alerts.days), young(KEPT.alerts.days)].map(
      (at) => sql`INSERT INTO alerts (id, kind, province, slots, created_at, trace, pivot)
                  VALUES (${`a${at}`}, 'open', 'TO', '[]', ${at}, 't', 0)`,
    ),
    ...[old(KEPT.updates.days), young(KEPT.updates.days)].map(
      (at, id) => sql`INSERT INTO updates (id, fingerprint, done_at) VALUES (${id + 1}, 7, ${at})`,
    ),
    ...[old(KEPT.metrics.days), young(KEPT.metrics.days)].map(
      (at) => sql`INSERT INTO metrics (at, counts) VALUES (${at}, '{}')`,
    ),
    ...[old(KEPT.deadLetters.days), young(KEPT.deadLetters.days)].map(
      (at) =>
        sql`INSERT INTO dead_letters (queue, message_id, body, at) VALUES ('q', ${`m${at}`}, '{}', ${at})`,
    ),
    ...[old(KEPT.deadSessions.days), young(KEPT.deadSessions.days)].map(
      (at) => sql`INSERT INTO portal_sessions (owner_id, sealed, health, created_at, last_good_at, died_at)
                  VALUES (1, 's', 'dead', 1, 1, ${at})`,
    ),
    sql`INSERT INTO portal_sessions (owner_id, sealed, created_at, last_good_at) VALUES (1, 's', 1, 1)`,
    office('46', 1),
    ...['2026-10-20', '2026-10-21', '2026-12-24'].map(
      (date) => sql`INSERT INTO slots (office_id, date, time, places, first_seen_at, opened_at)
                    VALUES ('46', ${date}, '10:00', 1, 1, 1)`,
    ),
  ])
  expect(await prune(db, NOW)).toEqual({
    'oldest updates': 1,
    deliveries: 2,
    alerts: 1,
    metrics: 1,
    slots: 1,
    'dead letters': 1,
    'dead sessions': 1,
  })
  expect(await column(sql`SELECT id FROM deliveries`)).toEqual([3])
  expect(await column(sql`SELECT date FROM slots ORDER BY date`)).toEqual(['2026-10-21', '2026-12-24'])
  expect(await column(sql`SELECT health FROM portal_sessions ORDER BY id`)).toEqual(['dead', 'good'])
  expect(await prune(db, NOW)).toEqual({})
})

test('a chat that left a year ago goes with its subscriptions; one that is there, or left lately, stays', async () => {
  const lastSeen = NOW - KEPT.goneChats.days * DAY - 1
  await transact(db, [
    sql`INSERT INTO chats (id, kind, status, created_at, last_seen_at)
        VALUES (1, 'private', 'gone', 1, ${lastSeen}), (2, 'private', 'active', 1, ${lastSeen}),
               (3, 'private', 'gone', 1, ${lastSeen + DAY})`,
    sql`INSERT INTO subscriptions (chat_id, province, ring, asleep, created_at)
        VALUES (1, 'TO', 1, 1, 1), (2, 'TO', 1, 0, 1), (3, 'TO', 1, 1, 1)`,
  ])
  expect(await prune(db, NOW)).toEqual({ 'gone chats': 1 })
  expect(await column(sql`SELECT id FROM chats`)).toEqual([2, 3])
  expect(await column(sql`SELECT chat_id FROM subscriptions`)).toEqual([2, 3])
})

test('updates of a Bot API server that restarts its ids do not hide the old ones, above or below', async () => {
  const old = NOW - KEPT.updates.days * DAY - 1
  await transact(db, [
    sql`INSERT INTO updates (id, fingerprint, done_at) VALUES (5, 7, ${NOW}), (900, 7, ${old}), (901, 7, ${old})`,
  ])
  await prune(db, NOW)
  expect(await column(sql`SELECT id FROM updates`)).toEqual([5])
  await transact(db, [
    sql`INSERT INTO updates (id, fingerprint, done_at) VALUES (3, 7, ${old}), (4, 7, ${old})`,
  ])
  await prune(db, NOW)
  expect(await column(sql`SELECT id FROM updates`)).toEqual([5])
})

test('old slot events become sums of their office by hour of the week, in Rome', async () => {
  const summer = romeInstant('2026-06-01', '09:30')
  const winter = romeInstant('2026-01-05', '09:10')
  const sunday = romeInstant('2026-06-07', '23:59')
  await transact(db, [
    office('46', winter - DAY),
    slotEvent('seen', winter - DAY),
    slotEvent('seen', winter),
    slotEvent('places', winter + 1),
    slotEvent('gone', winter + 2),
    slotEvent('seen', summer),
    slotEvent('seen', sunday),
    slotEvent('unwatched', sunday + 1),
    slotEvent('seen', NOW - DAY),
  ])
  await prune(db, NOW)
  const monday = { office_id: '46', hour: 9, freed: 2, gone: 1, until: summer }
  expect(await rows(sql`SELECT * FROM slot_hours WHERE freed > 0 ORDER BY hour`)).toEqual([
    monday,
    { office_id: '46', hour: 167, freed: 1, gone: 0, until: sunday + 1 },
  ])
  expect(await column(sql`SELECT at FROM slot_events`)).toEqual([NOW - DAY])

  await transact(db, [slotEvent('gone', summer + 2)])
  await prune(db, NOW)
  expect(await rows(sql`SELECT * FROM slot_hours WHERE hour = 9`), 'not the oldest: it waits').toEqual([
    monday,
  ])
  await transact(db, [sql`DELETE FROM slot_events WHERE at = ${NOW - DAY}`])
  await Promise.all([prune(db, NOW), prune(db, NOW)])
  expect(await rows(sql`SELECT * FROM slot_hours WHERE hour = 9`)).toEqual([
    { ...monday, gone: 2, until: summer + 2 },
  ])
})

const backlog = (count: number) => sql`
  INSERT INTO updates (id, fingerprint, done_at)
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) SELECT i * 3, 7, 0 FROM n`

test('a backlog of any length is deleted in small steps, and the next run continues one that was cut short', async () => {
  await transact(db, [backlog(3_500)])
  const first = await prune(db, NOW, 20)
  expect(first['oldest updates']).toBeGreaterThan(0)
  expect(first['oldest updates']).toBeLessThan(3_500)
  await prune(db, NOW)
  expect(await column(sql`SELECT count(*) FROM updates`)).toEqual([0])
})

test('a table holds no more rows than it may, however young they are', async () => {
  await transact(db, [
    sql`INSERT INTO dead_letters (queue, message_id, body, at)
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${KEPT.deadLetters.rows + 7})
        SELECT 'q', i, '{}', ${NOW} FROM n`,
  ])
  expect(await prune(db, NOW)).toEqual({ 'dead letters': 7 })
  expect(await column(sql`SELECT min(CAST(message_id AS INTEGER)) FROM dead_letters`)).toEqual([8])
})

test('where nothing is old, a run reads a few rows, however many there are', async () => {
  await transact(db, [
    backlog(5_000),
    sql`UPDATE updates SET done_at = ${NOW}`,
    sql`INSERT INTO deliveries (event, chat_id, lane, content, event_at, created_at, trace)
        SELECT id, 1, 1, '{}', 1, ${NOW}, 't' FROM updates`,
    sql`INSERT INTO slot_events (office_id, date, time, kind, places, at, trace)
        SELECT '46', '2026-01-01', '10:00', 'seen', 1, ${NOW}, 't' FROM updates`,
  ])
  tally.take()
  expect(await prune(db, NOW)).toEqual({})
  const counts = tally.take()
  expect(counts['rows-read']?.[0]).toBeLessThan(50)
  expect(counts['rows-written']).toBeUndefined()
})
