import { getTableColumns, sql } from 'drizzle-orm'
import type { Statement } from '../db/database.ts'
import { chats } from '../db/schema/chats.ts'
import { ringHash } from '../platform/id.ts'
import { isClaimed, openDeliveries } from './open-deliveries.ts'

/** What stays behind when a chat's id changes: the open question, and that the old id refused the bot. */
const STAYS = ['id', 'awaiting', 'refused_since']

const moving = sql.raw(
  Object.values(getTableColumns(chats))
    .map(({ name }) => name)
    .filter((name) => !STAYS.includes(name))
    .join(', '),
)

/** The event of a supergroup's greeting. It is delayed, because the supergroup may be a group that was converted. */
export const GREETING = 'greeting'

/**
 * The statements that move a group which became a supergroup: its preferences, subscriptions, reports of false alarms and
 * queued messages get the new id and replace what the new id had; a greeting still queued is dropped. Repeating them
 * changes nothing.
 * Suspended subscriptions stay suspended: see `wake`.
 */
export const migrateChat = (from: number, to: number, now: number): Statement[] => [
  sql`INSERT OR REPLACE INTO chats (id, ${moving}) SELECT ${to}, ${moving} FROM chats WHERE id = ${from}`,
  sql`UPDATE OR REPLACE subscriptions SET chat_id = ${to}, ring = ${ringHash(String(to))} WHERE chat_id = ${from}`,
  sql`UPDATE deliveries SET status = 'expired', reason = 'chat-moved', done_at = ${now}
      WHERE event = ${GREETING} AND chat_id = ${to} AND status IN ('queued', 'held') AND NOT ${isClaimed()}`,
  sql`UPDATE OR IGNORE deliveries SET chat_id = ${to}
      WHERE ${openDeliveries(sql`chat_id = ${from}`)}`,
  sql`UPDATE deliveries SET status = 'expired', reason = 'chat-moved', done_at = ${now}
      WHERE ${openDeliveries(sql`chat_id = ${from}`)}`,
  sql`UPDATE OR IGNORE false_alarms SET chat_id = ${to} WHERE chat_id = ${from}`,
  sql`DELETE FROM false_alarms WHERE chat_id = ${from}`,
  sql`DELETE FROM chats WHERE id = ${from}`,
]
