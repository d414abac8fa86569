/** Keeps a Worker alive until a work ends: `ExecutionContext.waitUntil`. */
export type KeepAlive = (work: Promise<unknown>) => void

/** A reading that takes longer is believed lost, ms: the next visitor begins another one. */
const LONGEST_READING = 10_000
/** How often a visitor looks whether another one's reading has ended, ms. */
const LOOK_EVERY = 25

/** A reading that one visitor began and others wait for. */
interface Reading<Value> {
  /** Undefined while it is under way. */
  outcome: Outcome<Value> | undefined
}
type Outcome<Value> = { value: Value } | { error: unknown }

/**
 * Waits until a reading of another request ends. It looks again and again instead of awaiting the other's promise: a
 * request that waits for nothing of its own is ended by Workers as hung.
 * @returns undefined when the reading seems lost
 */
async function outcomeOf<Value>(reading: Reading<Value>): Promise<Outcome<Value> | undefined> {
  for (let waited = 0; reading.outcome === undefined && waited < LONGEST_READING; waited += LOOK_EVERY) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY))
  }
  return reading.outcome
}

/**
 * Reads once for all visitors of the same moment, and keeps what was read for a while: however many come, they cost an
 * isolate one reading each `lifetime`. The reading outlives the request that began it, since others wait for it too. A
 * failure goes to everybody who waited, and is not kept.
 * @param lifetime milliseconds
 * @param capacity how many keys are kept; the oldest goes first
 */
export function memo<Value>(lifetime: number, capacity: number) {
  const kept = new Map<string, { at: number; value: Value }>()
  const underWay = new Map<string, Reading<Value>>()

  const keep = (key: string, at: number, value: Value): Value => {
    kept.delete(key)
    kept.set(key, { at, value })
    for (const oldest of kept.keys()) {
      if (kept.size <= capacity) break
      kept.delete(oldest)
    }
    return value
  }

  const begin = (key: string, now: number, read: () => Promise<Value>, keepAlive: KeepAlive) => {
    const reading: Reading<Value> = { outcome: undefined }
    underWay.set(key, reading)
    const end = (outcome: Outcome<Value>) => {
      reading.outcome = outcome
      if (underWay.get(key) === reading) underWay.delete(key)
    }
    const value = read().then((found) => keep(key, now, found))
    keepAlive(
      value.then(
        (found) => end({ value: found }),
        (error: unknown) => end({ error }),
      ),
    )
    return value
  }

  return async (
    key: string,
    now: number,
    read: () => Promise<Value>,
    keepAlive: KeepAlive,
  ): Promise<Value> => {
    const found = kept.get(key)
    if (found && now >= found.at && now - found.at < lifetime) return found.value
    const other = underWay.get(key)
    const outcome = other && (await outcomeOf(other))
    if (outcome === undefined) return begin(key, now, read, keepAlive)
    if ('error' in outcome) throw outcome.error
    return outcome.value
  }
}

/** How a request keeps its readings alive. */
export const keepAliveOf =
  (c: { executionCtx: { waitUntil: KeepAlive } }): KeepAlive =>
  (work) =>
    c.executionCtx.waitUntil(work)
