import { sql } from 'drizzle-orm'
import type { Statement } from '../db/database.ts'
import { isClaimed, openDeliveries } from './open-deliveries.ts'

/** The statements that suspend a chat and its subscriptions until it writes again. */
export const sleepChat = (chatId: number): Statement[] => suspend(JSON.stringify([chatId]))

const suspend = (ids: string): Statement[] => [
  sql`UPDATE chats SET status = 'gone', awaiting = NULL WHERE id IN (SELECT value FROM json_each(${ids}))`,
  sql`UPDATE subscriptions SET asleep = 1
      WHERE chat_id IN (SELECT value FROM json_each(${ids})) AND asleep = 0`,
]

/**
 * The statements that suspend chats which refused the bot for good, and expire their queued messages.
 * @param chats the reason, by chat id; passed as one parameter
 */
export function suspendChats(chats: ReadonlyMap<number, string>, now: number): Statement[] {
  if (chats.size === 0) return []
  const reasons = JSON.stringify(Object.fromEntries(chats))
  const ids = JSON.stringify([...chats.keys()])
  return [
    ...suspend(ids),
    sql`UPDATE deliveries
        SET status = 'dead', done_at = ${now},
            reason = (SELECT value FROM json_each(${reasons}) WHERE key = CAST(chat_id AS TEXT))
        WHERE NOT ${isClaimed()} AND ${openDeliveries(sql`chat_id IN (SELECT value FROM json_each(${ids}))`)}`,
  ]
}

/** The statements that record chats which refuse the bot, perhaps only for now, and chats that accept it again. */
export const noteRefusals = (
  refusing: readonly number[],
  accepting: readonly number[],
  now: number,
): Statement[] => [
  ...(refusing.length > 0
    ? [
        sql`UPDATE chats SET refused_since = ${now}
            WHERE id IN (SELECT value FROM json_each(${JSON.stringify(refusing)})) AND refused_since IS NULL`,
      ]
    : []),
  ...(accepting.length > 0
    ? [
        sql`UPDATE chats SET refused_since = NULL
            WHERE id IN (SELECT value FROM json_each(${JSON.stringify(accepting)}))`,
      ]
    : []),
]
