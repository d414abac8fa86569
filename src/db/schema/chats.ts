import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/**
 * A chat's status: `gone` chats refused the bot (blocked, kicked, deleted) and are suspended until they write again.
 */
export type ChatStatus = 'active' | 'gone'
/** What happens to an alert in quiet hours: it arrives silently, or waits for a digest at their end. */
export type QuietMode = 'silent' | 'digest'

/**
 * One row for each Telegram chat (person, group, channel) that ever wrote to the bot, with its preferences. Written by
 * the conversation, and by the sender when Telegram refuses the chat.
 */
export const chats = sqliteTable(
  'chats',
  {
    /** Telegram's chat id. */
    id: integer('id').primaryKey(),
    /** `private`, `group` or `channel`. */
    kind: text('kind').$type<'private' | 'group' | 'channel'>().notNull(),
    /** `it` or `en`. */
    language: text('language').$type<'it' | 'en'>().notNull().default('it'),
    /** `active`, or `gone` (blocked, kicked, deleted). */
    status: text('status').$type<ChatStatus>().notNull().default('active'),
    /** Rome wall-clock `HH:MM`; both null when there are no quiet hours. They may span midnight. */
    quietFrom: text('quiet_from'),
    /** End of the quiet hours, Rome wall-clock `HH:MM`. */
    quietTo: text('quiet_to'),
    /** Silent messages, or one digest when they end. */
    quietMode: text('quiet_mode').$type<QuietMode>().notNull().default('silent'),
    /** Edit alerts to cross out slots that have closed. */
    tellGone: integer('tell_gone', { mode: 'boolean' }).notNull().default(true),
    /**
     * JSON array of `province:office id` (`TO:46`); null: every office. A province none of whose offices is listed is
     * unfiltered.
     */
    onlyOffices: text('only_offices', { mode: 'json' }).$type<string[]>(),
    /** Only slots strictly before this Rome day. */
    onlyBefore: text('only_before'),
    /** The `only_before` of which the chat was told that its day has come. */
    filterExpiryTold: text('filter_expiry_told'),
    /** Only slots from this Rome time (inclusive) to that one (exclusive); null: no limit on that side. */
    onlyFrom: text('only_from'),
    /** Only slots before this Rome time; null: no limit on that side. */
    onlyTo: text('only_to'),
    /** Only slots with at least this many free places. */
    minPlaces: integer('min_places').notNull().default(1),
    /** What the next typed text answers (e.g. `only-before`, `sport-otp`), so that nothing waits in memory. */
    awaiting: text('awaiting'),
    // Version 0.1.0 counted costly requests here; now `rate_limits` does.
    heavyUntil: integer('heavy_until').notNull().default(0),
    /** The forum topic from which it last wrote: where messages go when theirs and General are closed. Null: none. */
    threadId: integer('thread_id'),
    /** Since when (epoch ms) the chat refuses the bot in a way that may pass; null: it does not. */
    refusedSince: integer('refused_since'),
    /** When it first wrote. */
    createdAt: integer('created_at').notNull(),
    /** When it last wrote, to within an hour. */
    lastSeenAt: integer('last_seen_at').notNull(),
  },
  // For pruning chats that left long ago; holds only those that left.
  (table) => [
    index('chats_gone').on(table.lastSeenAt).where(sql`status = 'gone'`),
    // For `notifyExpiredFilters`; holds only filters whose chat was not notified.
    index('chats_filter_expiry')
      .on(table.onlyBefore)
      .where(sql`only_before IS NOT NULL AND filter_expiry_told IS NOT only_before`),
  ],
)

/**
 * Rate limits: one leaky bucket for each chat or person, see chats/request-limits.ts. Written by one conditional
 * statement for each update and each page of the Mini App; deleted an hour after it has drained.
 */
export const rateLimits = sqliteTable('rate_limits', {
  /** Telegram's id of a chat or a person; a private chat has the person's. */
  id: integer('id').primaryKey(),
  /** When the bucket is empty again (epoch ms): each request postpones it by its cost. */
  usedUntil: integer('used_until').notNull(),
  /** The bucket was full and its owner was told; no answer until it is empty. */
  refused: integer('refused', { mode: 'boolean' }).notNull().default(false),
})

/** Who follows which province. Written by the conversation and the Mini App. */
export const subscriptions = sqliteTable(
  'subscriptions',
  {
    /** The chat. */
    chatId: integer('chat_id').notNull(),
    /** Two-letter code, e.g. `TO`. */
    province: text('province').notNull(),
    /** `ringHash(chatId)`: followers are read in ring order from a point that differs from event to event. */
    ring: integer('ring').notNull(),
    /** 1 while the chat is gone: it neither counts as a follower nor receives anything. */
    asleep: integer('asleep', { mode: 'boolean' }).notNull().default(false),
    /** No alerts of this province before this instant. */
    mutedUntil: integer('muted_until'),
    /** The forum topic in which it was asked for, and gets its alerts; null: General, or a chat without topics. */
    threadId: integer('thread_id'),
    /** Since when. */
    createdAt: integer('created_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.chatId, table.province] }),
    index('subscriptions_ring').on(table.province, table.ring, table.chatId).where(sql`asleep = 0`),
  ],
)

/**
 * Updates whose work is done, so that a repeat is dropped. Telegram
 * repeats one for a day. Written by the webhook in the transaction of the work.
 */
export const updates = sqliteTable('updates', {
  /** Telegram's update id. */
  id: integer('id').primaryKey(),
  /** `ringHash` of the update, because a new Bot API server starts its ids again. */
  fingerprint: integer('fingerprint').notNull(),
  /** When. */
  doneAt: integer('done_at').notNull(),
})

/**
 * Who deleted everything, so that a restored backup does not bring them back: see chats/deletions.ts. Rows name nobody.
 * Written by `/cancellami` and the Mini App.
 */
export const deletions = sqliteTable(
  'deletions',
  {
    /** A keyed hash of the chat's id. */
    hash: text('hash').primaryKey(),
    /** When everything was deleted; what the chat wrote later is not concerned. */
    at: integer('at').notNull(),
  },
  (table) => [index('deletions_at').on(table.at)],
)
