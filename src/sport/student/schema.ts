import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { ClassSlot, ClassType, SiteReason } from '../site/site-model.ts'
import type {
  ActionKind,
  ActionReason,
  ActionStage,
  ActionStatus,
  BookingState,
  ClassRef,
  ConfirmationStatus,
  DryRunView,
  HistoryKind,
  OccurrenceState,
  QuestionKind,
  WeeklyAlternative,
  WeeklyPolicy,
} from '../student-types.ts'
import type { StudentNotification } from './student-notification.ts'

/** Small values by name: object-store.ts has the names and shapes. */
export const keyValues = sqliteTable('facts', {
  name: text('name').primaryKey(),
  value: text('value', { mode: 'json' }).notNull(),
})

/** What the student logs in with, at most one row (id 1). Sealed for the purpose `sport:<user id>`. */
export const account = sqliteTable('account', {
  id: integer('id').primaryKey(),
  /** Credentials that worked; null: only a session was handed in. */
  credentials: text('credentials'),
  linkedAt: integer('linked_at').notNull(),
  /** The site refused the credentials for this reason: never tried again. */
  blockedBy: text('blocked_by').$type<SiteReason>(),
})

/** Credentials or cookies that were handed in and are being tried, by the action that tries them. */
export const candidates = sqliteTable('candidates', {
  actionId: integer('action_id').primaryKey(),
  kind: text('kind').$type<'credentials' | 'session'>().notNull(),
  sealed: text('sealed').notNull(),
})

/** The site session, at most one row (id 1). */
export const session = sqliteTable('session', {
  id: integer('id').primaryKey(),
  /** Cookies, sealed. */
  cookies: text('cookies').notNull(),
  obtainedAt: integer('obtained_at').notNull(),
  /** When it was last seen to open the site. */
  seenAt: integer('seen_at').notNull(),
})

/** Answers to calls that may be repeated, by the caller's key. Kept for two days. */
export const requests = sqliteTable('requests', {
  key: text('key').primaryKey(),
  answer: text('answer', { mode: 'json' }).notNull(),
  at: integer('at').notNull(),
})

/** A request of this action whose outcome is not settled; written before the request. */
export interface Sent {
  appointmentId: string
  at: number
  /** The site said OK: the action waits for its list. */
  ok?: true
  /** It said that the class is booked already: the action waits for its list. */
  already?: true
}

/** The queue of actions; see states.ts for the way from `pending` to the end. */
export const actions = sqliteTable(
  'actions',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    kind: text('kind').$type<ActionKind>().notNull(),
    status: text('status').$type<ActionStatus>().notNull().default('pending'),
    stage: text('stage').$type<ActionStage>().notNull().default('queued'),
    /** The token of the run that works on it: a run that lost it stops. */
    worker: text('worker'),
    wishes: text('wishes', { mode: 'json' }).$type<ClassRef[]>().notNull(),
    /** Which wish is being booked. */
    wishIndex: integer('wish_index').notNull().default(0),
    /** The student wants it now: look at the site once even though booking should not be open yet. */
    eager: integer('eager', { mode: 'boolean' }).notNull().default(false),
    /** The slot found before the opening, so that the race needs no search. */
    slot: text('slot', { mode: 'json' }).$type<{ slot: ClassSlot; clockOffsetMs: number }>(),
    sent: text('sent', { mode: 'json' }).$type<Sent>(),
    /**
     * When a booking request left whose outcome is not known. The site's list may show it only after some time: until
     * then no alternative is booked.
     */
    unsureAt: integer('unsure_at'),
    /** Use the page at the next attempt. */
    inPage: integer('in_page', { mode: 'boolean' }).notNull().default(false),
    /** Watch a full class until then. */
    watchUntil: integer('watch_until'),
    /** All wishes were full: it watches them now. */
    watching: integer('watching', { mode: 'boolean' }).notNull().default(false),
    bookingId: integer('booking_id'),
    weeklyId: integer('weekly_id'),
    /** How often each reason came. */
    failures: text('failures', { mode: 'json' }).$type<Partial<Record<string, number>>>().notNull(),
    attempts: integer('attempts').notNull().default(0),
    /** How often its run crashed. */
    crashes: integer('crashes').notNull().default(0),
    reason: text('reason').$type<ActionReason>(),
    /** The site's own words. */
    message: text('message'),
    dryRun: text('dry_run', { mode: 'json' }).$type<DryRunView>(),
    /** The message that shows its progress. */
    chatId: integer('chat_id'),
    messageId: integer('message_id'),
    createdAt: integer('created_at').notNull(),
    startedAt: integer('started_at'),
    completedAt: integer('completed_at'),
  },
  (table) => [index('actions_open').on(table.id).where(sql`status in ('pending', 'processing')`)],
)

/** Bookings as the site's list showed them. */
export const bookings = sqliteTable(
  'bookings',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    /** `date|start|course`: the site shows no id. */
    key: text('key').notNull(),
    type: text('type').$type<ClassType>().notNull(),
    name: text('name').notNull(),
    /** Course as the list says; null for the Fit Center. */
    course: text('course'),
    location: text('location').notNull(),
    date: text('date').notNull(),
    start: text('start').notNull(),
    minutes: integer('minutes').notNull(),
    startsAt: integer('starts_at').notNull(),
    state: text('state').$type<BookingState>().notNull().default('active'),
    weeklyId: integer('weekly_id'),
    /** A recognised list lacked it since then; the next one that agrees closes it. */
    missingSince: integer('missing_since'),
    sequence: integer('sequence').notNull().default(0),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [uniqueIndex('bookings_active').on(table.key).where(sql`state = 'active'`)],
)

/** Weekly bookings. */
export const weekly = sqliteTable('weekly', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  type: text('type').$type<ClassType>().notNull(),
  name: text('name').notNull(),
  location: text('location').notNull(),
  /** 1 = Monday … 7 = Sunday. */
  dayOfWeek: integer('day_of_week').notNull(),
  start: text('start').notNull(),
  policy: text('policy').$type<WeeklyPolicy>().notNull(),
  alternatives: text('alternatives', { mode: 'json' }).$type<WeeklyAlternative[]>().notNull(),
  watchHoursBefore: integer('watch_hours_before'),
  paused: integer('paused', { mode: 'boolean' }).notNull().default(false),
  skipUntil: text('skip_until'),
  createdAt: integer('created_at').notNull(),
})

/** Occurrences of weekly bookings that were begun or skipped: each is begun once. */
export const occurrences = sqliteTable(
  'occurrences',
  {
    weeklyId: integer('weekly_id').notNull(),
    date: text('date').notNull(),
    state: text('state').$type<OccurrenceState>().notNull(),
    actionId: integer('action_id'),
    confirmationId: integer('confirmation_id'),
    bookingId: integer('booking_id'),
  },
  (table) => [primaryKey({ columns: [table.weeklyId, table.date] })],
)

/** Questions about occurrences: keep what was booked, or book at all. */
export const confirmations = sqliteTable('confirmations', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  kind: text('kind').$type<QuestionKind>().notNull(),
  weeklyId: integer('weekly_id').notNull(),
  target: text('target', { mode: 'json' }).$type<ClassRef>().notNull(),
  bookingId: integer('booking_id'),
  askAt: integer('ask_at').notNull(),
  deadline: integer('deadline').notNull(),
  status: text('status').$type<ConfirmationStatus>().notNull().default('scheduled'),
  decidedAt: integer('decided_at'),
})

/** The object's timers; its one alarm is the earliest of them. */
export const timers = sqliteTable('timers', {
  /** `subject` or `subject:id`. */
  name: text('name').primaryKey(),
  dueAt: integer('due_at').notNull(),
  /** New each time it is set, so that a run removes only the setting that it served. */
  revision: integer('revision').notNull().default(0),
  /** Runs in a row that threw. */
  failures: integer('failures').notNull().default(0),
})

/** The lock on the site, at most one row (id 1): a run's token, until it expires. */
export const lock = sqliteTable('lock', {
  id: integer('id').primaryKey(),
  owner: text('owner').notNull(),
  until: integer('until').notNull(),
})

/** Past bookings and outcomes, append only. */
export const history = sqliteTable('history', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  at: integer('at').notNull(),
  what: text('what').$type<HistoryKind>().notNull(),
  name: text('name'),
  location: text('location'),
  date: text('date'),
  start: text('start'),
  reason: text('reason').$type<ActionReason>(),
  actionId: integer('action_id'),
  weeklyId: integer('weekly_id'),
})

/** Notifications for the student (or an admin), until D1 has them. */
export const outbox = sqliteTable(
  'outbox',
  {
    /** Delivery event: each is sent once. */
    event: text('event').primaryKey(),
    chatId: integer('chat_id').notNull(),
    notice: text('notice', { mode: 'json' }).$type<StudentNotification>().notNull(),
    createdAt: integer('created_at').notNull(),
    /** Rises with each newer state of a progress message. */
    revision: integer('revision').notNull().default(0),
    /** When D1 had it; kept for two days, so that a repeated cause sends nothing new. */
    doneAt: integer('done_at'),
  },
  (table) => [index('outbox_open').on(table.createdAt).where(sql`done_at is null`)],
)

/** Pages that 0.1.0 could not parse. Nothing writes it any more; a rollback to 0.1.0 needs the table. */
export const evidence = sqliteTable('evidence', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  at: integer('at').notNull(),
  step: text('step').notNull(),
  detail: text('detail').notNull(),
  html: text('html').notNull(),
  screenshot: text('screenshot'),
})
