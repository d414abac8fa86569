/**
 * The one rate of the bot. Telegram names no limit; its 429 is the only sure sign. So the pacer spaces sends evenly,
 * goes up while all is well, at a 429 works out what was really allowed, stays just under it for long, and only now and
 * then looks whether it has moved. Pure: time is passed in.
 */

import { HOUR, MINUTE, SECOND } from '../platform/time.ts'

/** What is remembered between two senders. */
export interface PacingState {
  /** Messages a second. */
  rate: number
  /** Messages a second that Telegram was last seen to allow; null while it was never reached. */
  ceiling: number | null
  /** The limit was seen to be an allowance that refills (a bucket): uneven arrivals do it no harm. */
  refills: boolean
  /** Everybody waits until this instant (epoch ms). */
  pausedUntil: number
  /** Last 429 (epoch ms) that taught something; null: none. */
  limitedAt: number | null
  /** Sending since then without a 429 (ms). */
  calmMs: number
  /** After so much calm sending (ms) the pacer looks whether the ceiling has moved. */
  probeAfterMs: number
  /** The configured rate that it all began with: another one begins anew. */
  configured: number
  /** When the next message is due (epoch ms): the next run keeps to the schedule of this one. */
  nextAt?: number
}

/** While no ceiling is known the rate grows by this share a second, for every second without a 429. */
const GROWTH = 0.03
/** But by no more than this share a second. */
const MAX_GROWTH = 0.12
/** And to no more than this times what was really sent in the last second. */
const MAX_AHEAD = 1.25
/** After the first 429 the rate begins again at no less than this times the ceiling, and climbs by this share a second. */
const BEGIN_AGAIN = 0.8
const CLIMB = 0.03
/** How far under the ceiling the rate stays: of an allowance that refills; at least and at most, of any other. */
const REFILL_MARGIN = 0.004
const MIN_MARGIN = 0.01
const SPREAD_MARGIN = 1
const MAX_MARGIN = 0.04
/** Answers whose times tell how unequal they are. */
const ROUND_TRIPS = 64
/** With fewer than these, they are taken to differ by so much (ms). */
const FEW_ROUND_TRIPS = 16
const ASSUMED_SPREAD_MS = 15
/** Calm sending before the first look above the ceiling; each look that fails doubles it. */
const FIRST_PROBE_MS = 20 * SECOND
/** But not before so many times the pause that the last 429 brought. */
const PROBE_PER_PAUSE = 60
const LAST_PROBE_MS = 8 * MINUTE
/** A look goes up by this share a second. Where it ends, so much less is allowed. */
const PROBE_GROWTH = 0.0025
const PROBE_BACK = 0.995
/** Past this much above it, the old ceiling is forgotten. */
const FORGET_AT = 1.15
/** A ceiling that no 429 confirmed for so long is forgotten. */
const FORGET_AFTER_MS = 6 * HOUR
/** What a 429 under the ceiling cuts the rate to: at least, and at most. */
const CUT = { most: 0.95, blind: 0.97, least: 0.99 }
/** A 429 that comes sooner than this (ms) after the last does not say by how much. */
const CUT_BLIND_MS = 8 * SECOND
/** From a time shorter than this (ms) no refill is worked out. */
const REFILL_SEEN_MS = 3_500
/** The refill is worked out from marks of what was accepted so far, one in so many ms, the last so many. */
const MARK_EVERY_MS = 250
const MARKS = 2_400
/** A limit is taken for one that refills when two measures in a row differ by less than this share … */
const SAME = 0.015
/** … and the rate was above the refill by at least this share: only an allowance lets that pass for a while. */
const OVERDRAWN = 0.04
/** What is behind time may be caught up by at most so many sends at once; of an allowance that refills, so much time's. */
const MAX_CATCH_UP = 2
const REFILL_CATCH_UP_MS = 400
/** With nothing to send for longer than this, sending begins anew. */
const IDLE_MS = 500
const MIN_RATE = 0.5
/** Telegram allows no more than this, even for paid broadcasts. */
const MAX_RATE = 1_000

const isNear = (measure: number, other: number | undefined): boolean =>
  other !== undefined && Math.abs(measure / other - 1) < SAME
const clamp = (rate: number) => Math.min(MAX_RATE, Math.max(MIN_RATE, rate))

/** The state to begin with: what was kept, unless the configured rate changed or it is too old to be believed. */
export function resumePacing(
  saved: Partial<PacingState> | undefined,
  configured: number,
  now: number,
): PacingState {
  const fresh: PacingState = {
    rate: configured,
    ceiling: null,
    refills: false,
    pausedUntil: saved?.pausedUntil ?? 0,
    limitedAt: null,
    calmMs: 0,
    probeAfterMs: FIRST_PROBE_MS,
    configured,
  }
  if (saved?.configured !== configured) return fresh
  if (saved.ceiling && now - (saved.limitedAt ?? 0) > FORGET_AFTER_MS) return fresh
  const { nextAt, ...kept } = saved
  // A schedule that is further ahead comes from a clock that was ahead.
  return { ...fresh, ...kept, ...(nextAt !== undefined && nextAt <= now + SECOND && { nextAt }) }
}

/** Says when the next message may go, and learns from what Telegram answers. */
export class Pacer {
  #state: PacingState
  /** When the next send is due. */
  #nextAt = Number.NEGATIVE_INFINITY
  /** Since when messages go one after the other at the full rate. */
  #busySince = 0
  /** Instants of the sends accepted in the last second. */
  #accepted: number[] = []
  /** Sends accepted since `#busySince`, and how many they were at some instants. */
  #acceptedSince = 0
  #marks: { at: number; accepted: number }[] = []
  /** The refused send that set the first ceiling (answers to those just before it may still come in), until the next. */
  #firstLimit: { sentAt: number; rate: number } | undefined
  /** What the allowance refilled by, as the last 429 showed it (messages a second). */
  #lastRefill: number | undefined
  /** How long the last answers took (ms). */
  #roundTrips: number[] = []

  constructor(initial: PacingState) {
    const { nextAt = Number.NEGATIVE_INFINITY, ...state } = initial
    this.#state = { ...state, rate: clamp(initial.rate) }
    this.#nextAt = nextAt
  }

  /** What the next sender should start from. */
  get state(): PacingState {
    return { ...this.#state, ...(Number.isFinite(this.#nextAt) && { nextAt: this.#nextAt }) }
  }

  /** Takes the next place in the row: 0 when a message may go now, else the milliseconds to wait before asking again. */
  reserve(now: number): number {
    const { rate, refills, pausedUntil } = this.#state
    if (now < pausedUntil) return pausedUntil - now
    const interval = SECOND / rate
    if (now - this.#nextAt > IDLE_MS + interval) {
      // Time in which nothing was there to send is not caught up.
      this.#nextAt = now
      this.#beginAt(now)
    } else if (this.#marks.length === 0) this.#beginAt(now)
    const catchUpMs = refills ? Math.max(REFILL_CATCH_UP_MS, interval) : MAX_CATCH_UP * interval
    this.#nextAt = Math.max(this.#nextAt, now - catchUpMs)
    if (this.#nextAt > now) return this.#nextAt - now
    this.#nextAt += interval
    this.#state.calmMs += interval
    return 0
  }

  /** Telegram accepted, at `now`, a message that was sent at `sentAt`. */
  accepted(sentAt: number, now: number): void {
    this.#roundTrips.push(now - sentAt)
    if (this.#roundTrips.length > ROUND_TRIPS) this.#roundTrips.shift()
    const { limitedAt } = this.#state
    if (limitedAt !== null && sentAt <= limitedAt) {
      this.#countLate(sentAt)
      return
    }
    this.#acceptedSince++
    if (sentAt - (this.#marks.at(-1)?.at ?? 0) >= MARK_EVERY_MS) {
      this.#marks.push({ at: sentAt, accepted: this.#acceptedSince })
      if (this.#marks.length > MARKS) this.#marks.shift()
    }
    this.#accepted.push(sentAt)
    while ((this.#accepted[0] ?? sentAt) <= sentAt - SECOND) this.#accepted.shift()
    this.#state.rate = this.#rateAfter(now)
  }

  /** Telegram refused a message sent at `sentAt` with 429: all wait what it says, then go on more slowly. */
  limited(sentAt: number, now: number, retryAfterMs: number): void {
    const { limitedAt, rate, ceiling, refills, calmMs, probeAfterMs } = this.#state
    const resumesAt = Math.max(this.#state.pausedUntil, now + retryAfterMs)
    this.#state.pausedUntil = resumesAt
    this.#nextAt = Math.max(this.#nextAt, resumesAt)
    // Others that were under way at the last 429 say nothing new.
    if (limitedAt !== null && sentAt <= limitedAt) return
    if (!this.#atFullRate(sentAt)) return
    const refill = this.#refillRate(sentAt)
    const isAllowance =
      refill !== undefined &&
      (refills || (isNear(refill, this.#lastRefill) && rate > refill * (1 + OVERDRAWN)))
    this.#lastRefill = refill
    this.#firstLimit = undefined
    if (ceiling === null) {
      this.#firstLimit = { sentAt, rate }
      this.#state.ceiling = clamp(Math.min(rate, this.#accepted.length))
      this.#state.refills = false
    } else if (calmMs > probeAfterMs) {
      this.#state.ceiling = Math.max(ceiling, refills ? (refill ?? 0) : rate * PROBE_BACK)
      this.#state.probeAfterMs = Math.min(LAST_PROBE_MS, probeAfterMs * 2)
    } else if (isAllowance) {
      this.#state.ceiling = clamp(Math.min(ceiling, refill))
      this.#state.refills = true
    } else {
      this.#state.ceiling = clamp(Math.min(ceiling, this.#cut(refill, sentAt)))
    }
    this.#state.probeAfterMs = Math.max(this.#state.probeAfterMs, retryAfterMs * PROBE_PER_PAUSE)
    const top = this.#under(this.#state.ceiling ?? rate)
    this.#state.rate = ceiling === null ? Math.min(top, Math.max(refill ?? 0, top * BEGIN_AGAIN)) : top
    this.#state.limitedAt = now
    this.#state.calmMs = 0
    this.#beginAt(resumesAt)
    this.#accepted = []
  }

  /** From here on messages go at the full rate, with a full allowance. */
  #beginAt(instant: number): void {
    this.#busySince = instant
    this.#acceptedSince = 0
    this.#marks = [{ at: instant, accepted: 0 }]
  }

  /** The rate after one more message was accepted. */
  #rateAfter(now: number): number {
    const { rate, ceiling, calmMs, probeAfterMs } = this.#state
    if (ceiling === null) {
      // The longer all is well, the bolder; but what cannot be sent proves nothing.
      const calm = (now - this.#busySince) / SECOND
      const grown = rate + Math.min(MAX_GROWTH, GROWTH * calm)
      return Math.max(rate, clamp(Math.min(grown, this.#accepted.length * MAX_AHEAD)))
    }
    if (calmMs <= probeAfterMs) return Math.min(this.#under(ceiling), rate + CLIMB)
    if (rate > ceiling * FORGET_AT) {
      this.#state.ceiling = null
      this.#state.probeAfterMs = FIRST_PROBE_MS
      this.#busySince = now
    }
    // One more message is 1/rate of a second.
    return clamp(Math.max(ceiling, rate) + PROBE_GROWTH)
  }

  /** An answer that comes after the first 429, to a message sent in the second before it: it was allowed as well. */
  #countLate(sentAt: number): void {
    const { ceiling } = this.#state
    if (!this.#firstLimit || ceiling === null) return
    const { sentAt: refusedAt, rate } = this.#firstLimit
    if (sentAt <= refusedAt - SECOND || sentAt > refusedAt) return
    this.#state.ceiling = clamp(Math.min(rate, ceiling + 1))
  }

  /** Whether a 429 can be about the bot's rate, not about one chat's: messages were going at the full rate. */
  #atFullRate(sentAt: number): boolean {
    const seconds = Math.min(1, Math.max(0, sentAt - this.#busySince) / SECOND)
    return this.#accepted.length >= Math.max(4, this.#state.rate * seconds * 0.6)
  }

  /**
   * What an allowance that refills (a bucket, of about a second's worth) gave before this 429: from when it was last
   * full, which is where it comes out highest, until now, when it is empty. Too short a time tells nothing.
   */
  #refillRate(sentAt: number): number | undefined {
    const since = this.#marks.filter(({ at }) => at <= sentAt - REFILL_SEEN_MS)
    if (since.length === 0) return undefined
    const given = since.map(
      ({ at, accepted }) => ((this.#acceptedSince - accepted + 1) * SECOND) / (sentAt - at + SECOND),
    )
    return Math.max(...given)
  }

  /** What to believe of a 429 under the ceiling: somewhat less is allowed, and the less the sooner it came. */
  #cut(refill: number | undefined, sentAt: number): number {
    const { rate } = this.#state
    if (refill === undefined || sentAt - this.#busySince < CUT_BLIND_MS) return rate * CUT.blind
    return Math.min(rate * CUT.least, Math.max(rate * CUT.most, (rate + refill) / 2))
  }

  /** A rate so far under a ceiling that unequal ways to the server do not crowd more into one of its seconds. */
  #under(ceiling: number): number {
    if (this.#state.refills) return clamp(ceiling * (1 - REFILL_MARGIN))
    const sorted = [...this.#roundTrips].sort((a, b) => a - b)
    const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0
    const spread = sorted.length < FEW_ROUND_TRIPS ? ASSUMED_SPREAD_MS : at(0.9) - at(0.1)
    return clamp(
      ceiling * (1 - Math.min(MAX_MARGIN, Math.max(MIN_MARGIN, (SPREAD_MARGIN * spread) / SECOND))),
    )
  }
}
