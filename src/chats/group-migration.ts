import { getTableColumns, sql } from 'drizzle-orm'
import type { Statement } from '../db/database.ts'
import { chats } from '../db/schema/chats.ts'
import { ringHash } from '../platform/id.ts'
import { openDeliveries } from './open-deliveries.ts'

/** Columns of a chat that go with it when its id changes: all but the id and the question that waits for an answer. */
const moving = sql.raw(
  Object.values(getTableColumns(chats))
    .map(({ name }) => name)
    .filter((name) => name !== 'id' && name !== 'awaiting')
    .join(', '),
)

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
      WHERE ${openDeliveries(sql`chat_id = ${from}`)}`,
  sql`UPDATE deliveries SET status = 'expired', reason = 'chat-moved', done_at = ${now}
      WHERE ${openDeliveries(sql`chat_id = ${from}`)}`,
  sql`DELETE FROM chats WHERE id = ${from}`,
]
