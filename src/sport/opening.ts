import { addDays, HOUR, MINUTE, type RomeDate, type RomeTime, romeInstant, SECOND } from '../platform/time.ts'

/** Booking opens at midnight (Rome) this many days before the day of the class. Known from other bots' traffic. */
export const DAYS_AHEAD = 2

/** Warn this long before an opening, while there is time to act. */
const PRECHECK_LEAD = 4 * HOUR
/** Log in and read the schedule this long before: a login takes up to ten seconds, and is tried again if it fails. */
const PREPARE_LEAD = 90 * SECOND
/** Start the race this long before: alarms are late by a second or two, and the race measures the site's clock. */
const START_LEAD = 20 * SECOND
/**
 * The opening blackout: nothing that can wait begins this long before an opening. A run of the browser takes two minutes
 * at most, the lists around it half a minute, and the preparation begins 90 s before.
 */
const BLACKOUT_LEAD = 5 * MINUTE

/** A booking is of no use, and a watch ends, this long before the class begins. */
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

/** When to start the race, for an opening at that instant (both epoch ms). */
export const startLineAt = (opening: number): number => opening - START_LEAD

/** True in the opening blackout of one of the openings (epoch ms): work that can wait must not begin now. */
export const inOpeningBlackout = (openings: readonly number[], now: number): boolean =>
  openings.some((opening) => opening - BLACKOUT_LEAD <= now && now < opening + MINUTE)

/**
 * The next step of a booking (epoch ms): now, or, before its opening, the preparation and then the start of the race.
 */
export function nextStepAt(opening: number, prepared: boolean, now: number): number {
  if (now >= opening) return now
  return Math.max(now, prepared ? startLineAt(opening) : prepareAt(opening))
}

/** A class that the schedule does not show this long after its opening is not offered any more. */
const APPEARS_WITHIN = 15 * MINUTE

/**
 * When to read the schedule again for a class that it does not show at its opening, epoch ms.
 * @returns null when it is too late for the class to appear
 */
export function nextScheduleLook(opening: number, now: number): number | null {
  const since = now - opening
  if (since >= APPEARS_WITHIN) return null
  const pause = since < 3 * SECOND ? SECOND / 2 : since < 20 * SECOND ? SECOND : 5 * SECOND
  return now + (since < 3 * MINUTE ? pause : 30 * SECOND)
}

/** The pause (ms) before a booking that is not open yet is tried again, by how late the opening is. */
export function lateOpeningPause(late: number): number {
  if (late < 10 * MINUTE) return 2 * SECOND
  if (late < HOUR) return 10 * SECOND
  return MINUTE
}
