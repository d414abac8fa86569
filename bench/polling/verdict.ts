import { LONGEST_WAIT } from '../../src/passport/rules/interval-bounds.ts'

/** Waits from freed to read, ms, and what they cost. The mean, the quantiles count each follower's wait. */
export interface StrategyFigures {
  weightedMeanMs: number
  p50Ms: number
  p95Ms: number
  maxMs: number
  requestsPerMinute: number
  /** The longest time between two readings of a province. */
  longestGapMs: number
}

/** By how much a figure may lie above its target: the draws of one week. */
const TOLERANCE = 1.02

/**
 * Where adaptive polling misses its targets, and which targets are out of reach in this country: those that even the optimum
 * misses.
 */
export function evaluate(
  { fixed, adaptive, optimum }: Record<'fixed' | 'adaptive' | 'optimum', StrategyFigures>,
  interval: number,
): { failures: string[]; outOfReach: string[] } {
  const failures: string[] = []
  const outOfReach: string[] = []
  const check = (missed: (found: StrategyFigures) => boolean, sentence: string) => {
    if (missed(adaptive)) (missed(optimum) ? outOfReach : failures).push(sentence)
  }
  check(
    (found) => found.weightedMeanMs > fixed.weightedMeanMs / 2,
    'The mean wait is more than half of the fixed grid’s.',
  )
  check((found) => found.p95Ms > fixed.p95Ms * TOLERANCE, 'The p95 is worse than the fixed grid’s.')
  check(
    (found) => Math.max(found.maxMs, found.longestGapMs) > LONGEST_WAIT,
    `A province waits longer than 60 s; the grid with as many requests has intervals of ${Math.round(interval / 1_000)} s.`,
  )
  check(
    (found) => found.requestsPerMinute > fixed.requestsPerMinute * TOLERANCE,
    'It takes more requests than the fixed grid.',
  )
  return { failures, outOfReach }
}
