import { sql } from 'drizzle-orm'
import { type Database, transact } from '../../db/database.ts'
import { enqueue, type OutboxMessage } from '../../delivery/outbox.ts'
import { RENDER, writeDigestRef } from './rendered-content.ts'

/** Chats whose digest one transaction writes, and alerts that it may gather for them. */
const MAX_CHATS = 500
const MAX_ALERTS = 5_000

/**
 * At the end of chats' quiet hours, merges held deliveries into one digest for each chat (in a forum, for each topic),
 * which lists what is still open. Rows held during this call wait for the next digest.
 * @returns how many digests were enqueued: call it until there are none
 */
export async function mergeHeld(db: Database, trace: string, now: number): Promise<number> {
  const [held] = await transact(db, [
    sql`SELECT held.id, held.chat_id, held.content ->> 'ref' AS alert, held.event_at, s.thread_id
        FROM deliveries AS held LEFT JOIN alerts ON alerts.id = held.content ->> 'ref'
             LEFT JOIN subscriptions s ON s.chat_id = held.chat_id AND s.province = alerts.province
        WHERE held.status = 'held' AND held.not_before <= ${now} AND held.chat_id IN (
          SELECT DISTINCT chat_id FROM deliveries WHERE status = 'held' AND not_before <= ${now}
          ORDER BY chat_id LIMIT ${MAX_CHATS})
        ORDER BY held.chat_id, held.id LIMIT ${MAX_ALERTS}`,
  ])
  const byTopic = Map.groupBy(held?.results ?? [], (row) => `${row.chat_id} ${row.thread_id}`)
  if (byTopic.size === 0) return 0
  const merged: { id: number; event: string }[] = []
  const digests = [...byTopic.values()].map((rows): OutboxMessage => {
    const event = `digest:${rows.at(-1)?.id}`
    merged.push(...rows.map(({ id }) => ({ id: Number(id), event })))
    return {
      event,
      chatId: Number(rows[0]?.chat_id),
      priority: 'alert',
      content: {
        type: 'render',
        by: RENDER.digest,
        ref: writeDigestRef(rows.map(({ alert }) => String(alert))),
      },
      eventAt: Math.min(...rows.map((row) => Number(row.event_at))),
      trace,
    }
  })
  await transact(db, [
    enqueue(digests, now),
    sql`UPDATE deliveries SET status = 'merged', reason = j.value ->> 'event', done_at = ${now}
        FROM json_each(${JSON.stringify(merged)}) AS j
        WHERE deliveries.id = j.value ->> 'id' AND deliveries.status = 'held'`,
  ])
  return digests.length
}
