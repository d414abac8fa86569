import { AsyncLocalStorage } from 'node:async_hooks'
import { type LimitName, limitOf, type Plan } from '../../../src/platform/limits.ts'
import { LIMIT_EVENT, type Peak, type Use, type Used } from './peaks.ts'

/** What Cloudflare appends to the errors of limits that can be configured. */
const CONFIGURE =
  'To configure this limit, refer to https://developers.cloudflare.com/workers/wrangler/configuration/#limits'

/** The errors that Cloudflare throws when a limit is exceeded; D1 and queues add their own prefix. */
export const refusals = {
  fetch: `Too many subrequests by single Worker invocation. ${CONFIGURE}`,
  service: `Too many API requests by single Worker invocation. ${CONFIGURE}`,
  value: 'string or blob too big: SQLITE_TOOBIG',
  parameters: 'too many SQL variables: SQLITE_ERROR',
  sql: 'statement too long: SQLITE_TOOBIG',
  message: 'Payload Too Large (10204)',
  batchBytes: 'Payload Too Large (10205)',
  batchCount: 'Bad Request (10206)',
  delay: 'Bad Request (10203)',
  ended: 'The invocation was cancelled: it exceeded its wall time.',
} as const

/** Limits under which a wait is only reported when it is this much (ms) longer than the longest until then. */
const LONGER_MS = 1_000

/** State of an isolate. It lies on `globalThis`, since tests load these modules once for each file. */
interface State {
  plan: Plan
  invocations: AsyncLocalStorage<Invocation>
  /** What work outside any invocation is counted as; undefined: not at all. */
  fallback: Invocation | undefined
  peaks: Map<string, Peak>
  report: (peak: Peak) => void
  patched: WeakSet<object>
}

const KEY = Symbol.for('sportello.limits')
const shared = globalThis as unknown as { [KEY]?: State }

export function state(): State {
  shared[KEY] ??= {
    plan: 'paid',
    invocations: new AsyncLocalStorage(),
    fallback: undefined,
    peaks: new Map(),
    report: () => undefined,
    patched: new WeakSet(),
  }
  return shared[KEY]
}

/** The invocation that the running code belongs to. */
export const current = (): Invocation | undefined => state().invocations.getStore() ?? state().fallback

export interface InvocationOptions {
  plan?: Plan
  wall?: LimitName
  /**
   * It represents several invocations that cannot be distinguished, so only the limits on one call are enforced.
   * (Nor can they wait for each other's connections: the runtime does not let objects wait for each other.)
   */
  several?: boolean
}

/** One invocation of a Worker: what it used, and the limits on it. */
export class Invocation {
  readonly kind: string
  readonly plan: Plan
  readonly #several: boolean
  readonly #used: Used = {}
  readonly #startedAt = Date.now()
  /** When Cloudflare cancels it, epoch ms; undefined: not yet known, or never. */
  #deadline: number | undefined
  #open = 0
  /** Requests to the internet that hold a connection or wait for one. */
  #fetches = 0
  readonly #waiting: (() => void)[] = []
  readonly #background = new Set<Promise<unknown>>()
  readonly #refused = new Set<LimitName>()

  /**
   * @param plan default: the one that the isolate runs under
   * @param wall the limit on its duration; undefined: it may last as long as the client waits
   */
  constructor(kind: string, { plan = state().plan, wall, several = false }: InvocationOptions = {}) {
    this.kind = kind
    this.plan = plan
    this.#several = several
    this.#deadline = wall && this.#startedAt + limitOf(wall, plan)
  }

  get used(): Readonly<Used> {
    return this.#used
  }

  /** Records the greatest value of a limit that applies to single calls. */
  most(use: Use, value: number): void {
    if (value > (this.#used[use] ?? 0)) this.#used[use] = value
  }

  #add(use: Use, value: number): number {
    const sum = (this.#used[use] ?? 0) + value
    this.#used[use] = sum
    return sum
  }

  #isBeyond(limit: LimitName, sum: number): boolean {
    return !this.#several && sum > limitOf(limit, this.plan)
  }

  /** Called when the response was sent: limits how long the rest of the work may take. */
  answered(): void {
    this.#deadline = Date.now() + limitOf('waitUntilMs', this.plan)
  }

  /** @throws when the invocation lasted too long: on Cloudflare it would not run any more */
  checkTime(): void {
    if (this.#deadline !== undefined && Date.now() > this.#deadline)
      throw this.refusal('wallMs', refusals.ended)
  }

  /** Counts a request to the internet. @throws as Cloudflare does when it is one too many */
  countFetch(requests = 1): void {
    this.checkTime()
    const fetches = this.#add('subrequests', requests)
    const all = this.plan === 'free' ? fetches : fetches + (this.#used.serviceSubrequests ?? 0)
    if (this.#isBeyond('subrequests', all)) throw this.refusal('subrequests', refusals.fetch)
  }

  /** Counts a call to one of Cloudflare's services. @throws as Cloudflare does when it is one too many */
  countService(prefix = ''): void {
    this.checkTime()
    const calls = this.#add('serviceSubrequests', 1)
    const all = this.plan === 'free' ? calls : calls + (this.#used.subrequests ?? 0)
    if (this.#isBeyond('serviceSubrequests', all))
      throw this.refusal('serviceSubrequests', prefix + refusals.service)
  }

  /** Counts statements of D1. @throws as D1 does when they are too many */
  countQueries(statements: number): void {
    if (this.#isBeyond('d1Queries', this.#add('d1Queries', statements)))
      throw this.refusal('d1Queries', `D1_ERROR: ${refusals.service}`)
  }

  /** Checks what one call may not exceed. @throws with the given message */
  check(limit: Use, value: number, message: string): void {
    this.most(limit, value)
    if (value > limitOf(limit, this.plan)) throw this.refusal(limit, message)
  }

  /** A request to the internet, which holds a connection until its headers come. */
  async fetching<Result>(work: () => Promise<Result>): Promise<Result> {
    this.most('openFetches', ++this.#fetches)
    try {
      return await this.connected(work)
    } finally {
      this.#fetches--
    }
  }

  /** Does work that holds a connection until it settles; waits while too many are held. */
  async connected<Result>(work: () => Promise<Result>): Promise<Result> {
    const limit = limitOf('openConnections', this.plan)
    this.most('openConnections', this.#open + this.#waiting.length + 1)
    // A freed connection goes to the first waiting request, so `#open` stays as it is.
    if (this.#open >= limit && !this.#several)
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#open++
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#open--
    }
  }

  /** Work that goes on when the handler is done (`waitUntil`) belongs to the invocation. */
  alsoWaitFor(work: Promise<unknown>): void {
    this.#background.add(work)
  }

  /** Makes an error as Cloudflare throws it and logs it once, so that no exceeded limit goes unnoticed. */
  refusal(limit: LimitName, message: string): Error {
    if (!this.#refused.has(limit)) {
      this.#refused.add(limit)
      const { kind, plan } = this
      console.error(JSON.stringify({ event: LIMIT_EVENT, level: 'error', limit, plan, kind, message }))
      this.#raisePeaks()
    }
    return new Error(message, { cause: new Error(message.replace(/^D1_ERROR: /, '')) })
  }

  /**
   * Called when the handler is done: reports what the invocation used as soon as its background work is done too.
   */
  async finish(): Promise<void> {
    while (this.#background.size > 0) {
      const works = [...this.#background]
      await Promise.allSettled(works)
      for (const work of works) this.#background.delete(work)
    }
    this.#peak().invocations++
    this.#raisePeaks()
  }

  #peak(): Peak {
    const { peaks } = state()
    const peak = peaks.get(this.kind) ?? { kind: this.kind, invocations: 0, used: {} }
    peaks.set(this.kind, peak)
    return peak
  }

  /** Adds what it used to the peaks of its kind, and reports them when one of them rose. */
  #raisePeaks(): void {
    this.most('wallMs', Date.now() - this.#startedAt)
    const peak = this.#peak()
    let rose = false
    for (const [use, value] of Object.entries(this.#used) as [Use, number][]) {
      const known = peak.used[use] ?? 0
      if (value <= known) continue
      if (use !== 'wallMs' || value > known + LONGER_MS) rose = true
      peak.used[use] = value
    }
    if (rose) state().report(peak)
  }
}

/** Runs a function as one invocation. */
export async function runInvocation<Result>(
  invocation: Invocation,
  work: () => Promise<Result> | Result,
): Promise<Result> {
  try {
    return await state().invocations.run(invocation, work)
  } finally {
    void invocation.finish()
  }
}
