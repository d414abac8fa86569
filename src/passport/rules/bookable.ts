import { MINUTE, type RomeTime, romeDate, romeInstant } from '../../platform/time.ts'

/** How long before the office's hour its new slots are already announced, ms. */
export const ANNOUNCED_AHEAD = 5 * MINUTE

/**
 * Whether free slots may be announced: as bookable now, with the hour (Rome) from which they are bookable, or not yet.
 */
export type Bookability = { when: 'now' } | { when: 'soon'; at: RomeTime } | { when: 'later' }

/**
 * Whether an office's slots can be announced: `now` when its hour has passed today in Rome or it has none, `soon`
 * within the five minutes before, else `later`.
 * @param bookableFrom the office's hour, Rome; null: any time
 * @param now epoch ms
 */
export function bookability(bookableFrom: RomeTime | null, now: number): Bookability {
  if (bookableFrom === null) return { when: 'now' }
  const wait = romeInstant(romeDate(now), bookableFrom) - now
  if (wait <= 0) return { when: 'now' }
  return wait <= ANNOUNCED_AHEAD ? { when: 'soon', at: bookableFrom } : { when: 'later' }
}
