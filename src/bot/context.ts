import type { D1Result } from '@cloudflare/workers-types'
import type { Api } from 'grammy'
import type { InlineKeyboardButton, UserFromGetMe } from 'grammy/types'
import { type Database, type Row, type Statement, transact } from '../db/client.ts'
import { StoreError } from '../db/store-error.ts'
import type { Message } from '../delivery/content.ts'
import { type Text, toMessage } from '../delivery/message.ts'
import { enqueue } from '../delivery/outbox.ts'
import { type Chat, type Follow, saveChat } from '../passport/chat.ts'
import type { Settings } from '../platform/config.ts'
import { describeError, log } from '../platform/log.ts'
import type { Clock } from '../platform/time.ts'
import { type Texts, textsIn } from '../texts/index.ts'
import type { Feature } from './feature.ts'
import { Replies } from './replies.ts'
import { markDone } from './seen.ts'
import type { PressedUpdate, Sender, TypedUpdate } from './update.ts'

/** What the bot needs from the Worker that it runs in. */
export interface BotDeps {
  db: Database
  api: Api
  settings: Pick<Settings, 'ADMIN_IDS' | 'SPORT_USER_IDS' | 'PUBLIC_URL'>
  /** Reads a province now, in the background, because somebody began to follow it. */
  pollNow: (province: string) => Promise<void>
  /** Codes of the provinces whose police serve the towns so called; none when the portal cannot be asked. */
  provincesOfTown: (name: string) => Promise<string[]>
  /** Tells the sender that deliveries wait. */
  nudgeSender: (trace: string) => Promise<void>
  /** Keeps the Worker alive until `work` ends. */
  waitUntil: (work: Promise<unknown>) => void
  clock: Clock
  /** The Worker's bindings, for a feature that calls another Worker. */
  env: object
}

/** One update being answered: who, where, what the store knows of the chat, and how to reply. */
export class BotContext {
  readonly deps: BotDeps
  readonly incoming: PressedUpdate | TypedUpdate
  /** The chat's row, as it will be saved: change it with `prefer`. */
  readonly chat: Chat
  /** What the chat follows, by name of the province. */
  follows: Follow[]
  /** Arguments of the button or of the awaited answer; unchecked. */
  args: string[] = []
  /** What follows a command's name, trimmed. */
  argument = ''
  /** Epoch ms. */
  readonly now: number
  readonly trace: string
  readonly replies: Replies
  /** Every part of the conversation. */
  readonly features: readonly Feature[]
  private readonly me: () => Promise<UserFromGetMe | null>
  private answered = false
  private toastText: string | undefined
  private changed: Partial<Chat> | null
  private forgotten = false

  constructor(options: {
    deps: BotDeps
    incoming: PressedUpdate | TypedUpdate
    chat: Chat
    /** What of the chat's row is not saved yet; null: nothing. */
    changed: Partial<Chat> | null
    follows: Follow[]
    me: () => Promise<UserFromGetMe | null>
    features: readonly Feature[]
    now: number
    trace: string
  }) {
    this.deps = options.deps
    this.incoming = options.incoming
    this.chat = options.chat
    this.changed = options.changed
    this.follows = options.follows
    this.me = options.me
    this.features = options.features
    this.now = options.now
    this.trace = options.trace
    this.replies = new Replies(this.deps.api, {
      chatId: this.chat.id,
      update: this.incoming,
      now: this.now,
      trace: this.trace,
    })
  }

  get db(): Database {
    return this.deps.db
  }

  /** Texts in the chat's language. */
  get texts(): Texts {
    return textsIn(this.chat.language)
  }

  /** What was typed; empty for a button. */
  get text(): string {
    return this.incoming.kind === 'message' ? this.incoming.text : ''
  }

  /** The whole typed message; undefined for a button. */
  get message(): TypedUpdate['message'] | undefined {
    return this.incoming.kind === 'message' ? this.incoming.message : undefined
  }

  get from(): Sender | undefined {
    return this.incoming.from
  }

  /** The person who acts; undefined for a channel's post or an anonymous admin. */
  get userId(): number | undefined {
    return this.from?.id ?? (this.chat.kind === 'private' ? this.chat.id : undefined)
  }

  get isAdmin(): boolean {
    return this.userId !== undefined && this.deps.settings.ADMIN_IDS.has(this.userId)
  }

  get maySport(): boolean {
    const allowed = this.deps.settings.SPORT_USER_IDS
    return allowed === 'everyone' || (this.userId !== undefined && allowed.has(this.userId))
  }

  /** The bot's own account; null when Telegram cannot say. */
  botInfo(): Promise<UserFromGetMe | null> {
    return this.me()
  }

  /** A message of a text and buttons. */
  view(text: Text, keyboard?: InlineKeyboardButton[][]): Message {
    return toMessage(text, keyboard)
  }

  /** Sends a new message. */
  async say(message: Message): Promise<void> {
    await Promise.all([this.answerPress(), this.replies.send(message)])
  }

  /** Replaces the message whose button was pressed; a typed update gets a new message. */
  async show(message: Message): Promise<void> {
    const at = this.incoming.kind === 'press' ? this.incoming.messageId : undefined
    if (at === undefined) return this.say(message)
    await Promise.all([this.answerPress(), this.replies.edit(at, message)])
  }

  /** A few words over the chat when the press is answered; call it before `show` or `say`. */
  toast(text: string): void {
    this.toastText = text
  }

  /** Answers the pressed button, so that it stops spinning; `show` and `say` do so by themselves. */
  async answerPress(): Promise<void> {
    if (this.incoming.kind !== 'press' || this.answered) return
    this.answered = true
    const { callbackId } = this.incoming
    const text = this.toastText
    await this.replies.tryOnce('answerCallbackQuery', (api) =>
      api.answerCallbackQuery(callbackId, text === undefined ? {} : { text: text.slice(0, 200) }),
    )
  }

  /** Changes the chat's row; it is saved with `commit`, or after the handler. */
  prefer(patch: Partial<Omit<Chat, 'id'>>): void {
    Object.assign(this.chat, patch)
    this.changed = { ...this.changed, ...patch }
  }

  /**
   * Writes changes and what `prefer` changed, in one transaction: call it once, with everything, before saying that it
   * is done. The update itself is marked done only after the reply: a crash between them repeats it, so changes must
   * bear to be made again.
   * @returns what each given statement gave
   * @throws StoreError when the database did not take it; nothing was written
   */
  async commit(statements: readonly Statement[] = []): Promise<D1Result<Row>[]> {
    const results = await this.write(statements, false)
    return results.slice(0, statements.length)
  }

  /** Deletes everything about the chat: its row is not written again by this update. */
  async commitForgetting(statements: readonly Statement[]): Promise<void> {
    this.forgotten = true
    await this.write(statements, false)
  }

  /** Writes what is left: the chat's row, owed replies, that the update is done. */
  async finish(): Promise<void> {
    await this.answerPress()
    const owing = this.replies.unsaved.length > 0
    if (this.replies.chatGone && this.chat.status === 'active') this.prefer({ status: 'gone' })
    await this.write([], true)
    if (owing) this.background('nudge-sender', this.deps.nudgeSender(this.trace))
  }

  /** Lets `work` go on after the answer; its failure is logged. */
  background(what: string, work: Promise<unknown>): void {
    this.deps.waitUntil(
      work.catch((error) =>
        log('warn', 'background-work-failed', { what, error: describeError(error), trace: this.trace }),
      ),
    )
  }

  /**
   * Whether the sender may change things here: anyone in a private chat, admins elsewhere; `unknown` when Telegram
   * cannot say.
   */
  async senderStanding(): Promise<'admin' | 'member' | 'unknown'> {
    if (this.chat.kind === 'private') return 'admin'
    if (this.incoming.kind === 'message' && this.incoming.asChat) return 'admin'
    const userId = this.userId
    if (userId === undefined) return 'member'
    let status: string | undefined
    const known = await this.replies.tryOnce('getChatMember', async (api) => {
      status = (await api.getChatMember(this.chat.id, userId)).status
    })
    if (!known) return 'unknown'
    return status === 'creator' || status === 'administrator' ? 'admin' : 'member'
  }

  private async write(statements: readonly Statement[], done: boolean): Promise<D1Result<Row>[]> {
    const chat = this.changed && !this.forgotten ? saveChat(this.db, this.chat, this.changed) : []
    const drafts = this.replies.unsaved
    const results = await StoreError.wrap(
      transact(this.db, [
        ...statements,
        ...chat,
        ...(drafts.length > 0 ? [enqueue(drafts, this.now)] : []),
        ...(done ? [markDone(this.incoming, this.now)] : []),
      ]),
    )
    this.replies.markSaved()
    this.changed = null
    return results
  }
}
