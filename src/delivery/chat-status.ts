import { sql } from 'drizzle-orm'
import type { Statement } from '../db/client.ts'
import { ringHash } from '../platform/id.ts'

/**
 * The statements that follow a group which became a supergroup: its row, subscriptions and waiting messages go over to
 * the new id. What the new id has already stays, and is not sent twice; repeating them changes nothing.
 */
export const migrateChat = (from: number, to: number, now: number): Statement[] => [
  sql`UPDATE OR IGNORE chats SET id = ${to}, status = 'active' WHERE id = ${from}`,
  sql`UPDATE OR IGNORE subscriptions SET chat_id = ${to}, ring = ${ringHash(String(to))} WHERE chat_id = ${from}`,
  sql`UPDATE OR IGNORE deliveries SET chat_id = ${to}
      WHERE chat_id = ${from} AND status IN ('queued', 'claimed', 'held')`,
  sql`UPDATE deliveries SET status = 'expired', reason = 'chat-moved', done_at = ${now}
      WHERE chat_id = ${from} AND status IN ('queued', 'claimed', 'held')`,
  sql`DELETE FROM subscriptions WHERE chat_id = ${from}`,
  sql`DELETE FROM chats WHERE id = ${from}`,
]

/** The statements that note that a chat refuses us: its subscriptions sleep until it writes again. */
export const sleepChat = (chatId: number): Statement[] => [
  sql`UPDATE chats SET status = 'gone', awaiting = NULL WHERE id = ${chatId}`,
  sql`UPDATE subscriptions SET asleep = 1 WHERE chat_id = ${chatId} AND asleep = 0`,
]
