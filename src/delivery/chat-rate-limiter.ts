import type { Priority } from '../db/schema/delivery.ts'
import { chatInterval } from './pacing.ts'

/** A message that its chat would not take for longer than this (ms) goes back, so that it holds up nobody else. */
const MAX_HELD_MS = 1_500

/** When each chat takes its next message. Pure: instants are epoch ms and passed in. */
export class ChatRateLimiter {
  readonly #readyAt = new Map<number, number>()
  /** When the next message claimed for a chat would go, answers to people apart from news. */
  readonly #plannedAt = new Map<string, number>()

  /** Gives a claimed message its turn. @returns when it should be claimed again, when that is not soon */
  plan(chatId: number, priority: Priority, now: number): number | undefined {
    const key = `${chatId} ${priority === 'interactive' ? 'interactive' : 'alert'}`
    const at = Math.max(now, this.readyAt(chatId), this.#plannedAt.get(key) ?? 0)
    this.#plannedAt.set(key, at + chatInterval(chatId))
    return at - now > MAX_HELD_MS ? at : undefined
  }

  /** A message goes to the chat now. */
  take(chatId: number, now: number): void {
    this.#readyAt.set(chatId, now + chatInterval(chatId))
  }

  /** From when on the chat takes a message; 0: always. */
  readyAt(chatId: number): number {
    return this.#readyAt.get(chatId) ?? 0
  }
}
