import { and, asc, eq, gte } from 'drizzle-orm'
import type { Database } from '../db/database.ts'
import { courses } from '../db/schema/sport.ts'
import { ringHash } from '../platform/id.ts'
import { type RomeDate, romeDate, romeTime } from '../platform/time.ts'
import { usefulUntil } from './opening.ts'
import type { ClassType } from './site/site-model.ts'
import type { ClassRef } from './student-types.ts'

/** A class, from the daily reading of the schedule. */
export type CourseRow = typeof courses.$inferSelect

/** The code of a class in a button, at most seven characters; the schedule maps it back to the class. */
export const codeOf = (row: Pick<CourseRow, 'key'>): string => ringHash(row.key).toString(36)

export const refOf = ({ type, name, location, date, start }: CourseRow): ClassRef => ({
  type,
  name,
  location,
  date,
  start,
})

const inOrder = [asc(courses.date), asc(courses.start), asc(courses.name)]

/** The week's classes that can still be booked, in order of time. */
export async function classesAhead(
  db: Database,
  now: number,
  only: { type?: ClassType; date?: RomeDate; dayOfWeek?: number } = {},
): Promise<CourseRow[]> {
  const rows = await db
    .select()
    .from(courses)
    .where(
      and(
        gte(courses.date, romeDate(now)),
        only.type === undefined ? undefined : eq(courses.type, only.type),
        only.date === undefined ? undefined : eq(courses.date, only.date),
        only.dayOfWeek === undefined ? undefined : eq(courses.dayOfWeek, only.dayOfWeek),
      ),
    )
    .orderBy(...inOrder)
  return rows.filter((row) => now < usefulUntil(row))
}

/** All classes of a day, also those that began. */
export const classesOn = (db: Database, date: RomeDate): Promise<CourseRow[]> =>
  db
    .select()
    .from(courses)
    .where(eq(courses.date, date))
    .orderBy(...inOrder)

/** The classes of some codes, in their order; a class no longer in the schedule is left out. */
export async function classesNamed(
  db: Database,
  now: number,
  codes: readonly string[],
): Promise<CourseRow[]> {
  const byCode = new Map((await classesAhead(db, now)).map((row) => [codeOf(row), row]))
  return codes.flatMap((code) => byCode.get(code) ?? [])
}

/** When the schedule was read, as Rome's day and time. */
export const readAt = (rows: readonly CourseRow[]): [date: RomeDate, time: string] => {
  const last = Math.max(...rows.map((row) => row.updatedAt))
  return [romeDate(last), romeTime(last)]
}
