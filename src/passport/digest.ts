import { type SQL, sql } from 'drizzle-orm'
import { type Database, transact } from '../db/client.ts'
import { RENDER } from './renderers.ts'

/** Chats whose digest one transaction writes. */
const MAX_CHATS = 500

/**
 * At the end of a chat's quiet hours: what was held back becomes one digest, which says what is open still. Both
 * statements are one transaction over the same rows, so that what is held meanwhile waits for the next digest.
 * @returns how many digests it owed: call it until there are none
 */
export async function mergeHeld(db: Database, trace: string, now: number): Promise<number> {
  const ended: SQL = sql`status = 'held' AND not_before <= ${now}`
  const chats: SQL = sql`SELECT DISTINCT chat_id FROM deliveries WHERE ${ended} ORDER BY chat_id LIMIT ${MAX_CHATS}`
  const [owed] = await transact(db, [
    sql`INSERT INTO deliveries (event, chat_id, lane, content, event_at, created_at, trace)
        SELECT 'digest:' || max(id), chat_id, 1,
               json_object('type', 'render', 'by', ${RENDER.digest}, 'ref', json_group_array(content ->> 'ref' ORDER BY id)),
               min(event_at), ${now}, ${trace}
        FROM deliveries WHERE ${ended} AND chat_id IN (${chats}) GROUP BY chat_id
        RETURNING id`,
    sql`UPDATE deliveries SET status = 'merged', done_at = ${now} WHERE ${ended} AND chat_id IN (${chats})`,
  ])
  return owed?.results.length ?? 0
}
