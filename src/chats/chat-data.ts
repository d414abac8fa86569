import { type SQL, sql } from 'drizzle-orm'
import { type Database, type Statement, transact } from '../db/database.ts'
import type { Keyring } from '../platform/crypto.ts'
import type { Chat } from './chat-row.ts'
import { noteDeletion } from './deletion-hashes.ts'
import { openDeliveries } from './open-deliveries.ts'

/**
 * Deliveries have no index by chat, which every message would pay for: they are looked through in pages of so many rows,
 * each of them a short statement.
 */
const PAGE = 100_000
/** What looking through all of them costs on the rate limit of who asks, in seconds: the export and the deletion do. */
export const LOOK_THROUGH_COST = 10

const instantOf = (value: unknown) => (typeof value === 'number' ? new Date(value).toISOString() : null)

/** Everything that the database holds about a chat, for its owner's export; instants in UTC (ISO 8601). */
export async function readPersonalData(
  db: Database,
  chat: Chat,
  now: number,
): Promise<Record<string, unknown>> {
  const [subscriptions, falseAlarms, browsers] = await transact(db, [
    sql`SELECT province, created_at, muted_until, thread_id, asleep, booked_at, booked_date FROM subscriptions WHERE chat_id = ${chat.id} ORDER BY province`,
    sql`SELECT alert_id, at FROM false_alarms WHERE chat_id = ${chat.id} ORDER BY at`,
    sql`SELECT endpoint, p256dh, created_at FROM push_subscriptions WHERE chat_id = ${chat.id}`,
  ])
  const [browser] = browsers?.results ?? []
  const messages: Record<string, unknown>[] = []
  await eachPage(db, async (page) => {
    const [found] = await transact(db, [
      sql`SELECT event, status, content, message_id, created_at, done_at FROM deliveries
          WHERE ${page} AND +chat_id = ${chat.id} ORDER BY id DESC`,
    ])
    messages.push(...(found?.results ?? []))
  })
  const { heavyUntil: _, createdAt, lastSeenAt, ...preferences } = chat
  return {
    exportedAt: instantOf(now),
    chat: { ...preferences, createdAt: instantOf(createdAt), lastSeenAt: instantOf(lastSeenAt) },
    subscriptions: (subscriptions?.results ?? []).map((row) => ({
      province: row.province,
      since: instantOf(row.created_at),
      mutedUntil: instantOf(row.muted_until),
      bookedAt: instantOf(row.booked_at),
      bookedDate: row.booked_date,
      alerts: row.asleep === 0,
      topic: row.thread_id,
    })),
    falseAlarms: (falseAlarms?.results ?? []).map(({ alert_id: alert, at }) => ({
      alert,
      at: instantOf(at),
    })),
    ...(browser && {
      webPush: {
        endpoint: browser.endpoint,
        publicKey: browser.p256dh,
        since: instantOf(browser.created_at),
      },
    }),
    messages: messages.map((row) => ({
      event: row.event,
      status: row.status,
      content: JSON.parse(String(row.content)),
      messageId: row.message_id,
      createdAt: instantOf(row.created_at),
      doneAt: instantOf(row.done_at),
    })),
  }
}

/** Does something for each page of deliveries, the newest first. @param act given the condition that a row is of the page */
async function eachPage(db: Database, act: (page: SQL) => Promise<void>): Promise<void> {
  const [ids] = await transact(db, [
    sql`SELECT (SELECT min(id) FROM deliveries) AS least, (SELECT max(id) FROM deliveries) AS most`,
  ])
  const { least, most } = ids?.results[0] ?? {}
  if (typeof least !== 'number' || typeof most !== 'number') return
  for (let to = most; to >= least; to -= PAGE)
    await act(sql`id > ${Math.max(to - PAGE, least - 1)} AND id <= ${to}`)
}

/** Deletes the messages of a chat, page by page; `forgetChat` deletes those that are written during this. */
export const forgetMessages = (db: Database, chatId: number): Promise<void> =>
  eachPage(db, async (page) => {
    await transact(db, [sql`DELETE FROM deliveries WHERE ${page} AND +chat_id = ${chatId}`])
  })

/**
 * Deletes what is older than its chat's deletion: messages, subscriptions, the row of the chat, its sessions, its paired
 * browsers, its student's row. What came later, when somebody came back, stays.
 * @param gone a few chats, with when each deleted everything
 */
export async function forgetRestored(
  db: Database,
  gone: readonly (readonly [id: number, at: number])[],
): Promise<void> {
  const list = JSON.stringify(gone)
  // Names with their table: json_each has an `id` of its own.
  const isOlder = (id: SQL, since: SQL) =>
    sql`${id} IN (SELECT value ->> 0 FROM json_each(${list}))
        AND ${since} <= (SELECT value ->> 1 FROM json_each(${list}) WHERE value ->> 0 = ${id})`
  await eachPage(db, async (page) => {
    await transact(db, [
      sql`DELETE FROM deliveries WHERE ${page} AND ${isOlder(sql`+deliveries.chat_id`, sql`created_at`)}`,
    ])
  })
  await transact(db, [
    sql`DELETE FROM subscriptions WHERE ${isOlder(sql`subscriptions.chat_id`, sql`created_at`)}`,
    sql`DELETE FROM false_alarms WHERE ${isOlder(sql`false_alarms.chat_id`, sql`at`)}`,
    sql`DELETE FROM push_subscriptions WHERE ${isOlder(sql`push_subscriptions.chat_id`, sql`created_at`)}`,
    sql`DELETE FROM students WHERE ${isOlder(sql`students.user_id`, sql`linked_at`)}`,
    sql`DELETE FROM portal_sessions WHERE ${isOlder(sql`portal_sessions.owner_id`, sql`created_at`)}`,
    sql`DELETE FROM paired_browsers WHERE ${isOlder(sql`paired_browsers.owner_id`, sql`created_at`)}`,
    sql`DELETE FROM chats WHERE ${isOlder(sql`chats.id`, sql`created_at`)}`,
  ])
}

/**
 * The statements that delete everything else about a chat, and messages that wait, except what the sport path keeps in the
 * student's own object, and note that it is deleted. `forgetMessages` goes before.
 */
export const forgetChat = async (keys: Keyring, chatId: number, now: number): Promise<Statement[]> => [
  sql`DELETE FROM subscriptions WHERE chat_id = ${chatId}`,
  sql`DELETE FROM false_alarms WHERE chat_id = ${chatId}`,
  sql`DELETE FROM push_subscriptions WHERE chat_id = ${chatId}`,
  sql`DELETE FROM deliveries WHERE ${openDeliveries(sql`chat_id = ${chatId}`)}`,
  sql`DELETE FROM chats WHERE id = ${chatId}`,
  await noteDeletion(keys, chatId, now),
]
