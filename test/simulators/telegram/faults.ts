/** What goes wrong with a call. */
export type Fault =
  /** 429 with this many seconds; `hold` also closes the whole bot for them, as Telegram does. */
  | { type: 'too-many-requests'; retryAfter: number; hold?: boolean }
  /** Telegram's own trouble: an answer with this status (500–599). */
  | { type: 'server-error'; status: number }
  /** The connection breaks and the call was never accepted. */
  | { type: 'drop-before' }
  /** The call is accepted, then the connection breaks: the answer is lost. */
  | { type: 'drop-after' }
  /** The call is accepted after this many milliseconds. */
  | { type: 'slow'; ms: number }
  /** Any other refusal, e.g. a 400 with a text of one's own. */
  | { type: 'refuse'; code: number; description: string }

/** Which calls a fault strikes. */
export interface FaultRule {
  fault: Fault
  /** Only this method; every method when left out. */
  method?: string
  /** Only calls that name this chat. */
  chatId?: number
  /** How many calls; without end when left out. */
  times?: number
  /** The chance of each matching call, 0–1. Default 1. */
  probability?: number
  /** Matching calls that pass first. Default 0. */
  skip?: number
}

interface ActiveRule extends FaultRule {
  left: number
  skipLeft: number
}

/** The faults in force. The first rule that matches a call strikes it. */
export class Faults {
  readonly #random: () => number
  #rules: ActiveRule[] = []
  readonly #off = new Set<string>()
  /** The server is older than message effects and coloured, copying or disabled buttons: it refuses them with 400. */
  refusesNewFields = false

  /** @param random seeded source of numbers in [0, 1) */
  constructor(random: () => number) {
    this.#random = random
  }

  /** Puts a rule in force. @returns what takes it away again */
  add(rule: FaultRule): () => void {
    const active: ActiveRule = {
      ...rule,
      left: rule.times ?? Number.POSITIVE_INFINITY,
      skipLeft: rule.skip ?? 0,
    }
    this.#rules.push(active)
    return () => {
      this.#rules = this.#rules.filter((other) => other !== active)
    }
  }

  /** The next `times` calls (default 1) that match meet this fault. */
  next(fault: Fault, only: { method?: string; chatId?: number; times?: number; skip?: number } = {}): void {
    this.add({ times: 1, ...only, fault })
  }

  /** The server no longer has this method: 404. */
  switchOff(...methods: string[]): void {
    for (const method of methods) this.#off.add(method.toLowerCase())
  }

  switchOn(...methods: string[]): void {
    for (const method of methods) this.#off.delete(method.toLowerCase())
  }

  isOff(method: string): boolean {
    return this.#off.has(method.toLowerCase())
  }

  /** All is well again. */
  clear(): void {
    this.#rules = []
    this.#off.clear()
    this.refusesNewFields = false
  }

  /** The fault that strikes this call, if any, and is used up by it. */
  take(method: string, chatId: number | string | undefined): Fault | undefined {
    for (const rule of this.#rules) {
      if (rule.method !== undefined && rule.method.toLowerCase() !== method.toLowerCase()) continue
      if (rule.chatId !== undefined && rule.chatId !== chatId) continue
      if (rule.skipLeft > 0) {
        rule.skipLeft -= 1
        continue
      }
      if (rule.probability !== undefined && this.#random() >= rule.probability) continue
      rule.left -= 1
      if (rule.left <= 0) this.#rules = this.#rules.filter((other) => other !== rule)
      return rule.fault
    }
    return undefined
  }
}
