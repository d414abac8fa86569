import type { InlineKeyboardButton, MessageEntity, Update } from 'grammy/types'

/** A person, group or channel of the simulated Telegram. */
export interface SimChat {
  id: number
  type: 'private' | 'group' | 'supergroup' | 'channel'
  title?: string
  first_name?: string
  username?: string
  language_code?: string
  /** Ids of administrators, for groups and channels. */
  admins: number[]
  /** Why the bot's calls are refused; undefined: they are not. */
  refuses?: 'blocked' | 'deactivated' | 'kicked'
  /** A group that became a supergroup: its new id. */
  migratedTo?: number
  messages: SimMessage[]
}

export interface SimDocument {
  fileId: string
  name: string
  mime: string
  size: number
}

/** A message as a person sees it. */
export interface SimMessage {
  id: number
  chatId: number
  from: 'bot' | 'user'
  /** Who wrote it, for messages of users. */
  userId?: number
  text: string
  entities: MessageEntity[]
  keyboard: InlineKeyboardButton[][]
  silent: boolean
  /** Epoch ms. */
  date: number
  editedAt?: number
  /** Texts it had before each edit. */
  history: string[]
  deleted: boolean
  document?: SimDocument
  photo?: SimDocument
}

/** What `answerCallbackQuery` showed. */
export interface CallbackAnswer {
  text?: string
  showAlert: boolean
}

/** One call that the simulator accepted: the truth that audits compare with. */
export interface LedgerEntry {
  /** Epoch ms. */
  at: number
  method: string
  chatId: number
  messageId: number
  text: string
  /** The answer was lost on purpose: the bot cannot know that it was accepted. */
  answerLost?: true
}

/** Limits on sending, as the bot's host would meet them; null: none. */
export interface Limits {
  /** Messages a second over all chats. */
  globalPerSecond: number | null
  /** Messages a second to one chat, after a burst. */
  perChatPerSecond: number | null
  /** Messages that a rested chat takes at once. */
  perChatBurst: number
  /** Messages a minute to one group. */
  groupPerMinute: number | null
  /** Seconds that a 429 asks to wait. */
  retryAfterSeconds: number
}

export type { Update }

/** A change that a page shows: something in a chat, or of the bot itself. */
export type Change = { chatId: number } | { callback: string; answer: CallbackAnswer; userId: number }
