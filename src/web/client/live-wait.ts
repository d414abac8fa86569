/** A page is read again at the latest after this long, ms. */
const LONGEST = 30_000

/**
 * How long (ms) to wait before a page is read again: half as long again each time, and from the start after a change.
 * @param wait how long the last wait was
 * @param first how long the first wait is
 */
export const nextWait = (wait: number, changed: boolean, first: number): number =>
  changed ? first : Math.min(Math.max(wait, first) * 1.5, Math.max(LONGEST, first))
