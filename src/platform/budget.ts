import { limitOf } from './limits.ts'

/** What Cloudflare allows one invocation of a Worker. */
export interface InvocationLimits {
  /** D1 queries; each statement of a batch counts. */
  queries: number
  /** Requests to the internet. */
  subrequests: number
  /** CPU time, ms. */
  cpuMs: number
  /** Wall time of a cron run or queue batch, ms. */
  wallMs: number
}

/** The paid plan; `cpuMs` is what the dispatcher's wrangler file asks for. */
export const PAID_PLAN: InvocationLimits = {
  queries: limitOf('d1Queries', 'paid'),
  subrequests: limitOf('subrequests', 'paid'),
  cpuMs: 120_000,
  wallMs: limitOf('wallMs', 'paid'),
}

/** A run takes no new work above this share of a limit … */
const SHARE = 0.65
/** … and ends at this one, with work left; the rest is for ending properly. */
export const LAST_SHARE = 0.8

type Used = Omit<InvocationLimits, 'wallMs'>

/** What one invocation has used of its limits. CPU time cannot be read inside a Worker: it is an estimate. */
export class InvocationBudget {
  readonly #limits: InvocationLimits
  readonly #startedAt: number
  readonly #used: Used = { queries: 0, subrequests: 0, cpuMs: 0 }

  /** @param startedAt when the invocation began, epoch ms */
  constructor(limits: InvocationLimits, startedAt: number) {
    this.#limits = limits
    this.#startedAt = startedAt
  }

  /** Records use. */
  use(used: Partial<Used>): void {
    this.#used.queries += used.queries ?? 0
    this.#used.subrequests += used.subrequests ?? 0
    this.#used.cpuMs += used.cpuMs ?? 0
  }

  /**
   * How many times `each` fits into the rest of the budget; at least 0.
   * @param now epoch ms
   * @param share of the limits that may be used
   */
  room(each: Partial<Used>, now: number, share = SHARE): number {
    if (now - this.#startedAt >= this.#limits.wallMs * share) return 0
    const rooms = (['queries', 'subrequests', 'cpuMs'] as const).map((name) => {
      const left = this.#limits[name] * share - this.#used[name]
      const need = each[name] ?? 0
      return left <= 0 ? 0 : need > 0 ? Math.floor(left / need) : Number.POSITIVE_INFINITY
    })
    return Math.min(...rooms)
  }

  /** True when the run should end, and the next invocation continue. */
  isSpent(now: number, share = SHARE): boolean {
    return this.room({}, now, share) === 0
  }

  /** The same database; this budget counts every statement that is prepared. */
  count(d1: D1Database): D1Database {
    return new Proxy(d1, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name)
        if (name === 'prepare') {
          return (query: string) => {
            this.use({ queries: 1 })
            return target.prepare(query)
          }
        }
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  }
}
