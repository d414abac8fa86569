import { addDays, HOUR, MINUTE, type RomeDate, type RomeTime, romeInstant, SECOND } from '../platform/time.ts'

/** Booking opens at midnight (Rome) this many days before the day of the class. From facts of other bots' traffic. */
export const DAYS_AHEAD = 2

/** Warn this long before an opening, while there is time to act. */
const PRECHECK_LEAD = 4 * HOUR
/** Log in and read the schedule this long before: a login takes up to ten seconds, and is tried again if it fails. */
const PREPARE_LEAD = 90 * SECOND
/** Be at the start this long before: alarms come late by a second or two, and the race measures the site's clock. */
const START_LEAD = 20 * SECOND
/** Nothing that can wait begins this long before an opening: it could be still at work when the race begins. */
const BLACKOUT_LEAD = 150 * SECOND

/** A class stops being worth booking, and a watch ends, this long before it begins. */
const LAST_CALL = 10 * MINUTE

/** The instant (epoch ms) at which booking of a class of that Rome day opens: a Rome midnight. */
export const opensAt = (date: RomeDate, daysAhead: number = DAYS_AHEAD): number =>
  romeInstant(addDays(date, -daysAhead), '00:00')

/** The instant (epoch ms) at which a class begins. */
export const startsAt = (slot: { date: RomeDate; start: RomeTime }): number =>
  romeInstant(slot.date, slot.start)

/** After this instant (epoch ms) a booking of the class is of no use any more. */
export const usefulUntil = (slot: { date: RomeDate; start: RomeTime }): number => startsAt(slot) - LAST_CALL

/** When to warn that the booking would fail, for an opening at that instant (both epoch ms). */
export const precheckAt = (opening: number): number => opening - PRECHECK_LEAD

/** When to log in and find the class, for an opening at that instant (both epoch ms). */
export const prepareAt = (opening: number): number => opening - PREPARE_LEAD

/** When to stand at the start, for an opening at that instant (both epoch ms). */
export const startLineAt = (opening: number): number => opening - START_LEAD

/** True when work that can wait must not begin now, because one of the openings (epoch ms) is near. */
export const inOpeningBlackout = (openings: readonly number[], now: number): boolean =>
  openings.some((opening) => opening - BLACKOUT_LEAD <= now && now < opening + MINUTE)

/**
 * When to go on with a booking that nothing hinders (epoch ms): now, or, before its opening, at the preparation and
 * then at the start.
 */
export function nextStepAt(opening: number, prepared: boolean, now: number): number {
  if (now >= opening) return now
  return Math.max(now, prepared ? startLineAt(opening) : prepareAt(opening))
}
