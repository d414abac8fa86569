import { HOUR } from '../platform/time.ts'
import { type CourseRow, refOf } from './catalogue.ts'
import { startsAt } from './opening.ts'
import type { BookRequest, WeeklyDraft, WeeklyPolicy } from './student-types.ts'

/** The most alternatives of a class, in the chat and in the Mini App: as many as a button's 64 bytes hold. */
export const MAX_ALTERNATIVES = 4

/** What a person chose from the schedule. */
export interface ChosenClasses {
  wanted: CourseRow
  /** In order of preference. */
  alternatives: readonly CourseRow[]
  /** Watch a full class until this many hours before it begins; 0: do not. */
  watchHours: number
}

/** The request to book the chosen classes once. */
export const bookRequest = (
  requestKey: string,
  { wanted, alternatives, watchHours }: ChosenClasses,
  when: BookRequest['when'],
): BookRequest => ({
  requestKey,
  wish: refOf(wanted),
  alternatives: alternatives.map(refOf),
  when,
  watchUntil: watchHours > 0 ? startsAt(wanted) - watchHours * HOUR : null,
})

const weeklyPlace = ({ type, name, location, start }: CourseRow) => ({ type, name, location, start })

/** The weekly booking of the chosen classes; alternatives of other days are left out. */
export const weeklyDraft = (
  { wanted, alternatives, watchHours }: ChosenClasses,
  policy: WeeklyPolicy,
): WeeklyDraft => ({
  ...weeklyPlace(wanted),
  dayOfWeek: wanted.dayOfWeek,
  policy,
  alternatives: alternatives.filter(({ date }) => date === wanted.date).map(weeklyPlace),
  watchHoursBefore: watchHours > 0 ? watchHours : null,
})
