import { sql } from 'drizzle-orm'
import { type Database, transact } from '../../db/database.ts'
import { enqueue, type OutboxMessage } from '../../delivery/outbox.ts'
import { RENDER, writeDigestRef } from './rendered-content.ts'

/** Chats whose digest one transaction writes, and alerts that it may gather for them. */
const MAX_CHATS = 500
const MAX_ALERTS = 5_000

/**
 * At the end of chats' quiet hours: merges what was held back into one digest a chat, which lists what is still open.
 * A row held back meanwhile waits for the next digest.
 * @returns how many digests were enqueued: call it until there are none
 */
export async function mergeHeld(db: Database, trace: string, now: number): Promise<number> {
  const [held] = await transact(db, [
    sql`SELECT id, chat_id, content ->> 'ref' AS alert, event_at FROM deliveries
        WHERE status = 'held' AND not_before <= ${now} AND chat_id IN (
          SELECT DISTINCT chat_id FROM deliveries WHERE status = 'held' AND not_before <= ${now}
          ORDER BY chat_id LIMIT ${MAX_CHATS})
        ORDER BY chat_id, id LIMIT ${MAX_ALERTS}`,
  ])
  const byChat = Map.groupBy(held?.results ?? [], (row) => Number(row.chat_id))
  if (byChat.size === 0) return 0
  const merged: { id: number; event: string }[] = []
  const digests = [...byChat].map(([chatId, rows]): OutboxMessage => {
    const event = `digest:${rows.at(-1)?.id}`
    merged.push(...rows.map(({ id }) => ({ id: Number(id), event })))
    return {
      event,
      chatId,
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
