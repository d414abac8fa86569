import {
  addDays,
  DAY,
  dayOfWeek,
  HOUR,
  isRomeDate,
  type RomeDate,
  type RomeTime,
  romeDate,
} from '../platform/time.ts'
import { opensAt, startsAt, usefulUntil } from './opening.ts'
import type { ClassRef, WeeklyAlternative, WeeklyPolicy } from './student-types.ts'

/** The fields of a weekly booking that determine its days. */
export interface WeeklyRule {
  /** 1 = Monday … 7 = Sunday. */
  dayOfWeek: number
  start: RomeTime
  /** No occurrence before this Rome day; null: none skipped. */
  skipUntil: RomeDate | null
}

/** The fields of a weekly booking that determine its classes. */
export interface WeeklyWishes extends Omit<ClassRef, 'date'> {
  alternatives: readonly WeeklyAlternative[]
  watchHoursBefore: number | null
}

/** A weekly booking is skipped for a year at most. */
export const LONGEST_SKIP_DAYS = 366

/** True for a day on which a skipped weekly booking may begin again: after today, within a year. */
export const mayResumeOn = (date: string, today: RomeDate): boolean =>
  isRomeDate(date) && date > today && date <= addDays(today, LONGEST_SKIP_DAYS)

/** An occurrence is begun this long before its opening (or, if asked first, before its start). */
const PLAN_LEAD = DAY

/** The Rome days of the next `weeks` weeks on which it falls and can still be booked, skipped ones included. */
export function occurrenceDates(rule: WeeklyRule, now: number, weeks: number): RomeDate[] {
  const today = romeDate(now)
  const first = addDays(today, (rule.dayOfWeek - dayOfWeek(today) + 7) % 7)
  return Array.from({ length: weeks + 1 }, (_, week) => addDays(first, week * 7))
    .filter((date) => now < usefulUntil({ date, start: rule.start }))
    .slice(0, weeks)
}

/** True when the student skipped every day before a later one. */
export const isSkipped = (rule: WeeklyRule, date: RomeDate): boolean =>
  rule.skipUntil !== null && date < rule.skipUntil

/** When one occurrence is begun (epoch ms): a day before the opening, or before the start if asked first. */
export const planAt = (policy: WeeklyPolicy, date: RomeDate, start: RomeTime): number =>
  (policy === 'ask-then-book' ? startsAt({ date, start }) : opensAt(date)) - PLAN_LEAD

/** What one occurrence books: the class, its alternatives, and until when to watch them (epoch ms; null: not at all). */
export function occurrenceWishes(
  rule: WeeklyWishes,
  date: RomeDate,
): { wishes: ClassRef[]; watchUntil: number | null } {
  const { type, name, location, start, alternatives, watchHoursBefore } = rule
  const target = { type, name, location, date, start }
  return {
    wishes: [target, ...alternatives.map((other) => ({ ...other, date }))],
    watchUntil: watchHoursBefore === null ? null : startsAt(target) - watchHoursBefore * HOUR,
  }
}
