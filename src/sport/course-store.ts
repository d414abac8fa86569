import { gte, lt, max, sql } from 'drizzle-orm'
import { type Database, transact } from '../db/database.ts'
import { courses } from '../db/schema/sport.ts'
import { addDays, dayOfWeek, romeDate, romeInstant } from '../platform/time.ts'
import type { ClassSlot } from './site/site-model.ts'
import type { ClassRef } from './student-types.ts'

/** Days that one reading of the schedule covers, today included. */
export const DAYS_READ = 7
/** The schedule is read daily from this Rome time on. */
export const READ_FROM = '06:00'

/** The last instant (epoch ms) at which the day's schedule was due. */
export function dueSince(now: number): number {
  const today = romeInstant(romeDate(now), READ_FROM)
  return today <= now ? today : romeInstant(addDays(romeDate(now), -1), READ_FROM)
}

/** True when the schedule was last read before it was due. */
export async function coursesAreStale(db: Database, now: number): Promise<boolean> {
  const row = await db
    .select({ last: max(courses.updatedAt) })
    .from(courses)
    .get()
  return (row?.last ?? 0) < dueSince(now)
}

/** Notes that a class was full when it was to be booked, so that no list goes on showing the places of the morning. */
export const markFull = (db: Database, { date, start, name }: ClassRef): Promise<unknown> =>
  transact(db, [
    sql`UPDATE ${courses} SET available_places = 0
        WHERE ${courses.date} = ${date} AND ${courses.start} = ${start} AND ${courses.name} = ${name}`,
  ])

/**
 * Writes a complete reading of the week from today: missing classes and past days are deleted.
 * @param slots at least one: an empty week is not accepted
 */
export async function writeCourses(db: Database, slots: readonly ClassSlot[], now: number): Promise<void> {
  const today = romeDate(now)
  const rows = slots.map((slot) => ({
    key: `${slot.date}|${slot.start}|${slot.location}|${slot.name}`,
    type: slot.type,
    name: slot.name,
    location: slot.location,
    date: slot.date,
    day: dayOfWeek(slot.date),
    start: slot.start,
    end: slot.end,
    teacher: slot.teacher,
    places: slot.places,
  }))
  await transact(db, [
    sql`DELETE FROM ${courses} WHERE ${lt(courses.date, today)} OR ${gte(courses.date, today)} AND ${lt(courses.date, addDays(today, DAYS_READ))}`,
    sql`
      INSERT OR REPLACE INTO courses
        (key, type, name, location, date, day_of_week, start, "end", teacher, available_places, updated_at)
      SELECT value ->> 'key', value ->> 'type', value ->> 'name', value ->> 'location', value ->> 'date', value ->> 'day',
             value ->> 'start', value ->> 'end', value ->> 'teacher', value ->> 'places', ${now}
      FROM json_each(${JSON.stringify(rows)})`,
  ])
}
