import { sql } from 'drizzle-orm'
import type { Statement } from '../db/database.ts'
import { type Priority, priorities } from '../db/schema/delivery.ts'
import { channelOf } from './channels/channel.ts'
import { type Content, writeContent } from './content.ts'

/** A message to enqueue; see the columns of `deliveries`. */
export interface OutboxMessage {
  event: string
  chatId: number
  priority: Priority
  content: Content
  /** When the event happened that it reports, or the quiet hours end that delay it, epoch ms. */
  eventAt: number
  trace: string
  /** `held` waits for quiet hours to end at `notBefore`. */
  status?: 'queued' | 'held'
  /** Epoch ms. */
  notBefore?: number
}

/** Whether an index finds it; the rows of a broadcast to Telegram do without. */
const isIndexed = ({ priority, notBefore, chatId }: OutboxMessage): boolean =>
  priority === 'interactive' || Boolean(notBefore) || channelOf(chatId) !== 'telegram'

/**
 * The statement that enqueues messages, for the same transaction as the change that caused them. It has one parameter
 * for all messages; a message whose (event, chat) exists already changes nothing.
 * @param when a condition in SQL without which nothing is enqueued
 */
export function enqueue(messages: readonly OutboxMessage[], now: number, when = sql`true`): Statement {
  const rows = JSON.stringify(
    messages.map((message) => ({
      ...message,
      lane: priorities.indexOf(message.priority),
      content: writeContent(message.content),
      status: message.status ?? 'queued',
      notBefore: message.notBefore ?? 0,
      indexed: isIndexed(message) ? 1 : 0,
    })),
  )
  return sql`
    INSERT INTO deliveries (event, chat_id, lane, content, status, not_before, indexed, event_at, created_at, trace)
    SELECT value ->> 'event', value ->> 'chatId', value ->> 'lane', value ->> 'content', value ->> 'status',
           value ->> 'notBefore', value ->> 'indexed', value ->> 'eventAt', ${now}, value ->> 'trace'
    FROM json_each(${rows}) WHERE ${when}
    ON CONFLICT (event, chat_id) DO NOTHING`
}

/** Body of a message on the `outbound` queue: rows wait to be sent. */
export interface OutboundNudge {
  version: 1
  trace: string
}

/** Body of a message on the `availability` queue: this alert waits for its fan-out. */
export interface AvailabilityNudge {
  version: 1
  alertId: string
  trace: string
}
