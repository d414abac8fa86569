import { env } from 'cloudflare:workers'
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { connect, transact } from '../../src/db/client.ts'
import { pruneDaily } from '../../src/db/prune.ts'
import { DAY } from '../../src/platform/time.ts'

const db = connect((env as unknown as { DB: D1Database }).DB)
const NOW = Date.parse('2026-11-20T12:00:00Z')

const ids = async (table: string) =>
  (await transact(db, [sql.raw(`SELECT id FROM ${table} ORDER BY id`)]))[0]?.results.map((row) => row.id)

test('what grew old is deleted once a day, and what still waits is not', async () => {
  const delivery = (id: number, status: string, doneAt: number | null) => sql`
    INSERT INTO deliveries (id, event, chat_id, lane, content, status, event_at, created_at, done_at, trace)
    VALUES (${id}, ${`e${id}`}, 1, 1, '{}', ${status}, 1, 1, ${doneAt}, 't')`
  const alert = (id: string, createdAt: number) => sql`
    INSERT INTO alerts (id, kind, province, slots, created_at, trace, pivot)
    VALUES (${id}, 'open', 'TO', '[]', ${createdAt}, 't', 0)`
  await transact(db, [
    delivery(1, 'sent', NOW - 31 * DAY),
    delivery(2, 'sent', NOW - 29 * DAY),
    delivery(3, 'queued', null),
    alert('old', NOW - 31 * DAY),
    alert('young', NOW - 29 * DAY),
    sql`INSERT INTO updates (id, fingerprint, done_at) VALUES (1, 7, ${NOW - 3 * DAY}), (2, 7, ${NOW - DAY})`,
    sql`INSERT INTO slot_events (office_id, date, time, kind, places, at, trace)
        VALUES ('46', '2020-01-01', '10:00', 'seen', 1, 1, 't')`,
  ])
  expect(await pruneDaily(db, NOW)).toBe(3)
  expect(await ids('deliveries')).toEqual([2, 3])
  expect(await ids('alerts')).toEqual(['young'])
  expect(await ids('updates')).toEqual([2])
  expect(await ids('slot_events')).toHaveLength(1)
  expect(await pruneDaily(db, NOW + DAY - 1)).toBeNull()
  expect(await pruneDaily(db, NOW + DAY)).toBe(0)
})

test('a backlog of any length is pruned in small steps', async () => {
  await transact(db, [
    ...['updates', 'deliveries', 'alerts'].map((table) => sql.raw(`DELETE FROM ${table}`)),
    sql`INSERT INTO updates (id, fingerprint, done_at)
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3500) SELECT i, 7, 0 FROM n`,
  ])
  expect(await pruneDaily(db, NOW + 10 * DAY)).toBe(3500)
})
