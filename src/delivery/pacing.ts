/**
 * The send rate of the bot. Telegram publishes no exact limit; only a 429 is certain. The pacer spaces sends evenly and
 * raises the rate until a 429, from which it computes the limit that applied (the ceiling). It then stays just under
 * the ceiling, and now and then probes whether the ceiling has moved. Pure: time is passed in.
 */

import { HOUR, MINUTE, SECOND } from '../platform/time.ts'
import { LastTimes } from './last-times.ts'

/** The state kept between two send runs. */
export interface PacingState {
  /** Messages a second. */
  rate: number
  /** The ceiling: messages a second that Telegram last allowed; null while it was never reached. */
  ceiling: number | null
  /** The limit behaved like a token bucket: uneven arrivals are harmless. */
  refills: boolean
  /** All sends pause until this instant (epoch ms). */
  pausedUntil: number
  /** Last 429 (epoch ms) that changed the rate; null: none. */
  limitedAt: number | null
  /** Sending since then without a 429 (ms). */
  calmMs: number
  /** After this much sending without a 429 (ms) the pacer probes above the ceiling. */
  probeAfterMs: number
  /** The configured rate at the start: another one resets the state. */
  configured: number
  /** When the next message is due (epoch ms): the next run keeps to the schedule of this one. */
  nextAt?: number
}

/** Without a ceiling the rate grows by this share a second, for every second without a 429. */
const GROWTH = 0.03
/** The growth is at most this share a second. */
const MAX_GROWTH = 0.12
/** The rate is at most this times what was sent in the last second. */
const MAX_AHEAD = 1.25
/** After the first 429 the rate restarts at no less than this times the ceiling, and rises by this share a second. */
const BEGIN_AGAIN = 0.8
const CLIMB = 0.03
/** How far under the ceiling the rate stays: for a token bucket; at least and at most, for any other limit. */
const REFILL_MARGIN = 0.004
const MIN_MARGIN = 0.01
const SPREAD_MARGIN = 1
const MAX_MARGIN = 0.04
/** How many response times are kept, to measure how much they vary. */
const ROUND_TRIPS = 64
/** With fewer response times, this variation (ms) is assumed. */
const FEW_ROUND_TRIPS = 16
const ASSUMED_SPREAD_MS = 15
/** Sending without a 429 before the first probe above the ceiling; each failed probe doubles it. */
const FIRST_PROBE_MS = 20 * SECOND
/** The first probe waits at least this many times the pause of the last 429. */
const PROBE_PER_PAUSE = 60
const LAST_PROBE_MS = 8 * MINUTE
/** A probe raises the rate by this share a second. Where it fails, this much less is allowed. */
const PROBE_GROWTH = 0.0025
const PROBE_BACK = 0.995
/** This far above it, the old ceiling is discarded. */
const FORGET_AT = 1.15
/** A ceiling without a 429 for this long is discarded. */
const FORGET_AFTER_MS = 6 * HOUR
/** What a 429 under the ceiling cuts the rate to: at least, and at most. */
const CUT = { most: 0.95, unknown: 0.97, least: 0.99 }
/** A 429 sooner than this (ms) after the last one does not show by how much to cut. */
const CUT_UNKNOWN_MS = 8 * SECOND
/** From a time shorter than this (ms) no refill is computed. */
const REFILL_SEEN_MS = 3_500
/** The refill is computed from samples of the number of accepted sends: one every so many ms, the last so many. */
const MARK_EVERY_MS = 250
const MARKS = 2_400
/** A limit counts as a token bucket when two measures in a row differ by less than this share … */
const SAME = 0.015
/** … and the rate was above the refill by at least this share, which only a bucket allows for a while. */
const OVERDRAWN = 0.04
/**
 * How many sends a late schedule makes up for at once, at most: `MAX_CATCH_UP`, or those due within `CATCH_UP_MS` if they are
 * more (timers are inexact, which at a high rate would cost sends); for a token bucket, those due within
 * `REFILL_CATCH_UP_MS`.
 */
const MAX_CATCH_UP = 2
const CATCH_UP_MS = 20
const REFILL_CATCH_UP_MS = 400
/** After this long without sends the schedule restarts. */
const IDLE_MS = 500
const MIN_RATE = 0.5
/** Telegram allows no more than this, even for paid broadcasts. */
const MAX_RATE = 1_000

const isNear = (measure: number, other: number | undefined): boolean =>
  other !== undefined && Math.abs(measure / other - 1) < SAME
const clamp = (rate: number) => Math.min(MAX_RATE, Math.max(MIN_RATE, rate))

/** The initial state: the kept one, unless the configured rate changed or it is too old. */
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
  // A schedule further in the future comes from a clock that was ahead.
  return { ...fresh, ...kept, ...(nextAt !== undefined && nextAt <= now + SECOND && { nextAt }) }
}

/** Says when the next message may be sent, and learns from Telegram's answers. */
export class Pacer {
  #state: PacingState
  /** When the next send is due. */
  #nextAt = Number.NEGATIVE_INFINITY
  /** Since when messages are sent at the full rate without a pause. */
  #busySince = 0
  /** Instants of the sends accepted in the last second. */
  #accepted: number[] = []
  /** Sends accepted since `#busySince`, and samples of their number. */
  #acceptedSince = 0
  #marks: { at: number; accepted: number }[] = []
  /**
   * The rejected send that set the first ceiling, while answers to sends before it may still arrive; until the next.
   */
  #firstLimit: { sentAt: number; rate: number } | undefined
  /** The refill of the bucket that the last 429 showed (messages a second). */
  #lastRefill: number | undefined
  readonly #roundTrips = new LastTimes(ROUND_TRIPS)

  constructor(initial: PacingState) {
    const { nextAt = Number.NEGATIVE_INFINITY, ...state } = initial
    this.#state = { ...state, rate: clamp(initial.rate) }
    this.#nextAt = nextAt
  }

  /** What the next sender should start from. */
  get state(): PacingState {
    return { ...this.#state, ...(Number.isFinite(this.#nextAt) && { nextAt: this.#nextAt }) }
  }

  /**
   * Takes the next place in the schedule: 0 when a message may be sent now, else the milliseconds to wait before asking
   * again.
   */
  reserve(now: number): number {
    const { rate, refills, pausedUntil } = this.#state
    if (now < pausedUntil) return pausedUntil - now
    const interval = SECOND / rate
    if (now - this.#nextAt > IDLE_MS + interval) {
      // Idle time is not made up.
      this.#nextAt = now
      this.#beginAt(now)
    } else if (this.#marks.length === 0) this.#beginAt(now)
    const catchUpMs = refills
      ? Math.max(REFILL_CATCH_UP_MS, interval)
      : Math.max(CATCH_UP_MS, MAX_CATCH_UP * interval)
    this.#nextAt = Math.max(this.#nextAt, now - catchUpMs)
    if (this.#nextAt > now) return this.#nextAt - now
    this.#nextAt += interval
    this.#state.calmMs += interval
    return 0
  }

  /** Telegram accepted, at `now`, a message that was sent at `sentAt`. */
  accepted(sentAt: number, now: number): void {
    this.#roundTrips.add(now - sentAt)
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

  /**
   * Telegram rejected a message sent at `sentAt` with 429: all sends pause as long as it says, then continue more
   * slowly.
   */
  limited(sentAt: number, now: number, retryAfterMs: number): void {
    const { limitedAt, rate, ceiling, refills, calmMs, probeAfterMs } = this.#state
    const resumesAt = Math.max(this.#state.pausedUntil, now + retryAfterMs)
    this.#state.pausedUntil = resumesAt
    this.#nextAt = Math.max(this.#nextAt, resumesAt)
    // Sends that were open at the last 429 add nothing new.
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

  /** From now on messages are sent at the full rate, with a full bucket. */
  #beginAt(instant: number): void {
    this.#busySince = instant
    this.#acceptedSince = 0
    this.#marks = [{ at: instant, accepted: 0 }]
  }

  /** The rate after one more message was accepted. */
  #rateAfter(now: number): number {
    const { rate, ceiling, calmMs, probeAfterMs } = this.#state
    if (ceiling === null) {
      // The growth rises with the time without a 429, but only sends prove that a rate is allowed.
      const quietFor = (now - this.#busySince) / SECOND
      const grown = rate + Math.min(MAX_GROWTH, GROWTH * quietFor)
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

  /**
   * A late answer, after the first 429, to a message sent in the second before it: that message was allowed as well.
   */
  #countLate(sentAt: number): void {
    const { ceiling } = this.#state
    if (!this.#firstLimit || ceiling === null) return
    const { sentAt: refusedAt, rate } = this.#firstLimit
    if (sentAt <= refusedAt - SECOND || sentAt > refusedAt) return
    this.#state.ceiling = clamp(Math.min(rate, ceiling + 1))
  }

  /** Whether a 429 can concern the bot's rate and not one chat's: messages were being sent at the full rate. */
  #atFullRate(sentAt: number): boolean {
    const seconds = Math.min(1, Math.max(0, sentAt - this.#busySince) / SECOND)
    return this.#accepted.length >= Math.max(4, this.#state.rate * seconds * 0.6)
  }

  /**
   * The refill of a token bucket (of about a second's sends) before this 429: from when it was last full, which is the
   * start with the highest result, until now, when it is empty. Undefined for too short a time.
   */
  #refillRate(sentAt: number): number | undefined {
    const since = this.#marks.filter(({ at }) => at <= sentAt - REFILL_SEEN_MS)
    if (since.length === 0) return undefined
    const given = since.map(
      ({ at, accepted }) => ((this.#acceptedSince - accepted + 1) * SECOND) / (sentAt - at + SECOND),
    )
    return Math.max(...given)
  }

  /** The rate after a 429 under the ceiling: somewhat lower, and the lower the sooner it came. */
  #cut(refill: number | undefined, sentAt: number): number {
    const { rate } = this.#state
    if (refill === undefined || sentAt - this.#busySince < CUT_UNKNOWN_MS) return rate * CUT.unknown
    return Math.min(rate * CUT.least, Math.max(rate * CUT.most, (rate + refill) / 2))
  }

  /** A rate so far under the ceiling that varying latency does not exceed it in any second. */
  #under(ceiling: number): number {
    if (this.#state.refills) return clamp(ceiling * (1 - REFILL_MARGIN))
    const trips = this.#roundTrips
    const spread = trips.count < FEW_ROUND_TRIPS ? ASSUMED_SPREAD_MS : trips.at(0.9) - trips.at(0.1)
    return clamp(
      ceiling * (1 - Math.min(MAX_MARGIN, Math.max(MIN_MARGIN, (SPREAD_MARGIN * spread) / SECOND))),
    )
  }
}
