import { type ClaimedDelivery, inSendingOrder } from './claimed-deliveries.ts'
import type { Prepared } from './prepare.ts'

/** Prepared messages older than this (ms) are checked again: what they say may have changed. */
const STALE_MS = 5_000

interface Waiting extends Prepared {
  preparedAt: number
}

/** Messages that a run has claimed and prepared, in order of sending. Instants are epoch ms. */
export class SendQueue {
  #waiting: Waiting[] = []

  get size(): number {
    return this.#waiting.length
  }

  add(prepared: readonly Prepared[], now: number): void {
    this.#waiting.push(...prepared.map((one) => ({ ...one, preparedAt: now })))
    this.#waiting.sort((a, b) => inSendingOrder(a.delivery, b.delivery))
  }

  /** The first message whose chat takes one now; it stays in the queue. @param readyAt of a chat */
  firstReady(now: number, readyAt: (chatId: number) => number): Prepared | undefined {
    return this.#waiting.find(({ delivery }) => readyAt(delivery.chatId) <= now)
  }

  /** When the first chat takes a message; Infinity when nothing waits. */
  nextReadyAt(readyAt: (chatId: number) => number): number {
    return this.#waiting.reduce(
      (first, { delivery }) => Math.min(first, readyAt(delivery.chatId)),
      Number.POSITIVE_INFINITY,
    )
  }

  remove(prepared: Prepared): void {
    this.#waiting = this.#waiting.filter((one) => one !== prepared)
  }

  /** Takes out what waited too long. */
  takeStale(now: number): ClaimedDelivery[] {
    return this.#take(({ preparedAt }) => now - preparedAt > STALE_MS)
  }

  /** Takes out what its chats take only after an instant. @param readyAt of a chat */
  takeLater(after: number, readyAt: (chatId: number) => number): ClaimedDelivery[] {
    return this.#take(({ delivery }) => readyAt(delivery.chatId) > after)
  }

  takeOf(chatId: number): ClaimedDelivery[] {
    return this.#take(({ delivery }) => delivery.chatId === chatId)
  }

  takeAll(): ClaimedDelivery[] {
    return this.#take(() => true)
  }

  #take(which: (waiting: Waiting) => boolean): ClaimedDelivery[] {
    const taken = this.#waiting.filter(which)
    if (taken.length > 0) this.#waiting = this.#waiting.filter((one) => !taken.includes(one))
    return taken.map(({ delivery }) => delivery)
  }
}
