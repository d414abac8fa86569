import { sql } from 'drizzle-orm'
import { type Database, transact } from '../db/client.ts'
import { type Draft, owe } from '../delivery/outbox.ts'
import { RENDER } from './renderers.ts'

/** Chats whose digest one sweep writes. */
const MAX_CHATS = 500

/**
 * At the end of a chat's quiet hours: what was held back becomes one digest, which says what is open still.
 * @returns how many digests are owed now
 */
export async function mergeHeld(db: Database, trace: string, now: number): Promise<number> {
  const [held] = await transact(db, [
    sql`SELECT chat_id, max(not_before) AS ended, min(event_at) AS since, json_group_array(content ->> 'ref') AS refs
        FROM deliveries WHERE status = 'held' AND not_before <= ${now}
        GROUP BY chat_id LIMIT ${MAX_CHATS}`,
  ])
  const drafts = (held?.results ?? []).map(
    (row): Draft => ({
      event: `digest:${row.ended}`,
      chatId: Number(row.chat_id),
      lane: 1,
      content: { type: 'render', by: RENDER.digest, ref: String(row.refs) },
      eventAt: Number(row.since),
      trace,
    }),
  )
  if (drafts.length === 0) return 0
  const chats = JSON.stringify(drafts.map((draft) => draft.chatId))
  await transact(db, [
    owe(drafts, now),
    sql`UPDATE deliveries SET status = 'merged', done_at = ${now}
        WHERE status = 'held' AND not_before <= ${now} AND chat_id IN (SELECT value FROM json_each(${chats}))`,
  ])
  return drafts.length
}
