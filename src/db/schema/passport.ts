import { sql } from 'drizzle-orm'
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

/** One row a province that was ever followed: when to read it next and how its last readings went. */
export const provinces = sqliteTable('provinces', {
  /** Two-letter code, e.g. `TO`. */
  code: text('code').primaryKey(),
  /** Next reading not before this instant. */
  dueAt: integer('due_at').notNull().default(0),
  /** A round holds the province until this instant; a crashed round lets go by itself. */
  leaseUntil: integer('lease_until').notNull().default(0),
  leaseToken: text('lease_token'),
  /** Since when somebody follows it without a gap. */
  watchedSince: integer('watched_since').notNull().default(0),
  /** Last complete, believed reading; null: never. */
  lastReadAt: integer('last_read_at'),
  lastAttemptAt: integer('last_attempt_at'),
  /** Failed readings in a row; sets the backoff. */
  failures: integer('failures').notNull().default(0),
  /** Why the last reading failed (a closed set of reasons), null when it did not. */
  lastFailure: text('last_failure'),
  /** First of the suspicious readings in a row (empty or shrunken out of nowhere); null: none. */
  suspiciousSince: integer('suspicious_since'),
  /** Followers were told that we are blind since this instant; null: we see. */
  blindSince: integer('blind_since'),
  /** Rotates through the far months that are not read each round. */
  rounds: integer('rounds').notNull().default(0),
})

/** Offices (sedi) that were ever seen in a province's list. */
export const offices = sqliteTable(
  'offices',
  {
    id: text('id').primaryKey(),
    province: text('province').notNull(),
    code: text('code').notNull(),
    name: text('name').notNull(),
    address: text('address').notNull(),
    city: text('city').notNull(),
    /** Rome time from which its slots can be booked; null: any time. */
    bookableFrom: text('bookable_from'),
    /** First free Rome day that the last list gave; null: nothing free. */
    firstDate: text('first_date'),
    /** False once a believed list came without it. */
    listed: integer('listed', { mode: 'boolean' }).notNull().default(true),
    /** The list says "free", the agenda says "none", since this instant; null: they agree. */
    doubtSince: integer('doubt_since'),
    firstSeenAt: integer('first_seen_at').notNull(),
  },
  (table) => [index('offices_province').on(table.province)],
)

/** Slots, one row per (office, Rome date, Rome time) ever seen. */
export const slots = sqliteTable(
  'slots',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    officeId: text('office_id').notNull(),
    date: text('date').notNull(),
    time: text('time').notNull(),
    /** Free places at the last reading. */
    places: integer('places').notNull(),
    firstSeenAt: integer('first_seen_at').notNull(),
    /** Start of the present (or last) opening. */
    openedAt: integer('opened_at').notNull(),
    /** Null while it is open. */
    goneAt: integer('gone_at'),
    /** When this opening was announced; null: not yet (the office's hour has not come). */
    announcedAt: integer('announced_at'),
  },
  (table) => [
    uniqueIndex('slots_key').on(table.officeId, table.date, table.time),
    index('slots_open').on(table.officeId).where(sql`gone_at is null`),
  ],
)

/** What happened to a slot: `seen` (again), `places` (changed), `gone`, `unwatched` (nobody looked any more). */
export type SlotEventKind = 'seen' | 'places' | 'gone' | 'unwatched'

/** The evolution of every slot; append only, written only when something changed. */
export const slotEvents = sqliteTable(
  'slot_events',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    officeId: text('office_id').notNull(),
    date: text('date').notNull(),
    time: text('time').notNull(),
    kind: text('kind').$type<SlotEventKind>().notNull(),
    places: integer('places').notNull(),
    at: integer('at').notNull(),
    /** Trace id of the round that saw it. */
    trace: text('trace').notNull(),
  },
  (table) => [index('slot_events_office').on(table.officeId, table.at)],
)

/**
 * `open`: new slots of an office. `gone`: slots of an office that closed. `blind`, `sight`: the province cannot be read,
 * can be read again.
 */
export type AlertKind = 'open' | 'gone' | 'blind' | 'sight'

/** Something that followers of a province should hear of, written with the change that caused it (an outbox). */
export const alerts = sqliteTable(
  'alerts',
  {
    /** `kind:office or province:trace or instant`: the same cause never makes two. */
    id: text('id').primaryKey(),
    kind: text('kind').$type<AlertKind>().notNull(),
    province: text('province').notNull(),
    officeId: text('office_id'),
    /** JSON array of the slots concerned, in order of date and time, as `[date, time]`. */
    slots: text('slots', { mode: 'json' }).$type<[date: string, time: string][]>().notNull(),
    /** `HH:MM` when booking opens within minutes ("Nuova disponibilità alle ore …"); null: now. */
    bookableAt: text('bookable_at'),
    createdAt: integer('created_at').notNull(),
    trace: text('trace').notNull(),
    /** The ring point from which followers are served. */
    pivot: integer('pivot').notNull(),
    /** How far the fan-out got, `ring:chat`; null: not begun. */
    cursor: text('cursor'),
    /** When every follower had a delivery; null: still to hand on. */
    fannedOutAt: integer('fanned_out_at'),
  },
  (table) => [
    index('alerts_waiting').on(table.createdAt).where(sql`fanned_out_at is null`),
    index('alerts_office').on(table.officeId, table.createdAt),
    index('alerts_province').on(table.province, table.createdAt),
  ],
)

/** Where a portal session stands. */
export type SessionHealth = 'good' | 'dead'

/** Portal sessions that operators handed in. */
export const portalSessions = sqliteTable('portal_sessions', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  /** The operator's private chat. */
  ownerId: integer('owner_id').notNull(),
  /** Cookies and CSRF token, sealed with purpose `portal-session`. */
  sealed: text('sealed').notNull(),
  health: text('health').$type<SessionHealth>().notNull().default('good'),
  createdAt: integer('created_at').notNull(),
  lastGoodAt: integer('last_good_at').notNull(),
  diedAt: integer('died_at'),
})
