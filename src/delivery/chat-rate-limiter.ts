import type { Priority } from '../db/schema/delivery.ts'
import { SECOND } from '../platform/time.ts'

/** A message that its chat would not take for longer than this (ms) is given back, so that it holds up nobody else. */
const MAX_HELD_MS = 1_500

/** A chat takes about one message a second, a group 20 a minute (published FAQ): ms between two messages. */
export const chatInterval = (chatId: number): number => (chatId < 0 ? 3 * SECOND : SECOND)

/** A chat that was rejected before another one for longer than this (ms) says nothing about the bot's own limit. */
const SAME_LIMIT_MS = 10 * SECOND

/** Chats that another run must know of; more are never busy at once. */
const MAX_REMEMBERED = 500

/** When chats take their next message: `[chat id, epoch ms]`. */
export type BusyChats = [chatId: number, readyAt: number][]

/** Keeps to each chat's own rate limit. Pure: instants are epoch ms and passed in. */
export class ChatRateLimiter {
  readonly #readyAt: Map<number, number>
  /** When the next message claimed for a chat would go, answers to people apart from alerts. */
  readonly #plannedAt = new Map<string, number>()
  #lastRejection: { chatId: number; sentAt: number; at: number } | undefined

  /** @param busy what an earlier run remembered */
  constructor(busy: BusyChats = []) {
    this.#readyAt = new Map(busy)
  }

  /** Plans a claimed message. @returns when to claim it again, if it cannot be sent soon */
  plan(chatId: number, priority: Priority, now: number): number | undefined {
    const key = `${chatId} ${priority === 'interactive' ? 'interactive' : 'alert'}`
    const at = Math.max(now, this.readyAt(chatId), this.#plannedAt.get(key) ?? 0)
    this.#plannedAt.set(key, at + chatInterval(chatId))
    return at - now > MAX_HELD_MS ? at : undefined
  }

  /** A message is sent to the chat now. */
  take(chatId: number, now: number): void {
    this.#readyAt.set(chatId, now + chatInterval(chatId))
  }

  /** The chat takes nothing until an instant. */
  pause(chatId: number, until: number): void {
    this.#readyAt.set(chatId, Math.max(until, this.readyAt(chatId)))
  }

  /** From when on the chat takes a message; 0: always. */
  readyAt(chatId: number): number {
    return this.#readyAt.get(chatId) ?? 0
  }

  /**
   * Telegram rejected, at `now`, a message that was sent to the chat at `sentAt` with 429: the chat is paused. One chat
   * alone may have a limit of its own; when a second one is rejected too, the limit is the bot's.
   * @returns when the first rejected message was sent, if the limit is the bot's
   */
  rejected(chatId: number, sentAt: number, now: number, retryAfterMs: number): number | undefined {
    this.pause(chatId, now + retryAfterMs)
    const last = this.#lastRejection
    this.#lastRejection = { chatId, sentAt, at: now }
    return last && last.chatId !== chatId && now - last.at <= SAME_LIMIT_MS ? last.sentAt : undefined
  }

  /** The chats that are still busy, for the next run. */
  busy(now: number): BusyChats {
    return [...this.#readyAt]
      .filter(([, readyAt]) => readyAt > now)
      .sort(([, a], [, b]) => b - a)
      .slice(0, MAX_REMEMBERED)
  }
}
