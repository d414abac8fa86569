/** The last durations of a kind (ms), kept in order as well: each message asks how much they vary. */
export class LastTimes {
  readonly #kept: number
  readonly #times: number[] = []
  readonly #sorted: number[] = []

  /** @param kept how many are kept */
  constructor(kept: number) {
    this.#kept = kept
  }

  /** How many there are, at most `kept`. */
  get count(): number {
    return this.#times.length
  }

  add(ms: number): void {
    this.#times.push(ms)
    this.#sorted.splice(this.#placeOf(ms), 0, ms)
    if (this.#times.length <= this.#kept) return
    const oldest = this.#times.shift()
    if (oldest !== undefined) this.#sorted.splice(this.#placeOf(oldest), 1)
  }

  /** The time (ms) that this share of them, from 0 to below 1, does not exceed; 0 when there are none. */
  at(share: number): number {
    return this.#sorted[Math.floor(this.#sorted.length * share)] ?? 0
  }

  /** The index of the first one that is not smaller. */
  #placeOf(ms: number): number {
    let low = 0
    let high = this.#sorted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#sorted[middle] ?? 0) < ms) low = middle + 1
      else high = middle
    }
    return low
  }
}
