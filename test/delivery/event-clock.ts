import type { Clock } from '../../src/platform/time.ts'

/**
 * After so many turns of the event loop only what is counted can still be under way: a fake answer, the longest chain of
 * the others, takes some three to be made and read.
 */
const TURNS = 8

/**
 * A clock for tests of code that really waits for a database: time stands still while anything is under way, and jumps
 * to the next moment that somebody waits for when nothing is. So no result depends on how fast the machine is.
 */
export class EventClock implements Clock {
  #now: number
  #busy = 0
  #sleepers: { at: number; wake: () => void }[] = []
  #scheduled = false

  constructor(now = Date.now()) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#sleepers.push({ at: this.#now + Math.max(0, ms), wake: resolve })
      this.#schedule()
    })
  }

  /** Time stands still until `work` is done. */
  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#busy++
    try {
      return await work()
    } finally {
      this.#busy--
      this.#schedule()
    }
  }

  #schedule(): void {
    if (this.#scheduled || this.#busy > 0 || this.#sleepers.length === 0) return
    this.#scheduled = true
    this.#settled().then(() => {
      this.#scheduled = false
      if (this.#busy === 0) this.#advance()
      this.#schedule()
    })
  }

  /** By reading texts: a timer takes a millisecond even when it should take none. */
  async #settled(): Promise<void> {
    for (let turn = 0; turn < TURNS; turn++) await new Response('').text()
  }

  #advance(): void {
    const [next] = this.#sleepers.toSorted((a, b) => a.at - b.at)
    if (!next) return
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper !== next)
    this.#now = Math.max(this.#now, next.at)
    next.wake()
  }
}
