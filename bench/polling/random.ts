/** Draws from distributions, the same for the same seed: fast enough for millions of draws. */
export class Draws {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** Even, from 0 (included) to 1 (not included): mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.next())
  }

  /** How many events of a Poisson process fall into a span in which `mean` are expected. */
  poisson(mean: number): number {
    let events = 0
    for (let at = this.exponential(1); at < mean; at += this.exponential(1)) events++
    return events
  }

  /** A whole number from 1 on. @param mean at least 1 */
  geometric(mean: number): number {
    return mean <= 1 ? 1 : 1 + Math.floor(Math.log(1 - this.next()) / Math.log(1 - 1 / mean))
  }
}
