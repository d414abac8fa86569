import type { InlineKeyboardButton, MessageEntity } from 'grammy/types'

/** A message as Telegram takes it: plain text with entities (nothing to escape), buttons, and whether it rings. */
export interface Message {
  text: string
  entities?: MessageEntity[]
  keyboard?: InlineKeyboardButton[][]
  /** Arrives without a sound. */
  silent?: boolean
}

/**
 * What a delivery sends. `message`: as it is. `edit`: replaces the message that another event put in the same chat (or
 * the message with that id). `render`: written by a renderer just before sending, so that it says what is true then.
 */
export type Content =
  | { type: 'message'; message: Message }
  | { type: 'edit'; target: EditTarget; message: Message }
  | { type: 'render'; by: string; ref: string; edits?: EditTarget }

/** The message to edit: by the event that sent it to this chat, or by Telegram's id. */
export type EditTarget = { event: string } | { messageId: number }
