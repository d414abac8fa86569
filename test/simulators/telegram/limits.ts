import type { Limits } from './types.ts'

/** No limit at all. */
export const UNLIMITED: Limits = {
  globalPerSecond: null,
  perChatPerSecond: null,
  perChatBurst: 3,
  groupPerMinute: null,
  retryAfterSeconds: 1,
}

/** What Telegram's FAQ says: about 30 a second over all, 1 a second to a chat, 20 a minute to a group. */
export const PUBLISHED: Limits = {
  ...UNLIMITED,
  globalPerSecond: 30,
  perChatPerSecond: 1,
  groupPerMinute: 20,
}

/** Counts sends as Telegram would and says when one is too many. */
export class RateLimiter {
  limits: Limits
  /** Instants of the accepted sends of the last second. */
  #recent: number[] = []
  /** Messages that each chat takes now, and when that was counted. */
  readonly #chats = new Map<number, { tokens: number; at: number }>()
  #penaltyUntil = 0
  readonly #chatPenaltyUntil = new Map<number, number>()

  constructor(limits: Limits) {
    this.limits = limits
  }

  /** Takes a send into account. @returns seconds to wait when it is refused (429), undefined when it passes */
  take(chatId: number, now: number): number | undefined {
    const { globalPerSecond, retryAfterSeconds } = this.limits
    const penalty = Math.max(this.#penaltyUntil, this.#chatPenaltyUntil.get(chatId) ?? 0)
    if (now < penalty) return Math.ceil((penalty - now) / 1_000)
    while ((this.#recent[0] ?? now) <= now - 1_000) this.#recent.shift()
    if (globalPerSecond !== null && this.#recent.length >= globalPerSecond) {
      this.#penaltyUntil = now + retryAfterSeconds * 1_000
      return retryAfterSeconds
    }
    const wait = this.#takeFromChat(chatId, now)
    if (wait !== undefined) {
      this.#chatPenaltyUntil.set(chatId, now + wait * 1_000)
      return wait
    }
    this.#recent.push(now)
    return undefined
  }

  #takeFromChat(chatId: number, now: number): number | undefined {
    const group = chatId < 0
    const perSecond = group
      ? this.limits.groupPerMinute === null
        ? null
        : this.limits.groupPerMinute / 60
      : this.limits.perChatPerSecond
    if (perSecond === null) return undefined
    const burst = group ? (this.limits.groupPerMinute ?? 20) : this.limits.perChatBurst
    const chat = this.#chats.get(chatId) ?? { tokens: burst, at: now }
    const tokens = Math.min(burst, chat.tokens + ((now - chat.at) / 1_000) * perSecond)
    if (tokens < 1) return Math.max(1, Math.ceil((1 - tokens) / perSecond))
    this.#chats.set(chatId, { tokens: tokens - 1, at: now })
    return undefined
  }
}
