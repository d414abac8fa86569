import type { Message as TelegramMessage } from 'grammy/types'
import { z } from 'zod'

/**
 * Updates come from outside: each is parsed once, into one of these. What is used is checked, what is not is left as it
 * came; optional fields may be missing.
 */
export type Incoming =
  | TypedUpdate
  | PressedUpdate
  | { kind: 'membership'; updateId: number; chat: IncomingChat; from?: Sender; present: boolean }
  | { kind: 'migration'; updateId: number; from: number; to: number }
  | { kind: 'ignored'; updateId: number; reason: string }

/** A message in a private chat or group, or a post in a channel. */
export interface TypedUpdate {
  kind: 'message'
  updateId: number
  chat: IncomingChat
  from?: Sender
  messageId: number
  /** Text or caption; empty when there is neither. */
  text: string
  /** True when the message answers one of a bot's. */
  repliesToBot: boolean
  /** Written in the chat's own name: a post of a channel, an anonymous admin. */
  asChat: boolean
  /** The message as Telegram sent it, for what else it holds (photo, document): check before use. */
  message: Partial<TelegramMessage>
}

/** A pressed button. */
export interface PressedUpdate {
  kind: 'press'
  updateId: number
  chat: IncomingChat
  from: Sender
  callbackId: string
  /** Empty when the button carries none. */
  data: string
  /** The message with the button; missing when Telegram did not say. */
  messageId?: number
}

export interface IncomingChat {
  id: number
  kind: 'private' | 'group' | 'channel'
}

export interface Sender {
  id: number
  languageCode?: string
  isBot: boolean
}

const id = z.number().int().min(-Number.MAX_SAFE_INTEGER).max(Number.MAX_SAFE_INTEGER)

const chatShape = z
  .object({ id: id.refine((value) => value !== 0), type: z.string().optional().catch(undefined) })
  .transform(({ id, type }): IncomingChat => {
    if (type === 'channel') return { id, kind: 'channel' }
    // Users have positive ids, everything else negative ones.
    return { id, kind: type === 'private' || (type === undefined && id > 0) ? 'private' : 'group' }
  })

const senderShape = z
  .object({
    id: id.refine((value) => value > 0),
    is_bot: z.boolean().optional().catch(undefined),
    language_code: z.string().max(20).optional().catch(undefined),
  })
  .transform(
    (from): Sender => ({
      id: from.id,
      isBot: from.is_bot === true,
      ...(from.language_code !== undefined && { languageCode: from.language_code }),
    }),
  )

const optionalId = z.object({ id }).optional().catch(undefined)

const messageShape = z.looseObject({
  message_id: id,
  chat: chatShape,
  from: senderShape.optional().catch(undefined),
  sender_chat: optionalId,
  text: z.string().optional().catch(undefined),
  caption: z.string().optional().catch(undefined),
  reply_to_message: z
    .object({ from: z.object({ is_bot: z.boolean() }) })
    .optional()
    .catch(undefined),
  migrate_to_chat_id: id.optional().catch(undefined),
  migrate_from_chat_id: id.optional().catch(undefined),
})

const pressShape = z.object({
  id: z.string().min(1).max(200),
  from: senderShape,
  data: z.string().max(1000).optional().catch(undefined),
  message: z.object({ message_id: id, chat: chatShape }).optional().catch(undefined),
})

const membershipShape = z.object({
  chat: chatShape,
  from: senderShape.optional().catch(undefined),
  new_chat_member: z.object({ status: z.string(), is_member: z.boolean().optional().catch(undefined) }),
})

/** What a person can send that deserves an answer, beside text. Joins, pins and other notices do not. */
const content = [
  'photo',
  'document',
  'sticker',
  'voice',
  'video',
  'video_note',
  'audio',
  'animation',
  'location',
  'contact',
  'poll',
  'dice',
  'web_app_data',
]

function parseMessage(updateId: number, raw: unknown): Incoming {
  const parsed = messageShape.safeParse(raw)
  if (!parsed.success) return { kind: 'ignored', updateId, reason: 'malformed-message' }
  const message = parsed.data
  if (message.migrate_to_chat_id !== undefined) {
    return { kind: 'migration', updateId, from: message.chat.id, to: message.migrate_to_chat_id }
  }
  if (message.from?.isBot && message.sender_chat === undefined) {
    return { kind: 'ignored', updateId, reason: 'from-a-bot' }
  }
  const text = message.text ?? message.caption ?? ''
  if (text.trim() === '' && !content.some((name) => message[name] !== undefined)) {
    return { kind: 'ignored', updateId, reason: 'no-content' }
  }
  return {
    kind: 'message',
    updateId,
    chat: message.chat,
    ...(message.from && { from: message.from }),
    messageId: message.message_id,
    text,
    repliesToBot: message.reply_to_message?.from.is_bot === true,
    asChat: message.sender_chat?.id === message.chat.id || message.chat.kind === 'channel',
    message: raw as Partial<TelegramMessage>,
  }
}

function parsePress(updateId: number, raw: unknown): Incoming {
  const parsed = pressShape.safeParse(raw)
  if (!parsed.success) return { kind: 'ignored', updateId, reason: 'malformed-callback' }
  const { id: callbackId, from, data = '', message } = parsed.data
  return {
    kind: 'press',
    updateId,
    chat: message?.chat ?? { id: from.id, kind: 'private' },
    from,
    callbackId,
    data,
    ...(message && { messageId: message.message_id }),
  }
}

function parseMembership(updateId: number, raw: unknown): Incoming {
  const parsed = membershipShape.safeParse(raw)
  if (!parsed.success) return { kind: 'ignored', updateId, reason: 'malformed-membership' }
  const { chat, from, new_chat_member: member } = parsed.data
  const present =
    ['member', 'administrator', 'creator'].includes(member.status) ||
    (member.status === 'restricted' && member.is_member !== false)
  return { kind: 'membership', updateId, chat, ...(from && { from }), present }
}

const isPresent = (value: unknown) => value !== undefined && value !== null

const updateShape = z.looseObject({ update_id: id })

/** Parses an update's JSON value; null when it is not an update at all (no whole `update_id`). */
export function parseUpdate(value: unknown): Incoming | null {
  const parsed = updateShape.safeParse(value)
  if (!parsed.success) return null
  const { update_id: updateId, ...update } = parsed.data
  if (isPresent(update.message)) return parseMessage(updateId, update.message)
  if (isPresent(update.callback_query)) return parsePress(updateId, update.callback_query)
  if (isPresent(update.channel_post)) return parseMessage(updateId, update.channel_post)
  if (isPresent(update.my_chat_member)) return parseMembership(updateId, update.my_chat_member)
  return { kind: 'ignored', updateId, reason: 'other-kind' }
}
