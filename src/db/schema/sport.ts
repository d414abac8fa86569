import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** The week's classes and Fit Center slots, read daily by one volunteer's session. */
export const courses = sqliteTable(
  'courses',
  {
    /** `date|start|location|name`: the site shows no other stable key. */
    key: text('key').primaryKey(),
    /** `course` or `fit-center`. */
    type: text('type').$type<'course' | 'fit-center'>().notNull(),
    name: text('name').notNull(),
    location: text('location').notNull(),
    /** Rome day `YYYY-MM-DD` and times `HH:MM`. */
    date: text('date').notNull(),
    /** 1 = Monday … 7 = Sunday. */
    dayOfWeek: integer('day_of_week').notNull(),
    start: text('start').notNull(),
    end: text('end').notNull(),
    teacher: text('teacher'),
    availablePlaces: integer('available_places'),
    totalPlaces: integer('total_places'),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [index('courses_date').on(table.date, table.start)],
)

/** Students with an account linked: who may be asked to read the schedule, and whom the sweep wakes. */
export const students = sqliteTable('students', {
  /** Telegram user id; also the object's name. */
  userId: integer('user_id').primaryKey(),
  linkedAt: integer('linked_at').notNull(),
  /** When the object's next timer is due; the sweep wakes an object that is late. Null: nothing to do. */
  nextTimerAt: integer('next_timer_at'),
  /** When this student's session last read the schedule for everybody. */
  lastVolunteeredAt: integer('last_volunteered_at'),
})
