import { MINUTE, SECOND } from '../../platform/time.ts'

/** Nobody is read more often than this, ms, unless the operator's own interval is shorter. */
export const SHORTEST_INTERVAL = 5 * SECOND

/** No slot waits longer than this to be seen, ms, unless the operator's own interval is longer. */
export const LONGEST_WAIT = MINUTE

/** Between what a province's interval is chosen. */
export interface IntervalBounds {
  /** The grid on which all provinces are read, ms: the shortest interval, and every other but the longest is a multiple of it. */
  step: number
  /** The longest interval, ms. */
  longest: number
}

/**
 * The bounds for an operator's interval. The longest leaves one step of `LONGEST_WAIT` for jitter and for the requests
 * themselves. An operator who wants even longer ones gets the fixed grid: there is nothing to distribute.
 * @param interval the operator's, ms
 */
export function boundsFor(interval: number): IntervalBounds {
  const step = Math.min(SHORTEST_INTERVAL, interval)
  const longest = (Math.floor(LONGEST_WAIT / step) - 1) * step
  return interval < longest ? { step, longest } : { step: interval, longest: interval }
}

/**
 * The allowed interval nearest to a wanted one, ms: of two multiples the nearer by their ratio, since waiting costs as the
 * interval and requests as its inverse.
 */
export function toGrid(wanted: number, { step, longest }: IntervalBounds): number {
  if (wanted >= longest) return longest
  const below = Math.max(1, Math.floor(wanted / step))
  const steps = wanted > step * Math.sqrt(below * (below + 1)) ? below + 1 : below
  return Math.min(longest, steps * step)
}
