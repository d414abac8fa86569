import { type Api, GrammyError } from 'grammy'
import type { Content, Message } from '../delivery/content.ts'
import type { OutboxMessage } from '../delivery/outbox.ts'
import { splitMessage } from '../delivery/split-message.ts'
import { describeError, log } from '../platform/log.ts'
import type { UpdateKey } from './update.ts'

/** What a failed call to Telegram means for a reply. */
export type ReplyFailure =
  /**
   * Too many requests, Telegram down or out of reach, a token that the operator must renew, a group that moved to
   * another id: owed, and sent later by the sender, which knows what to do with each.
   */
  | { kind: 'later'; retryAfterMs: number }
  /** The chat refuses us: blocked, kicked, deactivated, not found. */
  | { kind: 'chat-gone' }
  /** The edit would change nothing: as good as done. */
  | { kind: 'same' }
  /** Refused for what it asks: an edit of a message too old or deleted, a query too old, our own mistake. */
  | { kind: 'refused' }

/** Sorts what a call to Telegram threw (Bot API error codes and descriptions). */
export function readReplyFailure(error: unknown): ReplyFailure {
  if (!(error instanceof GrammyError)) return { kind: 'later', retryAfterMs: 0 }
  const { error_code: code, description } = error
  if (code === 429) return { kind: 'later', retryAfterMs: (error.parameters?.retry_after ?? 1) * 1000 }
  if (code >= 500 || code === 401) return { kind: 'later', retryAfterMs: 0 }
  if (error.parameters?.migrate_to_chat_id !== undefined) return { kind: 'later', retryAfterMs: 0 }
  if (code === 403 || /chat not found|user is deactivated|bot was kicked/i.test(description)) {
    return { kind: 'chat-gone' }
  }
  if (/message is not modified/i.test(description)) return { kind: 'same' }
  return { kind: 'refused' }
}

/** Sends the replies of one update straight to Telegram; what cannot be sent now is left in `owed`. */
export class Replies {
  private readonly owed: OutboxMessage[] = []
  /** How many of `owed` are written down. */
  private saved = 0
  /** Telegram said that this chat refuses us. */
  chatGone = false
  private readonly api: Api
  private readonly chatId: number
  private readonly update: UpdateKey
  private readonly now: number
  private readonly trace: string

  constructor(api: Api, to: { chatId: number; update: UpdateKey; now: number; trace: string }) {
    this.api = api
    this.chatId = to.chatId
    this.update = to.update
    this.now = to.now
    this.trace = to.trace
  }

  /** What the outbox must send because Telegram would not take it now, as far as it is not written down yet. */
  get unsaved(): readonly OutboxMessage[] {
    return this.owed.slice(this.saved)
  }

  /** Says that what was unsaved is written down. */
  markSaved(): void {
    this.saved = this.owed.length
  }

  /** Sends a message, split where it is too long. */
  async send(message: Message): Promise<void> {
    for (const part of splitMessage(message)) await this.attempt({ type: 'message', message: part })
  }

  /** Replaces a message; one that cannot be edited any more is followed by a new one. */
  async edit(messageId: number, message: Message): Promise<void> {
    const [first, ...rest] = splitMessage(message)
    if (!first) return
    const failure = await this.attempt({ type: 'edit', target: { messageId }, message: first })
    if (failure?.kind === 'refused') await this.attempt({ type: 'message', message: first })
    for (const part of rest) await this.attempt({ type: 'message', message: part })
  }

  /** Does something with the chat whose failure is survived and not repeated (a toast, a deletion). */
  async tryOnce(what: string, call: (api: Api) => Promise<unknown>): Promise<boolean> {
    try {
      await call(this.api)
      return true
    } catch (error) {
      log('warn', 'telegram-call-failed', { what, error: describeError(error), trace: this.trace })
      return false
    }
  }

  /** One call; its failure is written down (and owed when it may pass later) and returned. */
  private async attempt(content: Content & { type: 'message' | 'edit' }): Promise<ReplyFailure | null> {
    // Once one is owed the rest must come after it.
    if (this.owed.length > 0) {
      this.enqueue(content, 0)
      return null
    }
    try {
      await this.call(content)
      return null
    } catch (error) {
      const failure = readReplyFailure(error)
      if (failure.kind === 'same') return null
      log('warn', 'reply-failed', {
        kind: failure.kind,
        content: content.type,
        error: describeError(error),
        trace: this.trace,
      })
      if (failure.kind === 'later') this.enqueue(content, failure.retryAfterMs)
      if (failure.kind === 'chat-gone') this.chatGone = true
      return failure
    }
  }

  private async call(content: Content & { type: 'message' | 'edit' }): Promise<void> {
    const { text, entities, keyboard, silent } = content.message
    const options = {
      ...(entities && { entities }),
      ...(keyboard && { reply_markup: { inline_keyboard: keyboard } }),
      link_preview_options: { is_disabled: true },
    }
    if (content.type === 'message') {
      await this.api.sendMessage(this.chatId, text, {
        ...options,
        ...(silent && { disable_notification: true }),
      })
    } else if ('messageId' in content.target) {
      await this.api.editMessageText(this.chatId, content.target.messageId, text, options)
    }
  }

  private enqueue(content: Content, delayMs: number): void {
    this.owed.push({
      event: `reply:${this.update.updateId}.${this.update.fingerprint}:${this.owed.length}`,
      chatId: this.chatId,
      priority: 'interactive',
      content,
      eventAt: this.now,
      trace: this.trace,
      notBefore: this.now + delayMs,
    })
  }
}
