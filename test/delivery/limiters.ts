/** The kinds of rate limit that a Bot API server might have, in virtual time. */

/** Takes a request at `now` (ms); null when accepted, else the seconds of `retry_after`. */
export type Limiter = (now: number) => number | null

/** At most `perSecond` accepted in any second. */
export function slidingWindow(perSecond: number, retryAfter = 1): Limiter {
  const accepted: number[] = []
  return (now) => {
    while ((accepted[0] ?? now) <= now - 1_000) accepted.shift()
    if (accepted.length >= perSecond) return retryAfter
    accepted.push(now)
    return null
  }
}

/** At most `perSecond` accepted between two full seconds of the server's clock. */
export function fixedWindow(perSecond: number, retryAfter = 1): Limiter {
  let second = -1
  let count = 0
  return (now) => {
    const current = Math.floor(now / 1_000)
    if (current !== second) {
      second = current
      count = 0
    }
    if (count >= perSecond) return retryAfter
    count++
    return null
  }
}

/** A bucket of `burst` that fills with `perSecond` a second. */
export function tokenBucket(perSecond: number, burst: number, retryAfter = 1): Limiter {
  let tokens = burst
  let at: number | undefined
  return (now) => {
    tokens = Math.min(burst, tokens + ((now - (at ?? now)) * perSecond) / 1_000)
    at = now
    if (tokens < 1) return retryAfter
    tokens--
    return null
  }
}
