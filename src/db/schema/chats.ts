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
 * the conversation and the Mini App, and by the sender when Telegram refuses the chat.
 */
export const chats = sqliteTable(
  'chats',
  {
    /** Telegram's chat id; from 2^52 on a browser that gets Web Push. */
    id: integer('id').primaryKey(),
    /** `private`, `group`, `channel` or `browser`. */
    kind: text('kind').$type<'private' | 'group' | 'channel' | 'browser'>().notNull(),
    /** `it` or `en`. */
    language: text('language').$type<'it' | 'en'>().notNull().default('it'),
    /** `active`, or `gone` (blocked, kicked, deleted). */
    status: text('status').$type<ChatStatus>().notNull().default('active'),
    /** Start of the quiet hours, Rome time `HH:MM`; they may span midnight. Null with `quiet_to`: no quiet hours. */
    quietFrom: text('quiet_from'),
    /** End of the quiet hours, Rome time `HH:MM`. */
    quietTo: text('quiet_to'),
    /** Alerts in quiet hours: `silent` messages, or one `digest` when they end. */
    quietMode: text('quiet_mode').$type<QuietMode>().notNull().default('silent'),
    /** Edit alerts to cross out slots that have closed. */
    tellGone: integer('tell_gone', { mode: 'boolean' }).notNull().default(true),
    /** Alerts arrive with an animation; only in private chats. */
    alertEffect: integer('alert_effect', { mode: 'boolean' }).notNull().default(false),
    /** The chat gets early notices: of slots that an office shows before they can be booked. */
    earlyNotice: integer('early_notice', { mode: 'boolean' }).notNull().default(false),
    /**
     * JSON array of `province:office id` (`TO:46`); null: every office. It filters only the provinces of which it names
     * an office.
     */
    onlyOffices: text('only_offices', { mode: 'json' }).$type<string[]>(),
    /** Only slots on or after this Rome day; null: no limit. */
    onlyFromDay: text('only_from_day'),
    /** Only slots strictly before this Rome day. */
    onlyBefore: text('only_before'),
    /** The last `only_before` whose expiry the chat was notified of. */
    filterExpiryTold: text('filter_expiry_told'),
    /** JSON array of days of the week, 1 (Monday) to 7; null: every day. */
    onlyWeekdays: text('only_weekdays', { mode: 'json' }).$type<number[]>(),
    /** Only slots at or after this Rome time; null: no limit. */
    onlyFrom: text('only_from'),
    /** Only slots before this Rome time; null: no limit. */
    onlyTo: text('only_to'),
    /**
     * JSON array of two or more time windows, `[from, to]` in Rome time (`24:00`: the end of the day); null: one, from
     * `only_from` to `only_to`. Ignored unless it begins and ends with these two, which an older version may change alone.
     */
    onlyWindows: text('only_windows', { mode: 'json' }).$type<[from: string, to: string][]>(),
    /** Only slots with at least this many free places. */
    minPlaces: integer('min_places').notNull().default(1),
    /** Only slots of an office and day that have at least this many free places together. */
    minDayPlaces: integer('min_day_places').notNull().default(1),
    /** The question that the next typed text answers (e.g. `only-before`, `sport-otp`); null: none. */
    awaiting: text('awaiting'),
    /** Unused: 0.1.0 counted expensive requests here. */
    heavyUntil: integer('heavy_until').notNull().default(0),
    /** The forum topic in which the chat last wrote: the fallback when a message's own topic and General are closed. */
    threadId: integer('thread_id'),
    /** Since when Telegram temporarily refuses messages to this chat; null: it accepts them. */
    refusedSince: integer('refused_since'),
    /** When the chat first wrote. */
    createdAt: integer('created_at').notNull(),
    /** When the chat last wrote, to within an hour. */
    lastSeenAt: integer('last_seen_at').notNull(),
  },
  // For pruning chats that left long ago; holds only those that left.
  (table) => [
    index('chats_gone').on(table.lastSeenAt).where(sql`status = 'gone'`),
    // For alerts about more places, and edits of alerts that showed a whole day; holds only chats that need several places.
    index('chats_several_places').on(table.id).where(sql`max(min_places, min_day_places) > 1`),
    // For the poller, which writes early notices only where somebody gets them; holds only chats that want them.
    index('chats_early_notice').on(table.id).where(sql`early_notice = 1`),
    // For `notifyExpiredFilters`; holds only filters whose chat was not notified.
    index('chats_filter_expiry')
      .on(table.onlyBefore)
      .where(sql`only_before IS NOT NULL AND filter_expiry_told IS NOT only_before`),
  ],
)

/**
 * Rate limits: one leaky bucket for each chat or person, see chats/request-limits.ts. Written by one conditional
 * statement for each update and each page of the Mini App.
 */
export const rateLimits = sqliteTable('rate_limits', {
  /** Telegram's id of the chat or person; a private chat and its person share one id. */
  id: integer('id').primaryKey(),
  /** When the bucket is empty again; each request moves it later by its cost. */
  usedUntil: integer('used_until').notNull(),
  /** 1 after the bot said that the limit is reached: it does not answer again until the bucket is empty. */
  refused: integer('refused', { mode: 'boolean' }).notNull().default(false),
})

/**
 * How to reach the browsers that get Web Push, each of which is a chat. Written by the pages, read by the sender. Without our
 * private key nobody can send to these addresses.
 */
export const pushSubscriptions = sqliteTable(
  'push_subscriptions',
  {
    /** The chat. */
    chatId: integer('chat_id').primaryKey(),
    /** The address at the browser's push service. */
    endpoint: text('endpoint').notNull().unique(),
    /** The browser's public key (base64url), for which messages are encrypted. */
    p256dh: text('p256dh').notNull(),
    /** The secret that the encryption needs too (base64url). */
    auth: text('auth').notNull(),
    /** Our public key for which the browser subscribed: the push service refuses any other. */
    ourKey: text('our_key').notNull(),
    /** SHA-256 of the secret in the browser's cookie. */
    secretHash: text('secret_hash').notNull().unique(),
    /** What the first message brings to the browser, which returns it: only then alerts begin. Null: it did. */
    confirmToken: text('confirm_token'),
    /** When the browser subscribed. */
    createdAt: integer('created_at').notNull(),
  },
  // For pruning; holds only those that did not return the token.
  (table) => [
    index('push_subscriptions_unconfirmed').on(table.createdAt).where(sql`confirm_token IS NOT NULL`),
  ],
)

/** Provinces that each chat follows. Written by the conversation and the Mini App. */
export const subscriptions = sqliteTable(
  'subscriptions',
  {
    /** The chat. */
    chatId: integer('chat_id').notNull(),
    /** Two-letter code, e.g. `TO`. */
    province: text('province').notNull(),
    /** `ringHash(chatId)`: a fan-out reads followers in this order, from a different start for each event. */
    ring: integer('ring').notNull(),
    /**
     * 1 while the chat is gone, 2 after the person booked and wants no more alerts: it does not count as a follower and gets no
     * alerts.
     */
    asleep: integer('asleep', { mode: 'boolean' }).notNull().default(false),
    /** No alerts of this province before this instant. */
    mutedUntil: integer('muted_until'),
    /** When the person said that they have an appointment there; null: they did not. */
    bookedAt: integer('booked_at'),
    /** The Rome day of that appointment: only earlier slots are alerted; null: no limit. */
    bookedDate: text('booked_date'),
    /** The forum topic that asked for the alerts and gets them; null: General, or a chat without topics. */
    threadId: integer('thread_id'),
    /** When the chat began to follow it. */
    createdAt: integer('created_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.chatId, table.province] }),
    // For statistics, and to end the alerts when the appointment is over.
    index('subscriptions_booked').on(table.bookedAt).where(sql`booked_at IS NOT NULL`),
    index('subscriptions_ring').on(table.province, table.ring, table.chatId).where(sql`asleep = 0`),
  ],
)

/**
 * Updates whose work is done, so that a repeat is dropped; Telegram repeats updates for a day. Written by the webhook in
 * the transaction of the work.
 */
export const updates = sqliteTable('updates', {
  /** Telegram's update id. */
  id: integer('id').primaryKey(),
  /** `ringHash` of the update: a new Bot API server may use the same ids again. */
  fingerprint: integer('fingerprint').notNull(),
  /** When its work was done. */
  doneAt: integer('done_at').notNull(),
})

/**
 * Chats that deleted everything, so that a restored backup does not bring them back: see chats/deletion-hashes.ts. Rows name
 * nobody. Written by `/cancellami` and the Mini App.
 */
export const deletions = sqliteTable(
  'deletions',
  {
    /** A keyed hash of the chat's id. */
    hash: text('hash').primaryKey(),
    /** When everything was deleted; data written later are kept. */
    at: integer('at').notNull(),
  },
  (table) => [index('deletions_at').on(table.at)],
)
