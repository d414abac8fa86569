import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** The week's classes and Fit Center slots, read daily with one student's session. */
export const courses = sqliteTable(
  'courses',
  {
    /** `date|start|location|name`: the site shows no other stable key. */
    key: text('key').primaryKey(),
    /** `course` or `fit-center`. */
    type: text('type').$type<'course' | 'fit-center'>().notNull(),
    /** As the site writes them. */
    name: text('name').notNull(),
    /** As the site writes them. */
    location: text('location').notNull(),
    /** Rome day `YYYY-MM-DD` and times `HH:MM`. */
    date: text('date').notNull(),
    /** 1 = Monday … 7 = Sunday. */
    dayOfWeek: integer('day_of_week').notNull(),
    /** When; Monday is 1. */
    start: text('start').notNull(),
    /** When; Monday is 1. */
    end: text('end').notNull(),
    /** As the site writes them. */
    teacher: text('teacher'),
    /** Places when it was read. */
    availablePlaces: integer('available_places'),
    /** Places when it was read. */
    totalPlaces: integer('total_places'),
    /** When it was read. */
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [index('courses_date').on(table.date, table.start)],
)

/** Students with a linked account: the sweep wakes their objects, and who agreed reads the schedule for everybody. */
export const students = sqliteTable('students', {
  /** Telegram user id; also the object's name. */
  userId: integer('user_id').primaryKey(),
  /** Since when. */
  linkedAt: integer('linked_at').notNull(),
  /** When the object's next timer is due; the sweep wakes an object that is late. Null: nothing to do. */
  nextTimerAt: integer('next_timer_at'),
  /** Hash of the calendar feed's token; empty: no feed; null: not known yet, written by an older version. */
  feedHash: text('feed_hash'),
  /** When this student's session last read the schedule for everybody. */
  lastAskedAt: integer('last_volunteered_at'),
  /** The student agreed that their session reads the schedule for everybody. */
  sharesSchedule: integer('shares_schedule', { mode: 'boolean' }).notNull().default(false),
})

/**
 * How often logins with new credentials failed, and how many browsers were opened on request: see
 * sport/login-limits.ts. Rows name nobody.
 */
export const loginLimits = sqliteTable('login_limits', {
  /** What is limited: `user:` or `name:` and a keyed hash, `all`, or `browser:` and the Rome day. */
  key: text('key').primaryKey(),
  /** Attempts counted so far. */
  count: integer('count').notNull(),
  /** No attempt before this instant. */
  openAt: integer('open_at').notNull(),
  /** Operators are notified of it. */
  alarming: integer('alarming', { mode: 'boolean' }).notNull(),
  /** When the last attempt was allowed. */
  at: integer('at').notNull(),
})

/** People who deleted everything while their object could not be reached: it is erased as soon as it can be. */
export const erasures = sqliteTable('erasures', {
  /** Telegram user id; goes with the row once the object is erased. */
  userId: integer('user_id').primaryKey(),
  /** When they deleted everything. */
  since: integer('since').notNull(),
})
