import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { connect, transact } from '../../src/db/database.ts'
import { deliveries } from '../../src/db/schema/delivery.ts'
import { readState, writeState } from '../../src/db/state.ts'
import { enqueue, type OutboxMessage } from '../../src/delivery/outbox.ts'

const db = connect((env as unknown as { DB: D1Database }).DB)
const draft: OutboxMessage = {
  event: 'test:1',
  chatId: 7,
  priority: 'alert',
  content: { type: 'message', message: { text: 'ciao «à» "x"' } },
  eventAt: 5,
  trace: 't',
}

test('a message is enqueued once however often its cause repeats, and its content survives', async () => {
  await transact(db, [enqueue([draft, { ...draft, chatId: 8 }], 10)])
  await transact(db, [enqueue([draft], 11)])
  const rows = await db.select().from(deliveries)
  expect(rows.map((row) => [row.chatId, row.status, row.createdAt])).toEqual([
    [7, 'queued', 10],
    [8, 'queued', 10],
  ])
  expect(rows[0]?.content).toEqual(draft.content)
})

test('a named value is read back as it was written last', async () => {
  await transact(db, [writeState(db, 'polling-paused', { since: 1 }, 1)])
  await transact(db, [writeState(db, 'polling-paused', { since: 2 }, 2)])
  expect(await readState(db, ['polling-paused', 'pacing'])).toEqual({ 'polling-paused': { since: 2 } })
})
