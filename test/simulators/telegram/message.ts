import type { Formatted, MessageEntity } from './formatting/formatted.ts'
import type { InlineKeyboardMarkup } from './keyboard.ts'

/** A file kept by the server. */
export interface StoredFile {
  fileId: string
  uniqueId: string
  /** Where `/file/bot<token>/` serves it. */
  path: string
  name: string
  mime: string
  bytes: Uint8Array
  kind: 'document' | 'photo'
  /** Pixels; 0 for what is not a picture. */
  width: number
  height: number
}

/** What a message said before an edit. Time in epoch ms. */
export interface EarlierText {
  at: number
  text: string
  entities: readonly MessageEntity[]
  keyboard: InlineKeyboardMarkup | undefined
}

/** What a new message is made of. */
export interface Draft extends Formatted {
  /** `bot`, or the id of the user (or channel) that sends it. */
  from: 'bot' | number
  keyboard?: InlineKeyboardMarkup | undefined
  otherMarkup?: Record<string, unknown> | undefined
  silent?: boolean
  /** The id of the animation on its arrival. */
  effect?: string | undefined
  replyTo?: number | undefined
  /** The forum topic; absent in General and in chats without topics. */
  threadId?: number | undefined
  file?: StoredFile | undefined
  /** Fields of a service message (new members, migration …), as the API gives them. */
  service?: Record<string, unknown> | undefined
}

const NONE: readonly MessageEntity[] = Object.freeze([])

/** One message of a chat, as it stands now. Times in epoch ms. */
export class ChatMessage {
  readonly id: number
  readonly chatId: number
  readonly from: 'bot' | number
  readonly sentAt: number
  /** Text, or caption when there is a file. */
  text: string
  entities: readonly MessageEntity[]
  keyboard: InlineKeyboardMarkup | undefined
  readonly otherMarkup: Record<string, unknown> | undefined
  readonly silent: boolean
  readonly effect: string | undefined
  readonly replyTo: number | undefined
  /** The forum topic; undefined in General and in chats without topics. */
  readonly threadId: number | undefined
  readonly file: StoredFile | undefined
  readonly service: Record<string, unknown> | undefined
  /** When its text was last changed. A changed keyboard alone is no edit that a reader sees. */
  editedAt: number | undefined = undefined
  deletedAt: number | undefined = undefined
  /** What it said before, oldest first. */
  history: readonly EarlierText[] | undefined = undefined

  constructor(id: number, chatId: number, sentAt: number, draft: Draft) {
    this.id = id
    this.chatId = chatId
    this.sentAt = sentAt
    this.from = draft.from
    this.text = draft.text
    this.entities = draft.entities.length > 0 ? draft.entities : NONE
    this.keyboard = draft.keyboard
    this.otherMarkup = draft.otherMarkup
    this.silent = draft.silent ?? false
    this.effect = draft.effect
    this.replyTo = draft.replyTo
    this.threadId = draft.threadId
    this.file = draft.file
    this.service = draft.service
  }

  /** The texts on its buttons, row by row. */
  get buttons(): string[] {
    return this.keyboard?.inline_keyboard.flat().map((button) => button.text) ?? []
  }

  /** Puts another content in its place and keeps what it said. */
  change(at: number, content: Formatted, keyboard: InlineKeyboardMarkup | undefined): void {
    const before = { at, text: this.text, entities: this.entities, keyboard: this.keyboard }
    this.history = [...(this.history ?? []), before]
    if (content.text !== this.text || !sameJson(content.entities, this.entities)) this.editedAt = at
    this.text = content.text
    this.entities = content.entities.length > 0 ? content.entities : NONE
    this.keyboard = keyboard
  }
}

/** Whether two values are the same when written as JSON. */
export const sameJson = (one: unknown, other: unknown): boolean =>
  one === other || JSON.stringify(one) === JSON.stringify(other)
