import { addDays, HOUR, type RomeTime, romeDate, romeInstant, romeTime } from '../../platform/time.ts'

/** With fewer past lifetimes no end is expected. */
const LEAST_LIFETIMES = 3
/** How long (ms) before the expected end the owner is reminded at the latest. */
const AHEAD = HOUR
/** The Rome times between which an owner is reminded; if an hour before the end is outside them, at 20:00 before it. */
const FROM: RomeTime = '09:00'
const TO: RomeTime = '21:00'
const EVENING: RomeTime = '20:00'

/**
 * When a session probably ends, epoch ms: the median of the past lifetimes (ms) that are longer than its age. Null when
 * too few are known, or when it has outlived all of them.
 */
export function expectedEnd(createdAt: number, lifetimes: readonly number[], now: number): number | null {
  if (lifetimes.length < LEAST_LIFETIMES) return null
  const longer = lifetimes.filter((lifetime) => createdAt + lifetime > now).sort((a, b) => a - b)
  const median = longer[Math.floor((longer.length - 1) / 2)]
  return median === undefined ? null : createdAt + median
}

/** When an owner should be reminded of an end (both epoch ms): at least an hour before it, by day in Rome. */
export function reminderAt(end: number): number {
  const latest = end - AHEAD
  const day = romeDate(latest)
  const time = romeTime(latest)
  if (time >= TO) return romeInstant(day, EVENING)
  return time < FROM ? romeInstant(addDays(day, -1), EVENING) : latest
}

/**
 * Whether an owner is reminded of an end now: from `reminderAt` on, while it is day in Rome. A session handed in later than
 * that gets no reminder: its owner has just dealt with it. Instants in epoch ms.
 */
export function isReminderDue(createdAt: number, end: number, now: number): boolean {
  const at = reminderAt(end)
  const time = romeTime(now)
  return createdAt < at && at <= now && now < end && time >= FROM && time < TO
}
