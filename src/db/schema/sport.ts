import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** The week's classes and Fit Center slots, read daily with one student's session. */
export const courses = sqliteTable(
  'courses',
  {
    /** `date|start|location|name`: the site shows no other stable key. */
    key: text('key').primaryKey(),
    /** `course` or `fit-center`. */
    type: text('type').$type<'course' | 'fit-center'>().notNull(),
    /** As the site writes it. */
    name: text('name').notNull(),
    /** As the site writes it. */
    location: text('location').notNull(),
    /** Rome day. */
    date: text('date').notNull(),
    /** 1 = Monday … 7 = Sunday. */
    dayOfWeek: integer('day_of_week').notNull(),
    /** Rome time of the start. */
    start: text('start').notNull(),
    /** Rome time of the end. */
    end: text('end').notNull(),
    /** As the site writes it. */
    teacher: text('teacher'),
    /** Free places at the last reading. */
    availablePlaces: integer('available_places'),
    /** All places at the last reading. */
    totalPlaces: integer('total_places'),
    /** When it was last read. */
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [index('courses_date').on(table.date, table.start)],
)

/** Students with a linked account. The booking Worker's cron wakes their objects and chooses who reads the schedule. */
export const students = sqliteTable('students', {
  /** Telegram user id; also the object's name. */
  userId: integer('user_id').primaryKey(),
  /** When the account was linked. */
  linkedAt: integer('linked_at').notNull(),
  /** When the object's next timer is due; the cron wakes an object that is late. Null: no timer. */
  nextTimerAt: integer('next_timer_at'),
  /** SHA-256 of the calendar feed's token; empty: no feed; null: not known yet (the row is of an older version). */
  feedHash: text('feed_hash'),
  /** When this student's session last read the schedule for everybody. */
  lastAskedAt: integer('last_volunteered_at'),
  /** 1: the student agreed that their session reads the schedule for everybody. */
  sharesSchedule: integer('shares_schedule', { mode: 'boolean' }).notNull().default(false),
})

/**
 * How often logins with new credentials failed, and how many browsers were opened on request: see
 * sport/login-limits.ts. Rows name nobody.
 */
export const loginLimits = sqliteTable('login_limits', {
  /** The limit's subject: `user:` or `name:` with a keyed hash, `all`, or `browser:` with the Rome day. */
  key: text('key').primaryKey(),
  /** Attempts counted so far. */
  count: integer('count').notNull(),
  /** No attempt before this instant. */
  openAt: integer('open_at').notNull(),
  /** 1 after the operators were notified. */
  alarming: integer('alarming', { mode: 'boolean' }).notNull(),
  /** When the last attempt was allowed. */
  at: integer('at').notNull(),
})

/** People who deleted everything while their object could not be reached: the cron erases it later. */
export const erasures = sqliteTable('erasures', {
  /** Telegram user id; the row is deleted once the object is erased. */
  userId: integer('user_id').primaryKey(),
  /** When they deleted everything. */
  since: integer('since').notNull(),
})
