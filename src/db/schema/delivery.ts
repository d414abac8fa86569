import { sql } from 'drizzle-orm'
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

/**
 * `queued → claimed → sent`, or `held` (quiet hours, until notBefore), `merged` (into a digest), `expired` (no
 * longer useful), `dead` (Telegram refused it for good, see reason).
 */
export type DeliveryStatus = 'queued' | 'claimed' | 'sent' | 'held' | 'merged' | 'expired' | 'dead'

/**
 * In order of sending, stored as the position in this list. `interactive`: replies to a person's own action. `alert`:
 * new slots and notices. `edit`: changes to earlier alerts.
 */
export const priorities = ['interactive', 'alert', 'edit'] as const
export type Priority = (typeof priorities)[number]

/** The outbox: every message that the bot must send. Only these rows count; a queue message is just a nudge. */
export const deliveries = sqliteTable(
  'deliveries',
  {
    /** Rises with each new row. */
    id: integer('id').primaryKey({ autoIncrement: true }),
    /** Its cause. (event, chat) is unique, so that a repeated cause enqueues no second message. */
    event: text('event').notNull(),
    /** The chat that gets it. */
    chatId: integer('chat_id').notNull(),
    /** Priority: 0 interactive, 1 alert, 2 edit. */
    priority: integer('lane').$type<0 | 1 | 2>().notNull(),
    /** What to send (see delivery/content.ts), as JSON. */
    content: text('content', { mode: 'json' }).notNull(),
    /** `queued → claimed → sent`, or `held`, `merged`, `expired`, `dead`. */
    status: text('status').$type<DeliveryStatus>().notNull().default('queued'),
    /** Not before this instant (retry, quiet hours). */
    notBefore: integer('not_before').notNull().default(0),
    /** A send run holds it until this instant. */
    leaseUntil: integer('lease_until'),
    /** How often sending was tried. */
    attempts: integer('attempts').notNull().default(0),
    /** Telegram's message id, once sent. */
    messageId: integer('message_id'),
    /** Why it is `expired` or `dead`, or why the last attempt failed. */
    reason: text('reason'),
    /** When the reported event happened; latency is measured from here. */
    eventAt: integer('event_at').notNull(),
    /** When it was written. */
    createdAt: integer('created_at').notNull(),
    /** When it reached its final status. */
    doneAt: integer('done_at'),
    /** Trace id, to find it in the logs. */
    trace: text('trace').notNull(),
  },
  (table) => [
    uniqueIndex('deliveries_event').on(table.event, table.chatId),
    // D1 counts 7 rows written for a message: 3 to insert it, 2 to claim it (this index is rewritten, as its condition
    // names the status), 1 for the outcome, 1 for the deletion.
    index('deliveries_open').on(table.priority, table.id).where(sql`status in ('queued', 'claimed')`),
    index('deliveries_held').on(table.notBefore).where(sql`status = 'held'`),
  ],
)

/** Queue messages that failed too often: an operator replays or drops them. */
export const deadLetters = sqliteTable('dead_letters', {
  /** Rises with each new row. */
  id: integer('id').primaryKey({ autoIncrement: true }),
  /** The queue that it came from. */
  queue: text('queue').notNull(),
  /** The queue's message id: unique, so that a dead letter delivered twice is stored once. */
  messageId: text('message_id').notNull().unique(),
  /** Ids only, nothing personal. */
  body: text('body', { mode: 'json' }).notNull(),
  /** When it became a dead letter. */
  at: integer('at').notNull(),
})
