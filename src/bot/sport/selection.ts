import type { IsBooked } from '../../sport/booked-classes.ts'
import { MAX_ALTERNATIVES } from '../../sport/booking-requests.ts'
import { type CourseRow, classesAhead, classesNamed, readAt } from '../../sport/catalogue.ts'
import { costs } from '../../sport/costs.ts'
import { DAYS_AHEAD, opensAt } from '../../sport/opening.ts'
import { watchChoices } from '../../sport/place-watch.ts'
import * as own from '../../sport/student/own-classes.ts'
import type { Texts } from '../../texts/index.ts'
import type { BotContext } from '../context.ts'
import { takeTokens } from '../rate-limit.ts'
import { ask } from './own-student.ts'

/** A booking under construction, as buttons carry it: classes in order of preference, and what to do when full. */
export interface Selection {
  /** `once`, or `weekly`. In buttons: `o`, `w`. */
  mode: 'once' | 'weekly'
  /** Watch a full class until this many hours before it begins; 0: do not. */
  watchHours: number
  /** The class, then its alternatives in order: codes of the schedule's rows. */
  codes: string[]
}

/** A class and its alternatives. */
export const MAX_CLASSES = 1 + MAX_ALTERNATIVES

/** The selection as arguments of a button. */
export const selectionArgs = ({ mode, watchHours, codes }: Selection): (string | number)[] => [
  mode === 'weekly' ? 'w' : 'o',
  watchHours,
  codes.join('.'),
]

/** Parses a button's arguments; null when they are invalid. */
export function readSelection([mode, watch, list = '']: readonly (string | undefined)[]): Selection | null {
  const codes = list.split('.')
  const watchHours = Number(watch)
  const sound =
    (mode === 'o' || mode === 'w') &&
    watch !== '' &&
    watchChoices.some((hours) => hours === watchHours) &&
    codes.length <= MAX_CLASSES &&
    new Set(codes).size === codes.length &&
    codes.every((code) => /^[0-9a-z]{1,7}$/.test(code))
  return sound ? { mode: mode === 'w' ? 'weekly' : 'once', watchHours, codes } : null
}

/** The selection's classes in the schedule; null when the wanted one is no longer in it. */
export async function selectedClasses(
  ctx: BotContext,
  selection: Selection,
): Promise<[CourseRow, ...CourseRow[]] | null> {
  const [wanted, ...others] = await classesNamed(ctx.db, ctx.now, selection.codes)
  return wanted && selection.codes.length > 0 ? [wanted, ...others] : null
}

/**
 * The classes ahead. If the schedule was never read, it is read now with the sender's own session, if they agreed to that,
 * waiting some seconds.
 */
export async function classesOrRead(
  ctx: BotContext,
  only: Parameters<typeof classesAhead>[2] = {},
): Promise<CourseRow[]> {
  const known = await classesAhead(ctx.db, ctx.now, only)
  if (known.length > 0 || (await classesAhead(ctx.db, ctx.now)).length > 0) return known
  if (!(await takeTokens(ctx, costs.check))) return known
  await own.readScheduleAndWait(
    (call) => ask(ctx, call),
    (reading) => ctx.background('read-courses', reading),
  )
  return classesAhead(ctx.db, ctx.now, only)
}

/** True when booking for the class's day is open. */
export const isOpen = (row: CourseRow, now: number): boolean => opensAt(row.date, DAYS_AHEAD) <= now

/** The classes that the sender has booked; none when the object does not answer. */
export const bookedClasses = (ctx: BotContext): Promise<IsBooked> =>
  own.bookedClasses((call) => ask(ctx, call))

/** When the schedule was read, as a line: the places are those of then. */
export function readLine(ctx: BotContext, rows: readonly CourseRow[]): string {
  const [date, time] = readAt(rows)
  return ctx.texts.sportMenu.scheduleReadAt(ctx.texts.sport.day(date), time)
}

/**
 * A class as a button names it: time, course, free places when known; one that is booked is ticked instead.
 * @param name '' when the text above says it: buttons in two columns have no room for it on a phone
 */
export function classLabel({ sportMenu }: Texts, row: CourseRow, booked = false, name = row.name): string {
  const what = name === '' ? row.start : `${row.start} ${name}`
  if (booked) return `✅ ${what}`
  const places =
    row.availablePlaces === null
      ? ''
      : row.availablePlaces === 0
        ? sportMenu.fullMark
        : ` · ${row.availablePlaces}`
  return `${what}${places}`
}
