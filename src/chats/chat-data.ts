import { sql } from 'drizzle-orm'
import { type Database, type Statement, transact } from '../db/database.ts'
import type { Chat } from './chat-row.ts'

/** How many of the newest messages an export holds. */
const MOST_MESSAGES = 5_000

const instantOf = (value: unknown) => (typeof value === 'number' ? new Date(value).toISOString() : null)

/** Everything that the database holds about a chat, for its owner's export; instants in UTC (ISO 8601). */
export async function readPersonalData(
  db: Database,
  chat: Chat,
  now: number,
): Promise<Record<string, unknown>> {
  const [subscriptions, messages] = await transact(db, [
    sql`SELECT province, created_at, muted_until, thread_id FROM subscriptions WHERE chat_id = ${chat.id} ORDER BY province`,
    sql`SELECT event, status, content, message_id, created_at, done_at FROM deliveries
        WHERE chat_id = ${chat.id} ORDER BY id DESC LIMIT ${MOST_MESSAGES}`,
  ])
  const { heavyUntil: _, createdAt, lastSeenAt, ...preferences } = chat
  return {
    exportedAt: instantOf(now),
    chat: { ...preferences, createdAt: instantOf(createdAt), lastSeenAt: instantOf(lastSeenAt) },
    subscriptions: (subscriptions?.results ?? []).map((row) => ({
      province: row.province,
      since: instantOf(row.created_at),
      mutedUntil: instantOf(row.muted_until),
      topic: row.thread_id,
    })),
    messages: (messages?.results ?? []).map((row) => ({
      event: row.event,
      status: row.status,
      content: JSON.parse(String(row.content)),
      messageId: row.message_id,
      createdAt: instantOf(row.created_at),
      doneAt: instantOf(row.done_at),
    })),
  }
}

/** The statements that delete everything about a chat, except what the sport path keeps in the student's own object. */
export const forgetChat = (chatId: number): Statement[] => [
  sql`DELETE FROM subscriptions WHERE chat_id = ${chatId}`,
  sql`DELETE FROM deliveries WHERE chat_id = ${chatId}`,
  sql`DELETE FROM chats WHERE id = ${chatId}`,
]
