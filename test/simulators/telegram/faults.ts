/**
 * What goes wrong on demand. `before`: the connection breaks before Telegram takes the call; `after`: it takes it, and
 * the answer is lost.
 */
export type Fault =
  | { kind: 'limit'; retryAfterSeconds: number }
  | { kind: 'status'; code: number; description: string }
  | { kind: 'drop'; when: 'before' | 'after' }
  | { kind: 'slow'; ms: number }
  | { kind: 'off' }

/** Which calls a fault meets. */
export interface FaultRule {
  fault: Fault
  /** Only this method; any when absent. */
  method?: string
  /** Only calls for this chat. */
  chatId?: number
  /** How many calls it meets; no end when absent. */
  times?: number
  /** Whether a call that matches is met, e.g. with a seeded probability. */
  when?: () => boolean
}

/** The faults that wait for calls. */
export class Faults {
  #rules: FaultRule[] = []

  add(rule: FaultRule): void {
    this.#rules.push({ ...rule })
  }

  clear(): void {
    this.#rules = []
  }

  /** The fault that meets a call, if one does. */
  meet(method: string, chatId: number | undefined): Fault | undefined {
    const rule = this.#rules.find(
      (each) =>
        (each.method === undefined || each.method === method) &&
        (each.chatId === undefined || each.chatId === chatId) &&
        (each.when?.() ?? true),
    )
    if (!rule) return undefined
    if (rule.times !== undefined) {
      rule.times--
      if (rule.times <= 0) this.#rules = this.#rules.filter((each) => each !== rule)
    }
    return rule.fault
  }
}
