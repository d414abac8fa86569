import { sql } from 'drizzle-orm'
import { index, integer, sqliteTable, sqliteView, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

/**
 * `queued → sent`, or `held` (quiet hours, until notBefore), `merged` (into a digest), `expired` (no longer useful),
 * `dead` (Telegram refused it for good, see reason). `claimed`: by a send run of version 0.2.0 or older; now a row of
 * `claims` says so.
 */
export type DeliveryStatus = 'queued' | 'claimed' | 'sent' | 'held' | 'merged' | 'expired' | 'dead'

/**
 * In order of sending, stored as the position in this list. `interactive`: replies to a person's own action. `alert`:
 * new slots and notices. `edit`: changes to earlier alerts.
 */
export const priorities = ['interactive', 'alert', 'edit'] as const
export type Priority = (typeof priorities)[number]

/**
 * The outbox: every message that the bot must send. Only these rows count; a queue message is just a nudge. The row of an
 * edit is deleted once the edit is made. The view `open_deliveries` has the rows that wait or are claimed.
 */
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
    /** `queued → sent`, or `held`, `merged`, `expired`, `dead`. */
    status: text('status').$type<DeliveryStatus>().notNull().default('queued'),
    /** Not before this instant (retry, quiet hours). */
    notBefore: integer('not_before').notNull().default(0),
    /** 1 when an index finds it: a reply, one that had to wait, or one for Web Push. The others are those after the settled ones. */
    indexed: integer('indexed').$type<0 | 1>().notNull().default(0),
    /** A send run of version 0.2.0 or older holds it until this instant. */
    leaseUntil: integer('lease_until'),
    /** How often sending was tried. */
    attempts: integer('attempts').notNull().default(0),
    /** Telegram's message id, once sent. */
    messageId: integer('message_id'),
    /** Why it is `expired` or `dead`, or why the last attempt failed. */
    reason: text('reason'),
    /** When the reported event happened, or the quiet hours ended that delayed it; latency is measured from here. */
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
    // D1 counts 4 rows written for an alert (2 to insert it, 1 for its outcome, 1 for its deletion) and 3 for its edit,
    // which the outcome deletes. An index of all open ones would add one to each: see docs/decisions/0015.
    index('deliveries_indexed')
      .on(table.priority, table.id)
      .where(sql`indexed = 1 AND status IN ('queued', 'claimed')`),
    index('deliveries_held').on(table.notBefore).where(sql`status = 'held'`),
  ],
)

/** Deliveries that a send run has taken, many to a row. After a crash the next run takes them again, in doubt. */
export const claims = sqliteTable('claims', {
  /** Its number, used again after it is gone. */
  id: integer('id').primaryKey(),
  /** Names the claim: its run knows it by this. */
  token: text('token').notNull(),
  /** The deliveries' ids, as a JSON array; finished ones may remain in it. */
  deliveries: text('deliveries', { mode: 'json' }).$type<number[]>().notNull(),
  /** The run holds them until this instant. */
  leaseUntil: integer('lease_until').notNull(),
})

/**
 * The deliveries that wait or are claimed: those after the mark `settled-deliveries` (db/state.ts) and the indexed
 * ones. Custom SQL of the migrations defines it.
 */
export const openDeliveries = sqliteView('open_deliveries', {
  id: integer('id').notNull(),
  chatId: integer('chat_id').notNull(),
  priority: integer('lane').$type<0 | 1 | 2>().notNull(),
  notBefore: integer('not_before').notNull(),
  reason: text('reason'),
  createdAt: integer('created_at').notNull(),
  indexed: integer('indexed').$type<0 | 1>().notNull(),
  /** Until when a run holds it; null: no run does. */
  claimedUntil: integer('claimed_until'),
}).existing()

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
