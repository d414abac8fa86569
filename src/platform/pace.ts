/** Allows a burst at once, then one more each `spacing` ms. The caller asks before an action and records it after. */
export class Pace {
  readonly #burst: number
  readonly #spacing: number
  /** When the recorded actions are used up, epoch ms. */
  #paidAt = 0

  constructor(burst: number, spacing: number) {
    this.#burst = burst
    this.#spacing = spacing
  }

  /** How long the next one should wait, ms. */
  delay(now: number): number {
    return Math.max(0, this.#paidAt - now - (this.#burst - 1) * this.#spacing)
  }

  add(count: number, now: number): void {
    this.#paidAt = Math.max(this.#paidAt, now) + count * this.#spacing
  }
}
