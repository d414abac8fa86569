import { type Clock, SECOND } from '../../platform/time.ts'

/** One look at the site's clock: when we asked and heard (epoch ms, ours), and the second that its `Date` showed. */
export interface ClockSample {
  sentAt: number
  answeredAt: number
  /** `Date` header, epoch ms, whole seconds. */
  date: number
}

export interface ServerClock {
  /** How far the site's clock is ahead of ours, ms. */
  offsetMs: number
  /** The true offset is within this of `offsetMs`. */
  uncertaintyMs: number
  /** Shortest time a request took to reach the site, ms. */
  oneWayMs: number
}

/**
 * Narrows the site's clock down from samples. `Date` says only the second, so each sample bounds the offset within
 * one second; samples taken near the edge of a second cut those bounds.
 * @throws RangeError without samples
 */
export function estimateClock(samples: readonly ClockSample[]): ServerClock {
  if (samples.length === 0) throw new RangeError('no sample of the site’s clock')
  const shortest = Math.min(...samples.map(({ sentAt, answeredAt }) => answeredAt - sentAt))
  let lower = Number.NEGATIVE_INFINITY
  let upper = Number.POSITIVE_INFINITY
  for (const { sentAt, answeredAt, date } of samples) {
    const tripMs = answeredAt - sentAt
    const arrival = sentAt + tripMs / 2
    const doubt = (tripMs - shortest) / 2
    lower = Math.max(lower, date - arrival - doubt)
    upper = Math.min(upper, date + SECOND - arrival + doubt)
  }
  return {
    offsetMs: (lower + upper) / 2,
    uncertaintyMs: Math.abs(upper - lower) / 2,
    oneWayMs: shortest / 2,
  }
}

/** When to send (epoch ms, ours; not before `earliest`) so that the request arrives where a second should begin. */
export function nextEdge({ offsetMs, oneWayMs }: ServerClock, earliest: number): number {
  const arrival = Math.ceil((earliest + oneWayMs + offsetMs) / SECOND) * SECOND
  return arrival - offsetMs - oneWayMs
}

/** Good enough: a few ms more would be lost in the network anyway. */
const GOOD_MS = 4
/** At most this many requests, one a second. */
const MAX_PROBES = 12

/**
 * Measures the site's clock with at most a dozen light requests, one a second, each sent so as to arrive at the edge
 * of a second and so halve the doubt. Stops when good enough, or in time for `until` (epoch ms by the site's clock).
 * @param probe one light request; null when it failed
 * @returns null when no probe was answered
 */
export async function measureServerClock(
  probe: () => Promise<ClockSample | null>,
  clock: Clock,
  until: number,
): Promise<ServerClock | null> {
  const samples: ClockSample[] = []
  for (let sent = 0; sent < MAX_PROBES; sent++) {
    const known = samples.length > 0 ? estimateClock(samples) : null
    if (known && known.uncertaintyMs <= GOOD_MS) break
    const at = known ? nextEdge(known, clock.now() + 100) : clock.now()
    if (known && at + known.offsetMs > until) break
    await clock.sleep(at - clock.now())
    const sample = await probe()
    if (sample) samples.push(sample)
    else if (clock.now() > until) break
    else await clock.sleep(SECOND)
  }
  return samples.length > 0 ? estimateClock(samples) : null
}
