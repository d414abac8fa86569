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

/** The key-value store: object-store.ts has the names and shapes. */
export const keyValues = sqliteTable('facts', {
  /** The value's name. */
  name: text('name').primaryKey(),
  /** JSON. */
  value: text('value', { mode: 'json' }).notNull(),
})

/** The linked account, at most one row (id 1). */
export const account = sqliteTable('account', {
  /** Always 1. */
  id: integer('id').primaryKey(),
  /** Credentials that worked, sealed for the purpose `sport:<user id>`; null: only a session was handed in. */
  credentials: text('credentials'),
  /** When it was linked. */
  linkedAt: integer('linked_at').notNull(),
  /** Why the site refused the credentials, which are then never tried again; null: it did not. */
  blockedBy: text('blocked_by').$type<SiteReason>(),
})

/** Credentials or cookies that an action is trying for the first time. */
export const candidates = sqliteTable('candidates', {
  /** The action that tries them. */
  actionId: integer('action_id').primaryKey(),
  /** `credentials` or `session`. */
  kind: text('kind').$type<'credentials' | 'session'>().notNull(),
  /** Credentials or cookies, sealed for the purpose `sport:<user id>`. */
  sealed: text('sealed').notNull(),
})

/** The session at the booking site, at most one row (id 1). */
export const session = sqliteTable('session', {
  /** Always 1. */
  id: integer('id').primaryKey(),
  /** Cookies, sealed for the purpose `sport:<user id>`. */
  cookies: text('cookies').notNull(),
  /** When the login succeeded or the session was handed in. */
  obtainedAt: integer('obtained_at').notNull(),
  /** When the site last accepted it. */
  seenAt: integer('seen_at').notNull(),
})

/** Answers to earlier calls, so that a repeated call gets the same answer and changes nothing. */
export const requests = sqliteTable('requests', {
  /** The caller's request key. */
  key: text('key').primaryKey(),
  /** The answer, as JSON. */
  answer: text('answer', { mode: 'json' }).notNull(),
  /** When the call was answered. */
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
    /** Rises with each new row. */
    id: integer('id').primaryKey({ autoIncrement: true }),
    /** `book`, `cancel`, `check`, `link` or `dry-run`. */
    kind: text('kind').$type<ActionKind>().notNull(),
    /** `pending`, `processing`, `completed`, `failed` or `cancelled`. */
    status: text('status').$type<ActionStatus>().notNull().default('pending'),
    /** Its progress, see `ActionStage` in student-types.ts. */
    stage: text('stage').$type<ActionStage>().notNull().default('queued'),
    /** The token of the run that executes it; a run whose token was replaced stops. */
    worker: text('worker'),
    /** JSON array: the wanted class, then its alternatives. */
    wishes: text('wishes', { mode: 'json' }).$type<ClassRef[]>().notNull(),
    /** Position in `wishes` of the class being booked. */
    wishIndex: integer('wish_index').notNull().default(0),
    /** 1: the student asks for it now, so look at the site once even if booking should not be open yet. */
    eager: integer('eager', { mode: 'boolean' }).notNull().default(false),
    /** The slot found before the opening, so that the race needs no search. */
    slot: text('slot', { mode: 'json' }).$type<{ slot: ClassSlot; clockOffsetMs: number }>(),
    /** JSON of a request whose outcome is not known yet; saved before the request. */
    sent: text('sent', { mode: 'json' }).$type<Sent>(),
    /**
     * When a booking request with unknown outcome was sent. The site's list may show it with a delay; no alternative is
     * booked until then.
     */
    unsureAt: integer('unsure_at'),
    /** 1: the next attempt books on the site's page, in the browser. */
    inPage: integer('in_page', { mode: 'boolean' }).notNull().default(false),
    /** Watch a full class until this instant; null: do not. */
    watchUntil: integer('watch_until'),
    /** 1: all wishes are full, and the action watches them. */
    watching: integer('watching', { mode: 'boolean' }).notNull().default(false),
    /** The booking that it made or cancels. */
    bookingId: integer('booking_id'),
    /** The weekly booking that started it; null: the student did. */
    weeklyId: integer('weekly_id'),
    /** JSON object: reason → number of failures. */
    failures: text('failures', { mode: 'json' }).$type<Partial<Record<string, number>>>().notNull(),
    /** Number of attempts. */
    attempts: integer('attempts').notNull().default(0),
    /** Number of crashed runs. */
    crashes: integer('crashes').notNull().default(0),
    /** Why it failed or waits. */
    reason: text('reason').$type<ActionReason>(),
    /** The site's own words. */
    message: text('message'),
    /** JSON: the result of a dry run. */
    dryRun: text('dry_run', { mode: 'json' }).$type<DryRunView>(),
    /** The chat of the message that shows the progress. */
    chatId: integer('chat_id'),
    /** The message that shows the progress. */
    messageId: integer('message_id'),
    /** When it was requested. */
    createdAt: integer('created_at').notNull(),
    /** When its first run started. */
    startedAt: integer('started_at'),
    /** When it ended. */
    completedAt: integer('completed_at'),
  },
  (table) => [index('actions_open').on(table.id).where(sql`status in ('pending', 'processing')`)],
)

/** Bookings in the site's list. */
export const bookings = sqliteTable(
  'bookings',
  {
    /** Rises with each new row. */
    id: integer('id').primaryKey({ autoIncrement: true }),
    /** `date|start|course`, since the site shows no id. */
    key: text('key').notNull(),
    /** `course` or `fit-center`. */
    type: text('type').$type<ClassType>().notNull(),
    /** As the site writes it. */
    name: text('name').notNull(),
    /** The course's name in the list; null for the Fit Center. */
    course: text('course'),
    /** As the site writes it. */
    location: text('location').notNull(),
    /** Rome day of the class. */
    date: text('date').notNull(),
    /** Rome time of the start. */
    start: text('start').notNull(),
    /** Duration in minutes. */
    minutes: integer('minutes').notNull(),
    /** When the class starts. */
    startsAt: integer('starts_at').notNull(),
    /** `active`, `cancelled`, `gone` or `past`. */
    state: text('state').$type<BookingState>().notNull().default('active'),
    /** The weekly booking that made it; null: none. */
    weeklyId: integer('weekly_id'),
    /** When a list first lacked it; a later list that also lacks it closes it. Null: the last list has it. */
    missingSince: integer('missing_since'),
    /** Rises with each change, for the calendar feed. */
    sequence: integer('sequence').notNull().default(0),
    /** When it last changed. */
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [uniqueIndex('bookings_active').on(table.key).where(sql`state = 'active'`)],
)

/** Weekly bookings. */
export const weekly = sqliteTable('weekly', {
  /** Rises with each new row. */
  id: integer('id').primaryKey({ autoIncrement: true }),
  /** `course` or `fit-center`. */
  type: text('type').$type<ClassType>().notNull(),
  /** As the site writes it. */
  name: text('name').notNull(),
  /** As the site writes it. */
  location: text('location').notNull(),
  /** 1 = Monday … 7 = Sunday. */
  dayOfWeek: integer('day_of_week').notNull(),
  /** Rome time of the start. */
  start: text('start').notNull(),
  /** `book-then-confirm`, `ask-then-book` or `no-confirmation`. */
  policy: text('policy').$type<WeeklyPolicy>().notNull(),
  /** JSON array of classes to book if the first choice is full. */
  alternatives: text('alternatives', { mode: 'json' }).$type<WeeklyAlternative[]>().notNull(),
  /** Watch a full class until this many hours before its start; null: do not. */
  watchHoursBefore: integer('watch_hours_before'),
  /** 1 while it is paused. */
  paused: integer('paused', { mode: 'boolean' }).notNull().default(false),
  /** No occurrence before this Rome day; null: none is skipped. */
  skipUntil: text('skip_until'),
  /** When the student created it. */
  createdAt: integer('created_at').notNull(),
})

/** Occurrences of weekly bookings that were started or skipped: each starts once. */
export const occurrences = sqliteTable(
  'occurrences',
  {
    /** The weekly booking. */
    weeklyId: integer('weekly_id').notNull(),
    /** Rome day of the class. */
    date: text('date').notNull(),
    /** See `OccurrenceState` in student-types.ts. */
    state: text('state').$type<OccurrenceState>().notNull(),
    /** The action that books it. */
    actionId: integer('action_id'),
    /** The question about it. */
    confirmationId: integer('confirmation_id'),
    /** Its booking. */
    bookingId: integer('booking_id'),
  },
  (table) => [primaryKey({ columns: [table.weeklyId, table.date] })],
)

/** Questions about occurrences: whether to keep the booking, or whether to book. */
export const confirmations = sqliteTable('confirmations', {
  /** Rises with each new row. */
  id: integer('id').primaryKey({ autoIncrement: true }),
  /** `keep` or `book`. */
  kind: text('kind').$type<QuestionKind>().notNull(),
  /** The weekly booking. */
  weeklyId: integer('weekly_id').notNull(),
  /** JSON: the class. */
  target: text('target', { mode: 'json' }).$type<ClassRef>().notNull(),
  /** The booking to keep or cancel. */
  bookingId: integer('booking_id'),
  /** When the question is due. */
  askAt: integer('ask_at').notNull(),
  /** Until when the student can answer. */
  deadline: integer('deadline').notNull(),
  /** `scheduled`, `asked`, `confirmed`, `skipped`, `lapsed` or `void` (no longer needed). */
  status: text('status').$type<ConfirmationStatus>().notNull().default('scheduled'),
  /** When it was answered or closed. */
  decidedAt: integer('decided_at'),
})

/** The object's timers; its one alarm is the earliest of them. */
export const timers = sqliteTable('timers', {
  /** `subject` or `subject:id`. */
  name: text('name').primaryKey(),
  /** When it is due. */
  dueAt: integer('due_at').notNull(),
  /** Rises each time the timer is set, so that a run does not remove a newer setting. */
  revision: integer('revision').notNull().default(0),
  /** Consecutive runs that threw. */
  failures: integer('failures').notNull().default(0),
})

/** The lock for exclusive use of the site, at most one row (id 1). */
export const lock = sqliteTable('lock', {
  /** Always 1. */
  id: integer('id').primaryKey(),
  /** The run's token. */
  owner: text('owner').notNull(),
  /** When the lock expires. */
  until: integer('until').notNull(),
})

/** Past bookings and outcomes, append only. */
export const history = sqliteTable('history', {
  /** Rises with each new row. */
  id: integer('id').primaryKey({ autoIncrement: true }),
  /** When it happened. */
  at: integer('at').notNull(),
  /** See `HistoryKind` in student-types.ts. */
  what: text('what').$type<HistoryKind>().notNull(),
  /** Name of the class. */
  name: text('name'),
  /** Its place. */
  location: text('location'),
  /** Its Rome day. */
  date: text('date'),
  /** Its Rome time. */
  start: text('start'),
  /** Why, for a failure. */
  reason: text('reason').$type<ActionReason>(),
  /** The action. */
  actionId: integer('action_id'),
  /** The weekly booking. */
  weeklyId: integer('weekly_id'),
})

/** Notifications for the student or the operators that still have to reach the outbox in D1. */
export const outbox = sqliteTable(
  'outbox',
  {
    /** The delivery's event, so that each is sent once. */
    event: text('event').primaryKey(),
    /** The chat that gets it. */
    chatId: integer('chat_id').notNull(),
    /** The notification, as JSON. */
    notice: text('notice', { mode: 'json' }).$type<StudentNotification>().notNull(),
    /** When it was written. */
    createdAt: integer('created_at').notNull(),
    /** Rises with each edit of a progress message. */
    revision: integer('revision').notNull().default(0),
    /** When D1 accepted it; the row stays for two days, so that a repeated cause sends nothing. */
    doneAt: integer('done_at'),
  },
  (table) => [index('outbox_open').on(table.createdAt).where(sql`done_at is null`)],
)

/** Pages that 0.1.0 could not parse. Unused now; a rollback to 0.1.0 needs the table. */
export const evidence = sqliteTable('evidence', {
  /** Rises with each new row. */
  id: integer('id').primaryKey({ autoIncrement: true }),
  /** When. */
  at: integer('at').notNull(),
  /** What the object was doing. */
  step: text('step').notNull(),
  /** What was missing. */
  detail: text('detail').notNull(),
  /** The page. */
  html: text('html').notNull(),
  /** A picture of the page. */
  screenshot: text('screenshot'),
})
