/** What goes wrong with a message to a browser. Times in ms. */
export type PushFault =
  /** An answer that refuses it. `retryAfter`: in seconds, as the header says it. */
  | { type: 'refused'; status: number; retryAfter?: number }
  /** The connection breaks and the message was never taken. */
  | { type: 'drop-before' }
  /** The message is taken, then the connection breaks: the answer is lost. */
  | { type: 'drop-after' }
  /** The message is taken after this time. */
  | { type: 'slow'; ms: number }

/** Which messages a fault strikes. */
export interface PushFaultRule {
  fault: PushFault
  times: number
  /** The chance of each message, 0–1. */
  probability: number
}

/** The faults in force. The first rule that strikes a message counts it. */
export class PushFaults {
  readonly #random: () => number
  #rules: PushFaultRule[] = []

  /** @param random numbers in [0, 1) */
  constructor(random: () => number = Math.random) {
    this.#random = random
  }

  add(rule: PushFaultRule): void {
    this.#rules.push({ ...rule })
  }

  clear(): void {
    this.#rules = []
  }

  /** The fault that strikes the next message, counted; undefined: none. */
  take(): PushFault | undefined {
    const rule = this.#rules.find(({ probability }) => this.#random() < probability)
    if (!rule) return undefined
    rule.times -= 1
    if (rule.times <= 0) this.#rules = this.#rules.filter((other) => other !== rule)
    return rule.fault
  }
}
