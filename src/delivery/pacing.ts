/**
 * The one rate of the bot. Telegram names no limit; its 429 is the only sure sign. So the pacer spaces sends evenly,
 * goes up while all is well, and at a 429 takes what was really accepted in the last second for the ceiling, stays just
 * under it for long, and only now and then looks whether it has moved. Pure: time is passed in.
 */

/** What is remembered between two senders. */
export interface PacingState {
  /** Messages a second. */
  rate: number
  /** Messages a second that Telegram was last seen to allow; null while it was never reached. */
  ceiling: number | null
  /** Everybody waits until this instant (epoch ms). */
  pausedUntil: number
}

/** While no ceiling is known the rate grows by this share a second of full sending. */
const GROWTH = 0.06
/** How far under the ceiling the rate stays. */
const MARGIN = 0.985
/** After so long without a 429 (ms of sending) the pacer looks whether the ceiling has moved. */
const PROBE_AFTER_MS = 240_000
/** Share a second by which a look goes up. */
const PROBE_GROWTH = 0.01
/** Past this much above it, the old ceiling is forgotten. */
const FORGET_AT = 1.08
/** A 429 so soon after the last one (ms) means that the estimate was too high. */
const RECENT_MS = 20_000
/** What the estimate is cut by then. */
const CUT = 0.93
/** What is behind time may be caught up by at most so many sends at once. */
const MAX_CATCH_UP = 2
const MIN_RATE = 0.5
/** Telegram allows no more than this, even for paid broadcasts. */
const MAX_RATE = 1_000

const clamp = (rate: number) => Math.min(MAX_RATE, Math.max(MIN_RATE, rate))

/** Says when the next message may go, and learns from what Telegram answers. */
export class Pacer {
  #rate: number
  #ceiling: number | null
  #pausedUntil: number
  /** When the next send is due. */
  #nextAt = 0
  /** Instants of the sends accepted in the last second. */
  #accepted: number[] = []
  /** Since when sending goes on without a 429. */
  #calmSince = 0
  #limitedAt = Number.NEGATIVE_INFINITY

  constructor(initial: PacingState) {
    this.#rate = clamp(initial.rate)
    this.#ceiling = initial.ceiling
    this.#pausedUntil = initial.pausedUntil
  }

  /** What the next sender should start from. */
  get state(): PacingState {
    return { rate: this.#rate, ceiling: this.#ceiling, pausedUntil: this.#pausedUntil }
  }

  /** Takes the next place in the row: 0 when a message may go now, else the milliseconds to wait before asking again. */
  reserve(now: number): number {
    if (now < this.#pausedUntil) return this.#pausedUntil - now
    const interval = 1_000 / this.#rate
    if (this.#nextAt < now - MAX_CATCH_UP * interval) {
      // Nothing was sent for a while: that time is neither caught up nor taken for calm sending.
      this.#calmSince += Math.min(now - this.#nextAt, now - this.#calmSince)
      this.#nextAt = now - interval
    }
    if (this.#nextAt > now) return this.#nextAt - now
    this.#nextAt += interval
    if (this.#calmSince === 0) this.#calmSince = now
    return 0
  }

  /** Telegram accepted a message that was sent at `sentAt`. */
  accepted(sentAt: number): void {
    this.#accepted.push(sentAt)
    while ((this.#accepted[0] ?? sentAt) <= sentAt - 1_000) this.#accepted.shift()
    if (this.#ceiling === null) this.#rate = clamp(this.#rate + GROWTH)
    else if (sentAt - this.#calmSince > PROBE_AFTER_MS) {
      this.#rate = clamp(this.#rate + PROBE_GROWTH)
      if (this.#rate > this.#ceiling * FORGET_AT) this.#ceiling = null
    }
  }

  /** Telegram refused a message sent at `sentAt` with 429: all wait what it says, then go on more slowly. */
  limited(sentAt: number, now: number, retryAfterMs: number): void {
    const sameLimit = sentAt <= this.#pausedUntil || sentAt <= this.#limitedAt
    this.#pausedUntil = Math.max(this.#pausedUntil, now + retryAfterMs)
    if (sameLimit) return
    const measured = Math.max(this.#accepted.length, this.#rate / 2)
    const again = this.#ceiling !== null && now - this.#limitedAt < RECENT_MS + retryAfterMs
    this.#ceiling = clamp(Math.min(measured, this.#rate) * (again ? CUT : 1))
    this.#rate = clamp(this.#ceiling * MARGIN)
    this.#limitedAt = now
    this.#calmSince = this.#pausedUntil
    this.#nextAt = this.#pausedUntil
    this.#accepted = []
  }
}

/** A chat takes about one message a second, a group 20 a minute (published FAQ): its next message not before this. */
export const chatInterval = (chatId: number): number => (chatId < 0 ? 3_000 : 1_000)
