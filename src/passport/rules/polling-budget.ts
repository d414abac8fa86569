import { MINUTE } from '../../platform/time.ts'
import type { IntervalBounds } from './interval-bounds.ts'

/** Requests a minute for which five connections suffice when the portal takes 0.3 s an answer. */
const CONNECTIONS_SUFFICE = 1_000
/** A busy minute takes at most so many times the usual requests. */
const MOST_TIMES = 3

/** Requests that a busy minute may take. @param usual what the fixed grid takes a minute */
export const mostPerMinute = (usual: number): number =>
  Math.max(usual, Math.min(MOST_TIMES * usual, CONNECTIONS_SUFFICE))

/** Requests that the fixed grid takes in a time. @param interval of the grid, ms */
export const gridRequests = (provinces: readonly { cost: number }[], ms: number, interval: number): number =>
  provinces.reduce((total, { cost }) => total + (cost * ms) / interval, 0)

/**
 * Whether what is left of the day's requests is just enough to read everybody in the longest intervals, so that nobody may
 * be read more often until midnight. Asked once a minute: one in the shortest intervals is kept in reserve.
 * @param left requests that the day may still take
 * @param ms until midnight
 */
export const mustSave = (
  provinces: readonly { cost: number }[],
  left: number,
  ms: number,
  { step, longest }: IntervalBounds,
): boolean => left <= gridRequests(provinces, ms, longest) + gridRequests(provinces, MINUTE, step)
