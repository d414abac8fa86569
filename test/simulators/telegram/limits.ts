/** Telegram's sending limits. What is left out is not limited. */
export interface Limits {
  /** Messages a second over all chats. */
  globalPerSecond?: number
  /** How the global limit counts: a bucket that refills, or any one second. Default `bucket`. */
  globalWindow?: 'bucket' | 'sliding'
  /** Messages that pass at once before `globalPerSecond` bites, for `bucket`. Default: one second's worth. */
  globalBurst?: number
  /** Messages a second to one chat. */
  perChatPerSecond?: number
  /** Messages to one chat that pass at once. Default 3. */
  burst?: number
  /** Messages in any minute to one group, supergroup or channel. */
  groupPerMinute?: number
  /** Seconds that a breach of the global limit closes everything for. Default 3. */
  penaltySeconds?: number
  /**
   * Seconds that each further request adds to a running global penalty, once the penalty is older than a second (so
   * that requests already under way are forgiven). Default 1.
   */
  stubbornSeconds?: number
}

/** The figures of Telegram's own FAQ for bots. */
export const PUBLISHED_LIMITS: Limits = {
  globalPerSecond: 30,
  perChatPerSecond: 1,
  burst: 3,
  groupPerMinute: 20,
}

const SECOND = 1_000
const MINUTE = 60 * SECOND
const LONGEST_PENALTY = 60 * SECOND
const wholeSeconds = (ms: number): number => Math.max(1, Math.ceil(ms / SECOND))

/** Counts messages and says which must wait. Times are epoch ms. */
export class RateLimiter {
  #limits: Limits
  /** When the global bucket will be empty again (the "theoretical arrival time" of GCRA). */
  #globalEmptyAt = 0
  readonly #globalTimes: number[] = []
  #globalPenalty: { since: number; until: number } | undefined
  readonly #chatEmptyAt = new Map<number, number>()
  readonly #groupTimes = new Map<number, number[]>()

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** Puts other limits in force; what was counted and penalties under way are forgotten. */
  change(limits: Limits): void {
    this.#limits = limits
    this.#globalEmptyAt = 0
    this.#globalTimes.length = 0
    this.#globalPenalty = undefined
    this.#chatEmptyAt.clear()
    this.#groupTimes.clear()
  }

  /** Closes everything for some seconds, as a breach of the global limit does. */
  penalise(seconds: number, now: number): void {
    this.#globalPenalty = { since: now, until: now + seconds * SECOND }
  }

  /**
   * Counts one message when it may pass.
   * @returns undefined when it passes, otherwise the whole seconds to wait (`retry_after`)
   */
  admit(chatId: number, isGroup: boolean, now: number): number | undefined {
    const wait = this.#runningPenalty(now) ?? this.#chatWait(chatId, isGroup, now) ?? this.#globalWait(now)
    if (wait !== undefined) return wholeSeconds(wait)
    this.#count(chatId, isGroup, now)
    return undefined
  }

  #runningPenalty(now: number): number | undefined {
    const penalty = this.#globalPenalty
    if (!penalty || now >= penalty.until) return undefined
    if (now - penalty.since > SECOND) {
      const longer = penalty.until + (this.#limits.stubbornSeconds ?? 1) * SECOND
      penalty.until = Math.min(longer, now + LONGEST_PENALTY)
    }
    return penalty.until - now
  }

  #chatWait(chatId: number, isGroup: boolean, now: number): number | undefined {
    const { perChatPerSecond, groupPerMinute, burst = 3 } = this.#limits
    if (isGroup && groupPerMinute !== undefined) {
      const times = this.#groupTimes.get(chatId)?.filter((time) => time > now - MINUTE) ?? []
      this.#groupTimes.set(chatId, times)
      const oldest = times[times.length - groupPerMinute]
      if (oldest !== undefined) return oldest + MINUTE - now
    }
    if (perChatPerSecond === undefined) return undefined
    const interval = SECOND / perChatPerSecond
    const over = (this.#chatEmptyAt.get(chatId) ?? 0) - now - (burst - 1) * interval
    return over > 0 ? over : undefined
  }

  #globalWait(now: number): number | undefined {
    const { globalPerSecond, globalWindow, globalBurst = globalPerSecond } = this.#limits
    if (globalPerSecond === undefined || globalBurst === undefined) return undefined
    if (globalWindow === 'sliding') {
      while ((this.#globalTimes[0] ?? now) <= now - SECOND) this.#globalTimes.shift()
      if (this.#globalTimes.length < globalPerSecond) return undefined
    } else {
      const interval = SECOND / globalPerSecond
      if (this.#globalEmptyAt - now <= (globalBurst - 1) * interval) return undefined
    }
    const seconds = this.#limits.penaltySeconds ?? 3
    this.penalise(seconds, now)
    return seconds * SECOND
  }

  #count(chatId: number, isGroup: boolean, now: number): void {
    const { globalPerSecond, globalWindow, perChatPerSecond, groupPerMinute } = this.#limits
    if (globalPerSecond !== undefined) {
      if (globalWindow === 'sliding') this.#globalTimes.push(now)
      else this.#globalEmptyAt = Math.max(now, this.#globalEmptyAt) + SECOND / globalPerSecond
    }
    if (perChatPerSecond !== undefined) {
      this.#chatEmptyAt.set(
        chatId,
        Math.max(now, this.#chatEmptyAt.get(chatId) ?? 0) + SECOND / perChatPerSecond,
      )
      if (this.#chatEmptyAt.size > 100_000) this.#forgetQuietChats(now)
    }
    if (isGroup && groupPerMinute !== undefined) this.#groupTimes.get(chatId)?.push(now)
  }

  #forgetQuietChats(now: number): void {
    for (const [chatId, emptyAt] of this.#chatEmptyAt) if (emptyAt < now) this.#chatEmptyAt.delete(chatId)
  }
}
