import { limits } from '../../platform/limits.ts'
import { Pace } from '../../platform/pace.ts'
import { type Clock, MINUTE, SECOND } from '../../platform/time.ts'

/** The share of each limit that a tick uses at most. */
const SHARE = 0.7
const QUERIES = SHARE * limits.d1Queries.paid

/** What one invocation may use. */
export const BUDGET = {
  /** D1 statements. */
  queries: QUERIES,
  /** Requests to the portal; D1 calls and queue sends, at most as many as queries, are subrequests too. */
  requests: SHARE * limits.subrequests.paid - QUERIES,
  /** How long readings may begin, ms; Cloudflare ends an invocation after 15 minutes. */
  time: 5 * MINUTE,
} as const

/** Counts what an invocation uses. The database's wrapper and the portal's `fetch` add to it. */
export interface Usage {
  queries: number
  requests: number
}

/** The most statements that a round takes besides its commits: to claim, to renew leases, to write quiet readings. */
const ROUND_QUERIES = 20

/** What one tick may still do. */
export class TickBudget {
  readonly #clock: Pick<Clock, 'now'>
  readonly #usage: Usage
  readonly #startedAt: number

  constructor(clock: Pick<Clock, 'now'>, usage: Usage) {
    this.#clock = clock
    this.#usage = usage
    this.#startedAt = clock.now()
  }

  /** The limit that is used up, so that no request to the portal may begin; null: none. */
  get usedUp(): keyof typeof BUDGET | null {
    if (this.#usage.queries + ROUND_QUERIES > BUDGET.queries) return 'queries'
    if (this.#usage.requests >= BUDGET.requests) return 'requests'
    return this.#clock.now() - this.#startedAt >= BUDGET.time ? 'time' : null
  }
}

/**
 * Spaces the commits of one tick so that it stays within its queries even if everything changes all the time: 150
 * statements at once and 350 more over the tick. Changes that arrive while a commit waits join it.
 */
export const commitPace = (): Pace => new Pace(150, (65 * SECOND) / 350)
