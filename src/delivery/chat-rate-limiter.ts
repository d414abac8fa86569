import type { Priority } from '../db/schema/delivery.ts'
import { SECOND } from '../platform/time.ts'

/**
 * A message that has to wait longer than this (ms) for its chat's limit is released, so that it delays no other chat.
 */
const MAX_HELD_MS = 1_500

/** Two 429s of different chats within this time (ms) mean a limit of the whole channel. */
const SAME_LIMIT_MS = 10 * SECOND

/** The most busy chats that are passed to the next run: those of a second at the highest rate, and some groups. */
const MAX_REMEMBERED = 1_200

/** When each busy chat accepts its next message: `[chat id, epoch ms]`. */
export type BusyChats = [chatId: number, readyAt: number][]

/** Applies each chat's own rate limit. Pure: instants are epoch ms and passed in. */
export class ChatRateLimiter {
  readonly #interval: (chatId: number) => number
  readonly #readyAt: Map<number, number>
  /** When the next message claimed for a chat would be sent, separately for interactive messages and alerts. */
  readonly #plannedAt = new Map<string, number>()
  #lastRejection: { chatId: number; sentAt: number; at: number } | undefined

  /**
   * @param interval how long a chat takes no message after another, ms
   * @param busy the busy chats of an earlier run
   */
  constructor(interval: (chatId: number) => number, busy: BusyChats = []) {
    this.#interval = interval
    this.#readyAt = new Map(busy)
  }

  /** Plans a claimed message. @returns when to claim it again, if it cannot be sent soon */
  plan(chatId: number, priority: Priority, now: number): number | undefined {
    const key = `${chatId} ${priority === 'interactive' ? 'interactive' : 'alert'}`
    const at = Math.max(now, this.readyAt(chatId), this.#plannedAt.get(key) ?? 0)
    this.#plannedAt.set(key, at + this.#interval(chatId))
    return at - now > MAX_HELD_MS ? at : undefined
  }

  /** Records that a message is sent to the chat now. */
  take(chatId: number, now: number): void {
    this.#readyAt.set(chatId, now + this.#interval(chatId))
  }

  /** Pauses the chat until an instant. */
  pause(chatId: number, until: number): void {
    this.#readyAt.set(chatId, Math.max(until, this.readyAt(chatId)))
  }

  /** When the chat accepts a message; 0: now. */
  readyAt(chatId: number): number {
    return this.#readyAt.get(chatId) ?? 0
  }

  /**
   * A message that was sent to the chat at `sentAt` was rejected at `now` with 429: the chat is paused. One chat alone may
   * have a limit of its own; when a second one is rejected too, the limit is the channel's.
   * @returns when the first rejected message was sent, if the limit is the channel's
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
