/**
 * What is counted. A name's sum, where it has one, is in brackets.
 * `request`, `cron` (ms), `batch` (messages): invocations of the Workers.
 * `query` (statements), `rows-read`, `rows-written`: transactions with D1.
 * `object` (ms): calls and alarms of students' objects. `browser` (ms): browsers opened.
 * `round` (ms), `read` (requests to the portal), `unread`: rounds, provinces read, provinces whose reading failed.
 * `sent` (ms waited since owed), `expired`, `dead`, `limited`: what became of deliveries; refusals for going too fast.
 * `dead-letter`: queue messages given up. `action:kind:end` or `action:kind:end:reason`: students' actions that ended.
 */
export type CounterName =
  | 'request'
  | 'cron'
  | 'batch'
  | 'query'
  | 'rows-read'
  | 'rows-written'
  | 'object'
  | 'browser'
  | 'round'
  | 'read'
  | 'unread'
  | 'sent'
  | 'expired'
  | 'dead'
  | 'limited'
  | 'dead-letter'
  | `action:${string}`

/** How often something happened, and the sum of its amounts. */
export type Count = readonly [count: number, sum: number]
export type Counts = Record<string, Count>

/** Collects counts in memory. */
export class Tally {
  readonly #counts = new Map<string, [count: number, sum: number]>()

  add(name: CounterName, count = 1, sum = 0): void {
    if (count === 0 && sum === 0) return
    this.#add(name, count, sum)
  }

  #add(name: string, count: number, sum: number): void {
    const known = this.#counts.get(name)
    if (known) {
      known[0] += count
      known[1] += sum
    } else this.#counts.set(name, [count, sum])
  }

  get isEmpty(): boolean {
    return this.#counts.size === 0
  }

  /** Everything counted since the last time. */
  take(): Counts {
    const counts = Object.fromEntries(this.#counts)
    this.#counts.clear()
    return counts
  }

  /** Returns counts that could not be written. */
  putBack(counts: Counts): void {
    for (const [name, [count, sum]] of Object.entries(counts)) this.#add(name, count, sum)
  }
}

/**
 * What this isolate counted and has not written yet (see `saveTally`). It is lost when the isolate ends: metrics are
 * for looking at only.
 */
export const tally = new Tally()
