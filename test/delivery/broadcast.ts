import { Pacer, type PacingState } from '../../src/delivery/pacing.ts'
import type { Limiter } from './limiters.ts'

/** What a simulated broadcast came to. */
export interface BroadcastResult {
  ms: number
  limited: number
  state: PacingState
}

/** A repeatable uniform random number in [0, 1) (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** When the first of these happens. */
function first(events: readonly { at: number }[]): number {
  let earliest = Number.POSITIVE_INFINITY
  for (const { at } of events) if (at < earliest) earliest = at
  return earliest
}

/** Takes out what has happened by `now`, in the list's order. */
function takeUntil<Event extends { at: number }>(now: number, events: Event[]): Event[] {
  if (first(events) > now) return []
  const happened = events.filter(({ at }) => at <= now)
  const others = events.filter(({ at }) => at > now)
  events.splice(0, events.length, ...others)
  return happened
}

/**
 * Sends `messages` through a pacer in virtual time, with at most six requests open, each some 30 ms to the server and as
 * much back with jitter, and timers that fire a little late.
 */
export function broadcast(
  limiter: Limiter,
  messages: number,
  initial: PacingState,
  { seed = 1, startAt = 1_000_000, oneWayMs = 30, jitterMs = 8, maxOpen = 6 } = {},
): BroadcastResult {
  const random = seeded(seed)
  const pacer = new Pacer(initial)
  const arrivals: { at: number; sentAt: number }[] = []
  const answers: { at: number; sentAt: number; retryAfter: number | null }[] = []
  let now = startAt
  let left = messages
  let done = 0
  let limited = 0
  while (done < messages) {
    let wake = Number.POSITIVE_INFINITY
    if (left > 0 && arrivals.length + answers.length < maxOpen) {
      const wait = pacer.reserve(now)
      if (wait === 0) {
        left--
        arrivals.push({ at: now + oneWayMs + jitterMs * random(), sentAt: now })
        continue
      }
      wake = Math.ceil(now + wait) + (random() < 0.3 ? 1 : 0)
    }
    now = Math.max(now, Math.min(wake, first(arrivals), first(answers)))
    for (const request of takeUntil(now, arrivals)) {
      answers.push({
        at: now + oneWayMs + jitterMs * random(),
        sentAt: request.sentAt,
        retryAfter: limiter(request.at),
      })
    }
    for (const response of takeUntil(now, answers)) {
      if (response.retryAfter === null) {
        done++
        pacer.accepted(response.sentAt, now)
      } else {
        limited++
        left++
        pacer.limited(response.sentAt, now, response.retryAfter * 1_000)
      }
    }
  }
  return { ms: now - startAt, limited, state: pacer.state }
}
