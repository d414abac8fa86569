import type { InlineKeyboardButton, MessageEntity } from 'grammy/types'
import * as z from 'zod'

/** A message for Telegram: plain text with entities (nothing to escape), buttons, and whether it is silent. */
export interface Message {
  text: string
  entities?: MessageEntity[]
  keyboard?: InlineKeyboardButton[][]
  /** Silent: no sound on arrival. */
  silent?: boolean
  /** Telegram's `message_effect_id`: an animation on arrival; only in private chats, and not in an edit. */
  effect?: string
  /** The forum topic that it goes to; absent: the chat itself, in a forum its General topic. An edit needs none. */
  threadId?: number
}

/**
 * What a delivery sends. `message`: this message. `edit`: replaces the message that another event sent to the same chat
 * (or the message with that id). `render`: a renderer writes it just before it is sent, so that it is true then.
 */
export type Content =
  | { type: 'message'; message: Message }
  | { type: 'edit'; target: EditTarget; message: Message }
  | { type: 'render'; by: string; ref: string; edits?: EditTarget }

/** The message to edit: by the event that sent it to this chat, or by Telegram's id. */
export type EditTarget = { event: string } | { messageId: number }

/** The content of a row that this version of the code cannot read: a newer or much older version wrote it. */
export interface Unreadable {
  type: 'unreadable'
}

const target = z.union([z.object({ event: z.string() }), z.object({ messageId: z.number().int() })])
const message = z.object({
  text: z.string().min(1),
  entities: z.array(z.looseObject({ type: z.string(), offset: z.int(), length: z.int() })).optional(),
  keyboard: z.array(z.array(z.looseObject({ text: z.string() }))).optional(),
  silent: z.boolean().optional(),
  effect: z.string().optional(),
  threadId: z.int().optional(),
})
/** Digests of version 0.1.0 hold a list here. */
const ref = z.union([z.string(), z.array(z.string()).transform((list) => JSON.stringify(list))])
const content = z.discriminatedUnion('type', [
  z.object({ type: z.literal('message'), message }),
  z.object({ type: z.literal('edit'), target, message }),
  z.object({ type: z.literal('render'), by: z.string(), ref, edits: target.optional() }),
])

/**
 * A content as a row holds it.
 * @throws ZodError when `readContent` could not read it: a bug of the caller
 */
export const writeContent = (value: Content): string => JSON.stringify(content.parse(value))

/** Reads a row's content. */
export function readContent(json: string): Content | Unreadable {
  try {
    const read = content.safeParse(JSON.parse(json))
    return read.success ? (read.data as Content) : { type: 'unreadable' }
  } catch (error) {
    if (error instanceof SyntaxError) return { type: 'unreadable' }
    throw error
  }
}
