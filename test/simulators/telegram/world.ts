import type { Update, UserFromGetMe } from 'grammy/types'
import type { Clock } from '../../../src/platform/time.ts'
import { apiMessage } from './api-view.ts'
import type { Chat } from './chat.ts'
import type { Faults } from './faults.ts'
import { FileStore } from './files.ts'
import type { Formatted } from './formatting/formatted.ts'
import { Interner } from './interning.ts'
import type { InlineKeyboardMarkup } from './keyboard.ts'
import { Ledger, type LedgerEntry } from './ledger.ts'
import type { RateLimiter } from './limits.ts'
import { ChatMessage, type Draft } from './message.ts'
import type { Person } from './person.ts'
import type { ButtonPress } from './press.ts'
import { Profile } from './profile.ts'
import { type UpdateKind, UpdateQueue } from './updates.ts'
import { Signal } from './waiting.ts'
import type { Webhook } from './webhook.ts'

/** What happened, for who watches the whole server. */
export type WorldEvent =
  | { type: 'message' | 'edited' | 'deleted'; chat: Chat; message: ChatMessage }
  | { type: 'action'; chat: Chat }
  | { type: 'answered'; press: ButtonPress }
  | { type: 'chat'; chat: Chat }
  | { type: 'profile' }
  /** A call was read and is about to be looked at. */
  | { type: 'call'; method: string }

export interface WorldParts {
  clock: Clock
  token: string
  bot: UserFromGetMe
  faults: Faults
  limits: RateLimiter
  random: () => number
  /** Whether the messages of each chat are kept (the ledger always is). */
  keepMessages: boolean
  /** Whether every positive chat id is a person who has started the bot. */
  anyoneExists: boolean
  /** Milliseconds after which a pressed button can no longer be answered. */
  pressLifetimeMs: number
  createPerson: (world: World, id: number) => Person
}

/** Everything that the server knows: the bot, the people, the chats, what was said and what is on its way. */
export class World {
  readonly clock: Clock
  readonly token: string
  readonly bot: UserFromGetMe
  readonly faults: Faults
  readonly limits: RateLimiter
  readonly random: () => number
  readonly keepMessages: boolean
  readonly pressLifetimeMs: number
  readonly ledger = new Ledger()
  readonly files = new FileStore()
  readonly profile = new Profile()
  readonly events = new Signal<WorldEvent>()
  readonly people = new Map<number, Person>()
  readonly chats = new Map<number, Chat>()
  readonly presses = new Map<string, ButtonPress>()
  readonly updates: UpdateQueue
  /** Set once by the server, before it listens. */
  webhook: Webhook | undefined
  readonly #parts: WorldParts
  readonly #interner = new Interner()
  /** Private chats and basic groups share one count of messages, as they do in a bot's account. */
  #sharedMessageId = 0

  constructor(parts: WorldParts) {
    this.#parts = parts
    this.clock = parts.clock
    this.token = parts.token
    this.bot = parts.bot
    this.faults = parts.faults
    this.limits = parts.limits
    this.random = parts.random
    this.keepMessages = parts.keepMessages
    this.pressLifetimeMs = parts.pressLifetimeMs
    this.updates = new UpdateQueue(100_000_000 + Math.floor(parts.random() * 800_000_000))
  }

  /** The chat with this id or @name; if every id is a person, an unknown one is created. */
  findChat(reference: number | string): Chat | undefined {
    if (typeof reference === 'string') {
      const name = reference.replace(/^@/, '').toLowerCase()
      return [...this.chats.values()].find((chat) => chat.isGroup && chat.username?.toLowerCase() === name)
    }
    const known = this.chats.get(reference)
    if (known || reference <= 0 || !this.#parts.anyoneExists) return known
    const person = this.#parts.createPerson(this, reference)
    person.chat.botStatus = 'member'
    return person.chat
  }

  /** Puts a message into a chat. Who made it writes the ledger or tells the bot. */
  post(chat: Chat, draft: Draft): ChatMessage {
    const ownCount = chat.type === 'supergroup' || chat.type === 'channel'
    if (!ownCount) this.#sharedMessageId += 1
    const id = ownCount ? chat.lastMessageId + 1 : this.#sharedMessageId
    chat.lastMessageId = id
    const message = new ChatMessage(id, chat.id, this.clock.now(), {
      ...draft,
      text: this.#interner.text(draft.text),
      entities: this.#interner.value(draft.entities),
      keyboard: this.#interner.value(draft.keyboard),
    })
    if (this.keepMessages) chat.keep(message)
    this.#tell({ type: 'message', chat, message })
    return message
  }

  edit(
    chat: Chat,
    message: ChatMessage,
    content: Formatted,
    keyboard: InlineKeyboardMarkup | undefined,
  ): void {
    const text = this.#interner.text(content.text)
    const entities = this.#interner.value(content.entities)
    message.change(this.clock.now(), { text, entities }, this.#interner.value(keyboard))
    this.#tell({ type: 'edited', chat, message })
  }

  remove(chat: Chat, message: ChatMessage): void {
    message.deletedAt = this.clock.now()
    this.#tell({ type: 'deleted', chat, message })
  }

  /** Writes what was accepted. The entry is returned so that a lost answer can be noted on it. */
  record(
    kind: LedgerEntry['kind'],
    method: string,
    chatId: number,
    message: { id: number; text: string; silent: boolean } | undefined,
  ): LedgerEntry {
    const entry: LedgerEntry = {
      at: this.clock.now(),
      kind,
      method,
      chatId,
      messageId: message?.id ?? 0,
      text: message?.text ?? '',
      silent: message?.silent ?? false,
      answerLost: false,
    }
    this.ledger.accepted.push(entry)
    return entry
  }

  /** Sends an update on its way, when the bot wants its kind. */
  tellBot<Kind extends UpdateKind>(kind: Kind, chat: Chat, content: Update[Kind]): Update | undefined {
    return this.updates.push(kind, chat.id, content)
  }

  /** Sends the bot the update of a person's message. */
  tellBotOfMessage(chat: Chat, message: ChatMessage): Update | undefined {
    const kind = chat.type === 'channel' ? 'channel_post' : 'message'
    return this.tellBot(kind, chat, apiMessage(this, chat, message) as Update[typeof kind])
  }

  #tell(event: Extract<WorldEvent, { message: ChatMessage }>): void {
    event.chat.touch(event.message)
    this.events.emit(event)
  }
}
