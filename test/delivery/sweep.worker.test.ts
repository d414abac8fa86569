import { sql } from 'drizzle-orm'
import { beforeEach, expect, test } from 'vitest'
import { transact } from '../../src/db/database.ts'
import type { AvailabilityNudge } from '../../src/delivery/outbox.ts'
import { sweep } from '../../src/delivery/sweep.ts'
import { mergeHeld } from '../../src/passport/alerts/digest.ts'
import { MINUTE } from '../../src/platform/time.ts'
import { clean, db, enqueueAll, plain, rows } from './kit.worker.ts'

const NOW = Date.now()
let nudges: string[]
let alerts: AvailabilityNudge[]
const sweepNow = async () => {
  const steps = sweep({
    db,
    now: NOW,
    mergeHeld,
    nudge: async (trace) => void nudges.push(trace),
    nudgeAlerts: async (given) => void alerts.push(...given),
  })
  for (const run of Object.values(steps)) await run()
}

beforeEach(async () => {
  await clean()
  nudges = []
  alerts = []
})

test('when the quiet hours of thousands end together, one sweep makes all their digests, one a chat', async () => {
  const held = (event: string, end: number) => sql`
    INSERT INTO deliveries (event, chat_id, lane, content, status, not_before, event_at, created_at, trace)
    WITH RECURSIVE chat(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM chat WHERE id < 1300)
    SELECT ${event}, id, 1, json_object('type', 'render', 'by', 'alert', 'ref', ${event}), 'held', ${end}, 1, ${NOW - MINUTE}, 't'
    FROM chat`
  await transact(db, [held('a', NOW - 1), held('b', NOW - 1), held('later', NOW + MINUTE)])
  await sweepNow()
  const counted = await rows(
    sql`SELECT status, count(*) AS n, count(DISTINCT chat_id) AS chats FROM deliveries GROUP BY status ORDER BY status`,
  )
  expect(counted).toEqual([
    { status: 'held', n: 1300, chats: 1300 },
    { status: 'merged', n: 2600, chats: 1300 },
    { status: 'queued', n: 1300, chats: 1300 },
  ])
  expect(
    await rows(
      sql`SELECT content ->> 'ref' AS ref, event_at FROM deliveries WHERE status = 'queued' AND chat_id = 7`,
    ),
    // Latency is measured from the end of the quiet hours.
  ).toEqual([{ ref: '["a","b"]', event_at: NOW - 1 }])
  expect(nudges).toHaveLength(1)
})

test('what no nudge reached is nudged again: a delivery that is due, an alert that waits', async () => {
  await sweepNow()
  expect([nudges, alerts]).toEqual([[], []])
  await enqueueAll([plain('e', 1)])
  await transact(db, [
    sql`INSERT INTO alerts (id, kind, province, slots, created_at, trace, pivot)
        VALUES ('old', 'open', 'TO', '[]', ${NOW - MINUTE}, 'trace-of-old', 0), ('new', 'open', 'TO', '[]', ${NOW}, 't', 0)`,
  ])
  await sweepNow()
  expect(nudges).toHaveLength(1)
  expect(alerts).toEqual([{ version: 1, alertId: 'old', trace: 'trace-of-old' }])
})
