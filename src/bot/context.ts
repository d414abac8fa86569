import type { D1Result } from '@cloudflare/workers-types'
import { type Api, Context, type Transformer } from 'grammy'
import type { InlineKeyboardButton } from 'grammy/types'
import { type AwaitedInput, readAwaited } from '../chats/awaited-input.ts'
import { type Chat, saveChat } from '../chats/chat-row.ts'
import { type Database, type Row, type Statement, transact } from '../db/database.ts'
import { StoreError } from '../db/store-error.ts'
import { parseButtonData } from '../delivery/button-data.ts'
import type { FirstPart } from '../delivery/channels/channel.ts'
import { callTelegram } from '../delivery/channels/telegram/bot-api.ts'
import { newFieldsFallback, storedMemory } from '../delivery/channels/telegram/new-fields.ts'
import { firstPart } from '../delivery/channels/telegram/split-message.ts'
import type { Message } from '../delivery/content.ts'
import { type Text, toMessage } from '../delivery/message.ts'
import { enqueue } from '../delivery/outbox.ts'
import { wake } from '../passport/follow/follow.ts'
import type { Follow } from '../passport/follow/follows.ts'
import { describeError, log } from '../platform/log.ts'
import { type Texts, textsIn } from '../texts/index.ts'
import type { Arrival, BotDeps } from './bot-deps.ts'
import { markDone } from './processed-updates.ts'
import { ReplyOutbox } from './replies.ts'

/** A failed call whose failure is not repeated. */
export type CallOutcome<Value> = { ok: true; value: Value } | { ok: false }

/**
 * grammY's context with our flavor: the chat's row, texts in its language, and changes saved in one transaction with
 * the mark that the update is done. `ctx.reply` and `ctx.api` work as usual; a reply that Telegram does not accept now
 * is sent later.
 */
export class SportelloContext extends Context {
  deps!: BotDeps
  fingerprint!: number
  /** Epoch ms. */
  now!: number
  trace!: string
  /** The chat's row, as it will be saved: change it with `prefer`. */
  chatRow!: Chat
  /** The provinces that the chat follows, by name. */
  follows!: Follow[]
  /** The question that the next typed message answers. */
  awaited: AwaitedInput = []
  #replies!: ReplyOutbox
  #pressAnswered = false
  /** A label was typed: what would be a toast is a message. */
  #pressTyped = false
  #said = false
  #toastText: string | undefined
  #changed: Partial<Chat> | null = null
  #forgotten = false

  /** First step: what needs no query. */
  arrive({ deps, fingerprint, now, trace }: Arrival): void {
    Object.assign(this, { deps, fingerprint, now, trace })
  }

  /**
   * Second step: the chat's data from the database.
   * @param changed the columns of the row that are not saved yet; null: none
   */
  load(chat: Chat, changed: Partial<Chat> | null, follows: Follow[]): void {
    this.chatRow = chat
    this.#changed = changed
    this.follows = follows
    this.awaited = readAwaited(chat)
    this.#replies = new ReplyOutbox({
      chatId: chat.id,
      updateId: this.update.update_id,
      fingerprint: this.fingerprint,
      now: this.now,
      trace: this.trace,
    })
    const newFields = newFieldsFallback(storedMemory(this.db, () => this.deps.clock.now()))
    this.api.config.use(newFields, this.#replies.transformer, this.#inTopic)
    const { threadId } = this
    if (threadId !== undefined && chat.threadId !== threadId) this.prefer({ threadId })
  }

  /** The forum topic in which the update happened; undefined in General, and in a chat without topics. */
  get threadId(): number | undefined {
    return this.msg?.is_topic_message ? this.msg.message_thread_id : undefined
  }

  /** Sends everything for this chat to the topic of the update. */
  readonly #inTopic: Transformer = (call, method, payload, signal) => {
    const { threadId } = this
    const isHere = 'chat_id' in payload && payload.chat_id === this.chatRow.id
    if (threadId === undefined || !isHere || !method.startsWith('send')) return call(method, payload, signal)
    return call(method, { message_thread_id: threadId, ...payload }, signal)
  }

  /** A message for the topic of the update. */
  #here(message: Message): Message {
    return { ...message, ...(this.threadId !== undefined && { threadId: this.threadId }) }
  }

  get db(): Database {
    return this.deps.db
  }

  /** Texts in the chat's language. */
  get texts(): Texts {
    return textsIn(this.chatRow.language)
  }

  /** The typed text; empty for a button. */
  get text(): string {
    return (this.callbackQuery === undefined && this.msg?.text) || ''
  }

  /** The text after a command's name, trimmed. */
  get argument(): string {
    return typeof this.match === 'string' ? this.match.trim() : ''
  }

  /** Arguments of the pressed button or of the awaited answer; unchecked. */
  get args(): readonly string[] {
    const data = this.callbackQuery?.data
    if (data !== undefined) return parseButtonData(data)?.args ?? []
    return this.awaited.slice(1)
  }

  /** The person who acts; undefined for a channel's post or an anonymous admin. */
  get userId(): number | undefined {
    return this.from?.id ?? (this.chatRow.kind === 'private' ? this.chatRow.id : undefined)
  }

  get isAdmin(): boolean {
    return this.userId !== undefined && this.deps.settings.ADMIN_IDS.has(this.userId)
  }

  /** True for an operator in their private chat. */
  get isAdminHere(): boolean {
    return this.isAdmin && this.chatRow.kind === 'private'
  }

  get maySport(): boolean {
    const allowed = this.deps.settings.SPORT_USER_IDS
    return allowed === 'everyone' || (this.userId !== undefined && allowed.has(this.userId))
  }

  /** True when this person may use sport in this chat: only in their private one. */
  get maySportHere(): boolean {
    return this.maySport && this.chatRow.kind === 'private'
  }

  /** Goes on as if the button with this data had been pressed instead of its label being typed. */
  pressInstead(data: string): void {
    const { update_id, message } = this.update
    const from = this.from ?? message?.from
    if (from === undefined) return
    this.#pressAnswered = true
    this.#pressTyped = true
    const callback_query = { id: '', from, chat_instance: '', data }
    Object.assign(this, { update: { update_id, callback_query } })
  }

  /** Goes on as if this command had been typed. */
  typeInstead(text: string): void {
    const { update_id, message } = this.update
    const [name = ''] = text.split(' ')
    const entities = [{ type: 'bot_command', offset: 0, length: name.length }]
    Object.assign(this, { update: { update_id, message: { ...message, text, entities } } })
  }

  /** A message of a text and buttons. */
  view(text: Text, keyboard?: InlineKeyboardButton[][]): Message {
    return toMessage(text, keyboard)
  }

  /** Sends a new message; the rest of a longer text follows from the outbox, within the chat's rate limit. */
  async say(message: Message): Promise<void> {
    await Promise.all([this.answerPress(), this.#send(firstPart(this.#here(message)))])
  }

  /**
   * Replaces the message whose button was pressed; a typed update gets a new message, and so does a button whose message
   * cannot be edited any more.
   */
  async show(message: Message): Promise<void> {
    const at = this.callbackQuery?.message?.message_id
    if (at === undefined) return this.say(message)
    await Promise.all([this.answerPress(), this.#edit(at, firstPart(this.#here(message)))])
  }

  async #send({ part, rest }: FirstPart): Promise<void> {
    this.#said = true
    await callTelegram(this.api, { chatId: this.chatRow.id, message: part })
    if (rest) this.#replies.keepRest(rest)
  }

  async #edit(editOf: number, { part, rest }: FirstPart): Promise<void> {
    const edited = await this.tryCall('editMessageText', (api) =>
      callTelegram(api, { chatId: this.chatRow.id, message: part, editOf }),
    )
    if (!edited.ok) await this.#send({ part, ...(rest && { rest }) })
    else if (rest) this.#replies.keepRest(rest)
  }

  /**
   * Sends a message, or edits the one whose button was pressed.
   * @returns Telegram's id of it; undefined when it is sent later
   */
  async place(message: Message): Promise<number | undefined> {
    await this.answerPress()
    const chatId = this.chatRow.id
    const editOf = this.callbackQuery?.message?.message_id
    if (editOf !== undefined) {
      const edited = await this.tryCall('editMessageText', (api) =>
        callTelegram(api, { chatId, message, editOf }),
      )
      if (edited.ok) return this.#replies.unsaved.length > 0 ? undefined : editOf
    }
    return (await callTelegram(this.api, { chatId, message })) || undefined
  }

  /** Shows a few words over the chat when the press is answered; call it before `show` or `say`. */
  toast(text: string): void {
    this.#toastText = text
  }

  /** Answers the pressed button, so that it stops loading; `show` and `say` do so themselves. */
  async answerPress(): Promise<void> {
    if (this.callbackQuery === undefined || this.#pressAnswered) return
    this.#pressAnswered = true
    const text = this.#toastText
    await this.tryCall('answerCallbackQuery', () =>
      this.answerCallbackQuery(text === undefined ? {} : { text: text.slice(0, 200) }),
    )
  }

  /** Makes a call whose failure is only logged (a toast, a deletion). */
  async tryCall<Value>(what: string, call: (api: Api) => Promise<Value>): Promise<CallOutcome<Value>> {
    try {
      return { ok: true, value: await call(this.api) }
    } catch (error) {
      log('warn', 'telegram-call-failed', { what, error: describeError(error), trace: this.trace })
      return { ok: false }
    }
  }

  /** Deletes the typed message, which holds a secret. @returns false when Telegram refused */
  async deleteTyped(): Promise<boolean> {
    if (this.callbackQuery !== undefined) return true
    return (await this.tryCall('deleteMessage', () => this.deleteMessage())).ok
  }

  /** Changes the chat's row; it is saved with `commit`, or after the handler. */
  prefer(patch: Partial<Omit<Chat, 'id'>>): void {
    Object.assign(this.chatRow, patch)
    this.#changed = { ...this.#changed, ...patch }
  }

  /**
   * Writes changes and what `prefer` changed, in one transaction: call it once, with everything, before saying that it
   * is done. The update itself is marked done only after the reply: a crash between them repeats it, so repeating the
   * changes must do no harm.
   * @returns the result of each given statement
   * @throws StoreError when the database did not take it; nothing was written
   */
  async commit(statements: readonly Statement[] = []): Promise<D1Result<Row>[]> {
    const results = await this.#write(statements, false)
    return results.slice(0, statements.length)
  }

  /**
   * Writes what `prefer` changed and marks the update as done now: before work that might end the Worker, after which
   * Telegram would send the same update again.
   * @throws StoreError when the database did not take it; nothing was written
   */
  async commitAsDone(): Promise<void> {
    await this.#write([], true)
  }

  /** Deletes everything about the chat: its row is not written again by this update. */
  async commitForgetting(statements: readonly Statement[]): Promise<void> {
    this.#forgotten = true
    await this.#write(statements, false)
  }

  /** Writes what is left: the chat's row, replies to be sent later, and that the update is done. */
  async finish(): Promise<void> {
    await this.answerPress()
    if (this.#pressTyped && !this.#said && this.#toastText !== undefined)
      await this.say(this.view(this.#toastText))
    const kept = this.#replies.unsaved.length > 0
    if (this.#replies.chatGone && this.chatRow.status === 'active') this.prefer({ status: 'gone' })
    await this.#write([], true)
    if (kept) this.background('nudge-sender', this.deps.nudgeSender(this.trace))
  }

  /** Continues `work` after the answer; a failure is logged. */
  background(what: string, work: Promise<unknown>): void {
    this.deps.waitUntil(
      work.catch((error) =>
        log('warn', 'background-work-failed', { what, error: describeError(error), trace: this.trace }),
      ),
    )
  }

  async #write(statements: readonly Statement[], done: boolean): Promise<D1Result<Row>[]> {
    const chat = this.#changed && !this.#forgotten ? saveChat(this.db, this.chatRow, this.#changed, wake) : []
    const kept = this.#replies.unsaved
    const results = await StoreError.wrap(
      transact(this.db, [
        ...statements,
        ...chat,
        ...(kept.length > 0 ? [enqueue(kept, this.now)] : []),
        ...(done ? [markDone(this, this.now)] : []),
      ]),
    )
    this.#replies.markSaved()
    this.#changed = null
    return results
  }
}

/** The context of handlers: grammY's with our flavor. */
export type BotContext = Context & Omit<SportelloContext, keyof Context>
