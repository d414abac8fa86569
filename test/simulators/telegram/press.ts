import type { Chat } from './chat.ts'
import type { ChatMessage } from './message.ts'
import { Signal, type WaitOptions, waitUntil } from './waiting.ts'

/** What the bot answered to a pressed button. Time in epoch ms. */
export interface PressAnswer {
  at: number
  text: string
  /** Shown in a box that must be closed, not as a passing note. */
  alert: boolean
  url: string
}

/** A pressed button: it spins until the bot answers it. */
export class ButtonPress {
  readonly id: string
  readonly at: number
  readonly by: number
  readonly chat: Chat
  readonly message: ChatMessage
  readonly data: string
  /** The first answer; undefined while the button spins. */
  answer: PressAnswer | undefined = undefined
  readonly #answered = new Signal<void>()

  constructor(id: string, at: number, by: number, chat: Chat, message: ChatMessage, data: string) {
    this.id = id
    this.at = at
    this.by = by
    this.chat = chat
    this.message = message
    this.data = data
  }

  settle(answer: PressAnswer): void {
    this.answer ??= answer
    this.#answered.emit()
  }

  /** Resolves with the answer. @throws Error (rejects) when the button still spins after the time given */
  answered(options?: WaitOptions): Promise<PressAnswer> {
    const describe = () => `the button ${JSON.stringify(this.data)} in chat ${this.chat.id} is still spinning`
    return waitUntil(this.#answered, () => this.answer, describe, options)
  }
}
