import { GrammyError, type Transformer } from 'grammy'
import type { ApiResponse, InlineKeyboardButton, Message as TelegramMessage } from 'grammy/types'
import { chatInterval } from '../delivery/channels/telegram/telegram-channel.ts'
import { readTelegramFailure } from '../delivery/channels/telegram/telegram-errors.ts'
import type { Content, Message } from '../delivery/content.ts'
import type { OutboxMessage } from '../delivery/outbox.ts'
import { describeError, log } from '../platform/log.ts'

/** The `message_id` of a reply that Telegram has not taken yet. */
export const NOT_SENT_YET = 0

/** The update that is answered, and where. */
interface Answered {
  chatId: number
  updateId: number
  fingerprint: number
  /** Epoch ms. */
  now: number
  trace: string
}

/**
 * Keeps the replies to one update that Telegram does not accept now. They become rows of the outbox when the update's
 * changes are saved, so that none is lost.
 */
export class ReplyOutbox {
  readonly #answered: Answered
  readonly #messages: OutboxMessage[] = []
  #saved = 0
  /** Telegram said that this chat refuses us. */
  chatGone = false

  constructor(answered: Answered) {
    this.#answered = answered
  }

  /** What is not saved yet. */
  get unsaved(): readonly OutboxMessage[] {
    return this.#messages.slice(this.#saved)
  }

  /** Says that everything is saved. */
  markSaved(): void {
    this.#saved = this.#messages.length
  }

  /**
   * A transformer for the API of this update's context: a message that cannot be sent now is kept, and counts as sent
   * with the id `NOT_SENT_YET`. Only an edit that Telegram refuses fails.
   */
  get transformer(): Transformer {
    return async (call, method, payload, signal) => {
      const content = contentOf(method, payload, this.#answered.chatId)
      if (!content) return call(method, payload, signal)
      type Answer = Awaited<ReturnType<typeof call<typeof method>>>
      // Later replies must not overtake the first one that is kept.
      if (this.#messages.length > 0) return this.#keep(content, 0) as Answer
      const failed = await attempt(() => call(method, payload, signal), method, payload)
      if (!(failed instanceof Error)) return failed
      const failure = readTelegramFailure(failed)
      if (failure.kind !== 'done') {
        log('warn', 'reply-failed', {
          kind: failure.kind,
          content: content.type,
          error: describeError(failed),
          trace: this.#answered.trace,
        })
      }
      switch (failure.kind) {
        case 'wait':
          return this.#keep(content, failure.retryAfterMs) as Answer
        // The sender knows what to do with each of these.
        case 'retry':
        case 'unauthorized':
        case 'moved':
        case 'chat-refuses':
        case 'topic-closed':
          return this.#keep(content, 0) as Answer
        case 'chat-gone':
          this.chatGone = true
          break
        case 'stale':
        case 'refused':
          if (content.type === 'edit' && failed instanceof GrammyError)
            return { ok: false, error_code: failed.error_code, description: failed.description } as Answer
      }
      return asSent(this.#answered.chatId) as Answer
    }
  }

  /** Keeps the rest of a message that was split, until the chat accepts another one. */
  keepRest(message: Message): void {
    if (!this.chatGone) this.#keep({ type: 'message', message }, chatInterval(this.#answered.chatId))
  }

  #keep(content: Content, delayMs: number): ApiResponse<TelegramMessage> {
    const { chatId, updateId, fingerprint, now, trace } = this.#answered
    // Nothing overtakes what is kept before it.
    const notBefore = Math.max(now + delayMs, this.#messages.at(-1)?.notBefore ?? 0)
    this.#messages.push({
      event: `reply:${updateId}.${fingerprint}:${this.#messages.length}`,
      chatId,
      priority: 'interactive',
      content,
      eventAt: now,
      trace,
      notBefore,
    })
    return asSent(chatId)
  }
}

const asSent = (chatId: number): ApiResponse<TelegramMessage> => ({
  ok: true,
  result: { message_id: NOT_SENT_YET, date: 0, chat: { id: chatId, type: 'private', first_name: '' } },
})

/** A call's answer, or the error that it amounts to. */
async function attempt<Answer extends ApiResponse<unknown>>(
  call: () => Promise<Answer>,
  method: string,
  payload: object,
): Promise<Answer | Error> {
  try {
    const answer = await call()
    return answer.ok ? answer : new GrammyError(`Call to '${method}' failed!`, answer, method, { ...payload })
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** The message that a call sends, as content of the outbox; undefined for any other call. */
function contentOf(
  method: string,
  payload: object,
  chatId: number,
): (Content & { type: 'message' | 'edit' }) | undefined {
  const call = payload as Partial<{
    chat_id: number
    message_id: number
    text: string
    entities: Message['entities']
    reply_markup: { inline_keyboard?: InlineKeyboardButton[][] }
    disable_notification: boolean
    message_thread_id: number
  }>
  if (call.chat_id !== chatId || call.text === undefined) return undefined
  const message: Message = {
    text: call.text,
    ...(call.entities && { entities: call.entities }),
    ...(call.reply_markup?.inline_keyboard && { keyboard: call.reply_markup.inline_keyboard }),
    ...(call.disable_notification && { silent: true }),
    ...(call.message_thread_id !== undefined && { threadId: call.message_thread_id }),
  }
  if (method === 'sendMessage') return { type: 'message', message }
  if (method !== 'editMessageText' || call.message_id === undefined) return undefined
  return { type: 'edit', target: { messageId: call.message_id }, message }
}
