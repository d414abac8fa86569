import { HOUR, MINUTE, SECOND } from '../../../platform/time.ts'
import { type Failure, KEY_REFUSED } from '../channel.ts'

/** A service that names no time is asked again after this (ms). */
const UNKNOWN_WAIT_MS = MINUTE
/** A service that refuses our key is asked again after this (ms). */
const KEY_REFUSED_MS = MINUTE
/** Longer than this (ms) no service makes us wait. */
const LONGEST_WAIT_MS = HOUR

/** `Retry-After` as milliseconds: seconds, or a date. */
function retryAfter(header: string | null, now: number): number {
  const seconds = Number(header)
  const wait =
    header === null ? Number.NaN : Number.isNaN(seconds) ? Date.parse(header) - now : seconds * SECOND
  return Number.isNaN(wait) ? UNKNOWN_WAIT_MS : Math.min(LONGEST_WAIT_MS, Math.max(SECOND, wait))
}

/**
 * Classifies a push service's refusal (RFC 8030, RFC 8292).
 * @param proven the browser got a message of ours before: then a refused key is our fault, else the subscription's, which
 *   anybody can make for another key
 * @param now epoch ms
 */
export function readPushFailure(
  { status, headers }: Pick<Response, 'status' | 'headers'>,
  proven: boolean,
  now: number,
): Failure {
  if (status === 404 || status === 410) return { kind: 'chat-gone', reason: `push-ended-${status}` }
  if (status === 429) {
    const until = now + retryAfter(headers.get('Retry-After'), now)
    return { kind: 'later', until, reason: 'push-service-busy' }
  }
  if (status >= 500) return { kind: 'retry' }
  if (status === 401 || status === 403)
    return proven
      ? { kind: 'later', until: now + KEY_REFUSED_MS, reason: KEY_REFUSED }
      : { kind: 'chat-gone', reason: `push-key-refused-${status}` }
  return { kind: 'refused', reason: `push-refused-${status}` }
}
