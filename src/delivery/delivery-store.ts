import { type SQL, sql } from 'drizzle-orm'
import { type Database, type Row, type Statement, transact } from '../db/database.ts'
import { columnReader, decodeRow } from '../db/rows.ts'
import { chats } from '../db/schema/chats.ts'
import { type DeliveryStatus, deliveries, type Priority, priorities } from '../db/schema/delivery.ts'
import type { Language } from '../texts/index.ts'
import { type Content, type Message, readContent, type Unreadable, writeContent } from './content.ts'

/** A claim expires after this (ms): the next run claims the messages of a crashed one again. */
export const CLAIM_MS = 60_000

/** A delivery that this run has claimed. */
export interface ClaimedDelivery {
  id: number
  event: string
  chatId: number
  priority: Priority
  content: Content | Unreadable
  attempts: number
  eventAt: number
  createdAt: number
  trace: string
}

/** A chat's row, as renderers need it. */
export type ChatRow = typeof chats.$inferSelect

/** The language of a chat; Italian when the chat is unknown. */
export const languageOf = (chat: ChatRow | undefined): Language => chat?.language ?? 'it'

/** Due rows: queued ones whose time has come, and claimed ones whose run crashed. */
const due = (now: number): SQL =>
  sql`((status = 'queued' AND not_before <= ${now}) OR (status = 'claimed' AND lease_until <= ${now}))`

/**
 * Claims the next due deliveries in order of sending. One whose run crashed is in doubt: it may have been sent.
 * @param upTo the lowest priority to claim
 */
export async function claimDeliveries(
  db: Database,
  limit: number,
  now: number,
  upTo: Priority = 'edit',
): Promise<ClaimedDelivery[]> {
  const [claimed] = await transact(db, [
    sql`UPDATE deliveries SET status = 'claimed', lease_until = ${now + CLAIM_MS}, attempts = attempts + 1,
               reason = CASE status WHEN 'claimed' THEN 'in-doubt' ELSE reason END
        WHERE id IN (SELECT id FROM deliveries
                     WHERE status IN ('queued', 'claimed') AND lane <= ${priorities.indexOf(upTo)} AND ${due(now)}
                     ORDER BY lane, id LIMIT ${limit})
        RETURNING id, event, chat_id, lane, content, attempts, event_at, created_at, trace`,
  ])
  return (claimed?.results ?? []).map(claimedOf).sort(inSendingOrder)
}

/** Compares deliveries: by priority, then the oldest first. */
export const inSendingOrder = (a: ClaimedDelivery, b: ClaimedDelivery): number =>
  priorities.indexOf(a.priority) - priorities.indexOf(b.priority) || a.id - b.id

const claimedColumns = columnReader(
  deliveries,
  'id',
  'event',
  'chatId',
  'priority',
  'attempts',
  'eventAt',
  'createdAt',
  'trace',
)
const claimedOf = (row: Row): ClaimedDelivery => {
  const columns = claimedColumns(row)
  return { ...columns, priority: priorities[columns.priority], content: readContent(String(row.content)) }
}

/** The outcome of a claimed delivery. `claimed`: a part of it was sent, and the run goes on with the rest. */
export interface Outcome {
  id: number
  status: Exclude<DeliveryStatus, 'merged'>
  messageId?: number
  reason?: string
  /** For `queued`: not before this instant, epoch ms. */
  notBefore?: number
  /** The attempt does not count: it was not made, or a rate limit rejected it. */
  unused?: boolean
  /** The rest of the message, which the delivery sends from now on. */
  rest?: Message
}

/**
 * The statement that records outcomes, however many, with one parameter. A message that was ever in doubt keeps that
 * reason when it is sent: it may have come twice.
 * @param outcomes at most one of each delivery
 */
export const recordOutcomes = (outcomes: readonly Outcome[], now: number): Statement => {
  const rows = outcomes.map(({ rest, ...outcome }) => ({
    ...outcome,
    ...(rest && { content: writeContent({ type: 'message', message: rest }) }),
  }))
  return sql`
  UPDATE deliveries SET
    status = j.value ->> 'status',
    message_id = coalesce(message_id, j.value ->> 'messageId'),
    reason = CASE WHEN reason = 'in-doubt' AND j.value ->> 'status' IN ('queued', 'sent') THEN reason
                  ELSE j.value ->> 'reason' END,
    not_before = coalesce(j.value ->> 'notBefore', not_before),
    content = coalesce(j.value ->> 'content', content),
    attempts = attempts - coalesce(j.value ->> 'unused', 0),
    done_at = CASE WHEN j.value ->> 'status' IN ('sent', 'expired', 'dead') THEN ${now} END,
    lease_until = CASE j.value ->> 'status' WHEN 'claimed' THEN ${now + CLAIM_MS} END
  FROM json_each(${JSON.stringify(rows)}) AS j
  WHERE deliveries.id = j.value ->> 'id' AND deliveries.status = 'claimed'`
}

/** When the next delivery is due (epoch ms, `now` when one waits already); undefined when none is open. */
export async function nextDeliveryAt(db: Database, now: number): Promise<number | undefined> {
  // If one is due, the first of the index tells; only otherwise are all open ones read.
  const [waiting] = await transact(db, [
    sql`SELECT 1 FROM deliveries WHERE status IN ('queued', 'claimed') AND ${due(now)} ORDER BY lane, id LIMIT 1`,
  ])
  if (waiting?.results.length) return now
  const [answer] = await transact(db, [
    sql`SELECT min(CASE status WHEN 'queued' THEN not_before ELSE lease_until END) AS due
        FROM deliveries WHERE status IN ('queued', 'claimed')`,
  ])
  return (answer?.results[0]?.due as number | null) ?? undefined
}

/** The rows of some chats, by id; unknown chats are absent. */
export async function readChats(db: Database, ids: readonly number[]): Promise<Map<number, ChatRow>> {
  const [answer] = await transact(db, [
    sql`SELECT * FROM chats WHERE id IN (SELECT value FROM json_each(${JSON.stringify([...new Set(ids)])}))`,
  ])
  return new Map((answer?.results ?? []).map((row) => [Number(row.id), decodeRow(chats, row)]))
}

const sentColumns = columnReader(deliveries, 'messageId', 'status')

/** Telegram's ids of messages that events put into chats, by `event chat`; null while they are not sent. */
export async function readSentMessages(
  db: Database,
  keys: readonly { event: string; chatId: number }[],
): Promise<Map<string, { messageId: number | null; status: DeliveryStatus }>> {
  if (keys.length === 0) return new Map()
  const [answer] = await transact(db, [
    sql`SELECT d.event, d.chat_id, d.message_id, d.status
        FROM json_each(${JSON.stringify(keys)}) AS j
        JOIN deliveries d ON d.event = j.value ->> 'event' AND d.chat_id = j.value ->> 'chatId'`,
  ])
  return new Map((answer?.results ?? []).map((row) => [`${row.event} ${row.chat_id}`, sentColumns(row)]))
}
