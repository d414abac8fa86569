import { getTableColumns, type SQL, sql } from 'drizzle-orm'
import type { Statement } from '../db/database.ts'
import { chats } from '../db/schema/chats.ts'
import { ringHash } from '../platform/id.ts'

/** Columns of a chat that go with it when its id changes: all but the id and the question that waits for an answer. */
const moving = sql.raw(
  Object.values(getTableColumns(chats))
    .map(({ name }) => name)
    .filter((name) => name !== 'id' && name !== 'awaiting')
    .join(', '),
)

/** Open deliveries that meet a condition, found by the partial indexes of open and held ones. */
const openWhere = (condition: SQL): SQL => sql`id IN (
  SELECT id FROM deliveries WHERE status IN ('queued', 'claimed') AND ${condition}
  UNION ALL SELECT id FROM deliveries WHERE status = 'held' AND ${condition})`

/** The event of the greeting of a supergroup, which waits a little: the supergroup may be a group that moved. */
export const GREETING = 'greeting'

/**
 * The statements that follow a group which became a supergroup: its preferences, subscriptions and waiting messages go
 * over to the new id. Whatever the new id got before it was known to be the same chat gives way; a greeting that still
 * waits is not sent. Repeating them changes nothing. What slept goes on sleeping: see `wake`.
 */
export const migrateChat = (from: number, to: number, now: number): Statement[] => [
  sql`INSERT OR REPLACE INTO chats (id, ${moving}) SELECT ${to}, ${moving} FROM chats WHERE id = ${from}`,
  sql`UPDATE OR REPLACE subscriptions SET chat_id = ${to}, ring = ${ringHash(String(to))} WHERE chat_id = ${from}`,
  sql`UPDATE deliveries SET status = 'expired', reason = 'chat-moved', done_at = ${now}
      WHERE event = ${GREETING} AND chat_id = ${to} AND status IN ('queued', 'held')`,
  sql`UPDATE OR IGNORE deliveries SET chat_id = ${to}
      WHERE ${openWhere(sql`chat_id = ${from}`)}`,
  sql`UPDATE deliveries SET status = 'expired', reason = 'chat-moved', done_at = ${now}
      WHERE ${openWhere(sql`chat_id = ${from}`)}`,
  sql`DELETE FROM chats WHERE id = ${from}`,
]

/** The statements that suspend a chat: its subscriptions sleep until it shows a sign of life. */
export const sleepChat = (chatId: number): Statement[] => suspend(JSON.stringify([chatId]))

const suspend = (ids: string): Statement[] => [
  sql`UPDATE chats SET status = 'gone', awaiting = NULL WHERE id IN (SELECT value FROM json_each(${ids}))`,
  sql`UPDATE subscriptions SET asleep = 1
      WHERE chat_id IN (SELECT value FROM json_each(${ids})) AND asleep = 0`,
]

/**
 * The statements that suspend chats which refused the bot for good, and end what waits for them.
 * @param chats why, by chat id; one parameter however many
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
        WHERE status <> 'claimed' AND ${openWhere(sql`chat_id IN (SELECT value FROM json_each(${ids}))`)}`,
  ]
}

/** The statements that note chats which refused the bot, perhaps only for now, and chats that accept it again. */
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
