/**
 * Keeps what `read` gave for a while, so that many visitors cost one query. Values are kept, not promises: on Workers
 * one request must not wait for another's reading. A failure is not kept.
 * @param lifetime milliseconds
 * @param capacity how many keys are kept; the oldest goes first
 */
export function memo<Value>(lifetime: number, capacity: number) {
  const kept = new Map<string, { at: number; value: Value }>()
  return async (key: string, now: number, read: () => Promise<Value>): Promise<Value> => {
    const found = kept.get(key)
    if (found && now >= found.at && now - found.at < lifetime) return found.value
    const value = await read()
    kept.delete(key)
    kept.set(key, { at: now, value })
    for (const oldest of kept.keys()) {
      if (kept.size <= capacity) break
      kept.delete(oldest)
    }
    return value
  }
}
