import { HOUR, MINUTE, SECOND } from '../platform/time.ts'

/** What a watch may end at, in hours before the class; 0: do not watch. */
export const watchChoices = [0, 1, 2, 4, 12] as const

/** When a watch on a full class ends: at the student's limit, or when a booking is of no use any more. Epoch ms. */
export const watchEnd = (limit: number, usefulUntil: number): number => Math.min(limit, usefulUntil)

/**
 * When to look at a watched class again (epoch ms): more often as it comes nearer, when places are given back.
 * @param random uniform in [0, 1): spreads the students that watch the same class
 */
export function nextLook(now: number, starts: number, random: number): number {
  const left = starts - now
  const pause =
    left > 24 * HOUR ? 5 * MINUTE : left > 6 * HOUR ? 2 * MINUTE : left > HOUR ? MINUTE : 30 * SECOND
  return now + Math.round(pause * (0.9 + random / 5))
}
