import { sql } from 'drizzle-orm'
import {
  index,
  integer,
  primaryKey,
  real,
  sqliteTable,
  sqliteView,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core'

/**
 * One row for each province that was ever followed, written only when it gains its first follower or when followers get
 * an outage notice. The view `province_readings` has the state of its readings.
 */
export const provinces = sqliteTable('provinces', {
  /** Two-letter code, e.g. `TO`. */
  code: text('code').primaryKey(),
  /** Since when it always had a follower. */
  watchedSince: integer('watched_since').notNull().default(0),
  /** Start of the outage that followers were notified of; null: none. */
  outageSince: integer('blind_since'),
  /** When its followers last got the message about other ways to a passport, after 14 days without a slot; null: never. */
  alternativesToldAt: integer('alternatives_told_at'),
  // Version 0.1.0 kept the readings in the columns below. The view reads two of them, since the last tick of 0.1.0 may run
  // for a minute after a deploy.
  /** Written by 0.1.0 only. */
  dueAt: integer('due_at').notNull().default(0),
  /** Written by 0.1.0 only. */
  leaseUntil: integer('lease_until').notNull().default(0),
  /** Written by 0.1.0 only. */
  leaseToken: text('lease_token'),
  /** Written by 0.1.0 only. */
  lastReadAt: integer('last_read_at'),
  /** Written by 0.1.0 only. */
  lastAttemptAt: integer('last_attempt_at'),
  /** Written by 0.1.0 only. */
  failures: integer('failures').notNull().default(0),
  /** Written by 0.1.0 only. */
  lastFailure: text('last_failure'),
  /** Written by 0.1.0 only. */
  suspiciousSince: integer('suspicious_since'),
  /** Written by 0.1.0 only. */
  rounds: integer('rounds').notNull().default(0),
})

/**
 * Every province with the state of its readings. One row of `state` (`province-readings`) holds these states for all
 * provinces, so that a round writes one row for any number of provinces. Instants in epoch ms. A province that version
 * 0.1.0 claimed less than 45 s ago is not due: its last tick may run for a minute after a deploy.
 */
export const provinceReadings = sqliteView('province_readings', {
  code: text('code').notNull(),
  watchedSince: integer('watched_since').notNull(),
  outageSince: integer('blind_since'),
  /** Next reading not before this instant. */
  dueAt: integer('due_at').notNull(),
  /** A round holds the province until this instant; after a crash the lease expires. */
  leaseUntil: integer('lease_until').notNull(),
  /** The round that holds the lease; null: none. */
  leaseToken: text('lease_token'),
  /** Last complete and accepted reading; null: never. */
  lastReadAt: integer('last_read_at'),
  /** Last attempt to read it, successful or not. */
  lastAttemptAt: integer('last_attempt_at'),
  /** Failed readings in a row; sets the backoff. */
  failures: integer('failures').notNull(),
  /** Why the last reading failed (a closed set of reasons); null: it did not fail. */
  lastFailure: text('last_failure'),
  /** First of the suspicious readings in a row (suddenly empty or shrunken); null: none. */
  suspiciousSince: integer('suspicious_since'),
  /** Rounds that ever read it; it chooses which of the far months this round reads. */
  rounds: integer('rounds').notNull(),
  /** Last reading that found freed slots; null: none. */
  foundAt: integer('found_at'),
  /** Moving average of the requests per reading; null: not read yet. */
  cost: real('cost'),
  /** The Rome day of `spent`. */
  spentOn: text('spent_on'),
  /** Requests made on that day. */
  spent: integer('spent').notNull(),
}).as(sql`WITH reading AS MATERIALIZED (
  SELECT entry.key AS code, entry.value AS value FROM state, json_each(state.value) AS entry
  WHERE state.name = 'province-readings')
SELECT provinces.code, watched_since, blind_since,
  max(coalesce(value ->> 'dueAt', 0), coalesce(provinces.last_attempt_at, 0) + 45000) AS due_at,
  max(coalesce(value ->> 'leaseUntil', 0), provinces.lease_until) AS lease_until, value ->> 'leaseToken' AS lease_token,
  value ->> 'lastReadAt' AS last_read_at, value ->> 'lastAttemptAt' AS last_attempt_at,
  coalesce(value ->> 'failures', 0) AS failures, value ->> 'lastFailure' AS last_failure,
  value ->> 'suspiciousSince' AS suspicious_since, coalesce(value ->> 'rounds', 0) AS rounds,
  value ->> 'foundAt' AS found_at, value ->> 'cost' AS cost, value ->> 'spentOn' AS spent_on,
  coalesce(value ->> 'spent', 0) AS spent
FROM provinces LEFT JOIN reading ON reading.code = provinces.code`)

/** Offices (sedi) that ever appeared in a province's list. Written by the poller. */
export const offices = sqliteTable(
  'offices',
  {
    /** The portal's id. */
    id: text('id').primaryKey(),
    /** Two-letter code, e.g. `TO`. */
    province: text('province').notNull(),
    /** The portal's code of the office. */
    code: text('code').notNull(),
    /** As the portal writes it. */
    name: text('name').notNull(),
    /** As the portal writes it. */
    address: text('address').notNull(),
    /** As the portal writes it. */
    city: text('city').notNull(),
    /** Rome time from which its slots can be booked; null: any time. */
    bookableFrom: text('bookable_from'),
    /** First free Rome day that the last list gave; null: nothing free. */
    firstDate: text('first_date'),
    /** False since an accepted list did not contain it. */
    listed: integer('listed', { mode: 'boolean' }).notNull().default(true),
    /** Since when the list says that the office has free slots but its agenda shows none; null: they agree. */
    doubtSince: integer('doubt_since'),
    /** Its new slots and added places are announced only when a second reading shows them: see alerts/false-alarms.ts. */
    unsteady: integer('unsteady', { mode: 'boolean' }).notNull().default(false),
    /** The opening (Rome `YYYY-MM-DD HH:MM`) that its last early notice was about; null: it had none. */
    publishedFor: text('published_for'),
    /** When it was first seen. */
    firstSeenAt: integer('first_seen_at').notNull(),
  },
  (table) => [index('offices_province').on(table.province)],
)

/** Slots: one row per office, Rome day and Rome time. Written by the poller. */
export const slots = sqliteTable(
  'slots',
  {
    /** Rises with each new row. */
    id: integer('id').primaryKey({ autoIncrement: true }),
    /** The office. */
    officeId: text('office_id').notNull(),
    /** Rome day of the appointment. */
    date: text('date').notNull(),
    /** Rome time of the appointment. */
    time: text('time').notNull(),
    /** Free places at the last reading, as far as they count already. */
    places: integer('places').notNull(),
    /** When the slot was first seen. */
    firstSeenAt: integer('first_seen_at').notNull(),
    /** When it last opened. */
    openedAt: integer('opened_at').notNull(),
    /** When it closed; null: it is open. */
    goneAt: integer('gone_at'),
    /** When this opening was announced; null: not yet, as the office's booking hour has not come. */
    announcedAt: integer('announced_at'),
    /** More places that the last reading of an unsteady office showed first: a second reading must agree; null: none. */
    unconfirmedPlaces: integer('unconfirmed_places'),
  },
  (table) => [
    uniqueIndex('slots_key').on(table.officeId, table.date, table.time),
    index('slots_open').on(table.officeId).where(sql`gone_at is null`),
  ],
)

/**
 * What happened to a slot: `seen` (opened, or opened again), `places` (their number changed), `gone`, `restored`
 * (absent only while its office was reset), `unwatched` (its province lost its last follower).
 */
export type SlotEventKind = 'seen' | 'places' | 'gone' | 'restored' | 'unwatched'

/** Every change of a slot. Pruned events are added to `slot_hours`. */
export const slotEvents = sqliteTable(
  'slot_events',
  {
    /** Rises with each new row. */
    id: integer('id').primaryKey({ autoIncrement: true }),
    /** The office. */
    officeId: text('office_id').notNull(),
    /** Rome day of the appointment. */
    date: text('date').notNull(),
    /** Rome time of the appointment. */
    time: text('time').notNull(),
    /** `seen`, `places`, `gone`, `restored` or `unwatched`. */
    kind: text('kind').$type<SlotEventKind>().notNull(),
    /** Free places at that moment. */
    places: integer('places').notNull(),
    /** When the poller saw the change. */
    at: integer('at').notNull(),
    /** Trace id of the round that saw it. */
    trace: text('trace').notNull(),
  },
  (table) => [index('slot_events_office').on(table.officeId, table.at)],
)

/**
 * Sums of pruned slot events: how many slots of an office opened and closed, by hour of the week. At most 168 rows per
 * office.
 */
export const slotHours = sqliteTable(
  'slot_hours',
  {
    /** The office. */
    officeId: text('office_id').notNull(),
    /** Hour of the week in Rome, 0 to 167; 0 is Monday at midnight. */
    hour: integer('hour').notNull(),
    /** Slots that opened, except those of the office's first reading. */
    freed: integer('freed').notNull(),
    /** Slots that closed. */
    gone: integer('gone').notNull(),
    /** Time of the last event in the sums. */
    until: integer('until').notNull(),
  },
  (table) => [primaryKey({ columns: [table.officeId, table.hour] })],
)

/**
 * `open`: new slots of an office, or more places of known ones. `gone`: slots of an office that closed. `restored`: they were absent only while the
 * office was reset. `blind`, `sight`: the outage notice and the recovery notice of a province. `alternatives`: it had no
 * slot for 14 days. `early`: slots that an office shows before they can be booked.
 */
export type AlertKind = 'open' | 'gone' | 'restored' | 'blind' | 'sight' | 'alternatives' | 'early'

/**
 * An event that followers of a province are notified of, written by the poller in the transaction of its cause (an
 * outbox). The dispatcher records its progress in it.
 */
export const alerts = sqliteTable(
  'alerts',
  {
    /** `kind:office or province:trace or instant`: unique, so that one cause makes one alert. */
    id: text('id').primaryKey(),
    /** `open`, `gone`, `restored`, `blind` (outage notice), `sight` (recovery notice), `alternatives` or `early`. */
    kind: text('kind').$type<AlertKind>().notNull(),
    /** Two-letter code, e.g. `TO`. */
    province: text('province').notNull(),
    /** The office; null: the whole province. */
    officeId: text('office_id'),
    /** JSON array of the slots concerned, in order of date and time, as `[date, time]`; of `open` only the new ones. */
    slots: text('slots', { mode: 'json' }).$type<[date: string, time: string][]>().notNull(),
    /**
     * Of `open`: JSON array of the announced slots of the days on which places were added, as `[date, time, places before,
     * places after]`; null: of another kind, or written before 0.3.0.
     */
    places: text('places', { mode: 'json' }).$type<[date: string, time: string, number, number][]>(),
    /** Rome time `HH:MM` from which the slots can be booked, if it is minutes away, or of an `early` one; null: now. */
    bookableAt: text('bookable_at'),
    /** When it was written. */
    createdAt: integer('created_at').notNull(),
    /** Trace id of the round that wrote it. */
    trace: text('trace').notNull(),
    /** The `ring` value at which the fan-out starts. */
    pivot: integer('pivot').notNull(),
    /** The last follower processed, as `ring:chat`; null: the fan-out has not started. */
    cursor: text('cursor'),
    /** When the fan-out was complete; null: not yet. */
    fannedOutAt: integer('fanned_out_at'),
  },
  (table) => [
    index('alerts_waiting').on(table.createdAt).where(sql`fanned_out_at is null`),
    index('alerts_office').on(table.officeId, table.createdAt),
    index('alerts_province').on(table.province, table.createdAt),
  ],
)

/** Reports that the slots of an alert were not there, one for each chat and alert. Written by a button under the alert. */
export const falseAlarms = sqliteTable(
  'false_alarms',
  {
    /** The alert. */
    alertId: text('alert_id').notNull(),
    /** The chat that reported it. */
    chatId: integer('chat_id').notNull(),
    /** The alert's office. */
    officeId: text('office_id').notNull(),
    /** When it was reported. */
    at: integer('at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.alertId, table.chatId] }),
    index('false_alarms_chat').on(table.chatId),
    index('false_alarms_at').on(table.at),
  ],
)

/** A portal session's status. */
export type SessionHealth = 'good' | 'dead'

/** Portal sessions that operators handed in. Written by `/sessione`, renewed by the poller. */
export const portalSessions = sqliteTable('portal_sessions', {
  /** Rises with each new row. */
  id: integer('id').primaryKey({ autoIncrement: true }),
  /** The operator's private chat. */
  ownerId: integer('owner_id').notNull(),
  /** Cookies and CSRF token, sealed with purpose `portal-session`. */
  sealed: text('sealed').notNull(),
  /** `good` or `dead`. */
  health: text('health').$type<SessionHealth>().notNull().default('good'),
  /** When it was handed in. */
  createdAt: integer('created_at').notNull(),
  /** When the portal last accepted it. */
  lastGoodAt: integer('last_good_at').notNull(),
  /** When it expired. */
  diedAt: integer('died_at'),
})

/** A browser that has the extension. */
export type BrowserName = 'chrome' | 'edge' | 'firefox'

/**
 * Browsers whose extension hands in the sessions of their operator, and codes that pair one. Written by `/sessione` and the
 * extension.
 */
export const pairedBrowsers = sqliteTable('paired_browsers', {
  /** Rises with each new row. */
  id: integer('id').primaryKey({ autoIncrement: true }),
  /** The operator's private chat. */
  ownerId: integer('owner_id').notNull(),
  /** SHA-256 of the code that pairs a browser, once; null: it was used. */
  codeHash: text('code_hash'),
  /** When the code expires. */
  codeUntil: integer('code_until').notNull(),
  /** SHA-256 of the browser's token; null until the code is used. */
  tokenHash: text('token_hash'),
  /** `chrome`, `edge` or `firefox`; null until the code is used. */
  browser: text('browser').$type<BrowserName>(),
  /** The portal session that it handed in last; null: none yet. */
  sessionId: integer('session_id'),
  /** When the code was made. */
  createdAt: integer('created_at').notNull(),
  /** When its token was last used; null: never. */
  lastUsedAt: integer('last_used_at'),
})
