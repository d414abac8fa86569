import { HOUR, MINUTE, SECOND } from '../platform/time.ts'

/** A message is given up after this many attempts: by then the service could not be reached for hours. */
export const MAX_ATTEMPTS = 24

/** Exponential, with random jitter in the upper half. */
const backoff = (first: number, longest: number, attempts: number, jitter: number): number =>
  Math.min(first * 2 ** (attempts - 1), longest) * (0.5 + 0.5 * jitter)

/**
 * Milliseconds to wait before the next attempt, from 1 s to 15 minutes.
 * @param attempts made so far, at least 1
 * @param jitter uniform in [0, 1)
 */
export const retryDelay = (attempts: number, jitter: number): number =>
  backoff(SECOND, 15 * MINUTE, attempts, jitter)

/** Milliseconds to wait before a recipient that refuses us is tried again, from a minute to an hour. */
export const refusalDelay = (attempts: number, jitter: number): number =>
  backoff(MINUTE, HOUR, attempts, jitter)
