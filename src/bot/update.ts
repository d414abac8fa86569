import type { Message as TelegramMessage } from 'grammy/types'
import { z } from 'zod'
import { ringHash } from '../platform/id.ts'

/**
 * Updates come from outside: each is parsed once, into one of these. What is used is checked, what is not is left as it
 * came; optional fields may be missing.
 */
export type Incoming =
  | TypedUpdate
  | PressedUpdate
  | (UpdateKey & { kind: 'membership'; chat: IncomingChat; from?: Sender; present: boolean })
  | (UpdateKey & { kind: 'migration'; from: number; to: number })
  | (UpdateKey & { kind: 'ignored'; reason: string })

/** What tells an update from all others: its id, and what is in it (a Bot API server set up anew counts from the start). */
export interface UpdateKey {
  updateId: number
  fingerprint: number
}

/** A message in a private chat or group, or a post in a channel. */
export interface TypedUpdate extends UpdateKey {
  kind: 'message'
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
export interface PressedUpdate extends UpdateKey {
  kind: 'press'
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

function parseMessage(key: UpdateKey, raw: unknown): Incoming {
  const parsed = messageShape.safeParse(raw)
  if (!parsed.success) return { kind: 'ignored', ...key, reason: 'malformed-message' }
  const message = parsed.data
  if (message.migrate_to_chat_id !== undefined) {
    return { kind: 'migration', ...key, from: message.chat.id, to: message.migrate_to_chat_id }
  }
  if (message.from?.isBot && message.sender_chat === undefined) {
    return { kind: 'ignored', ...key, reason: 'from-a-bot' }
  }
  const text = message.text ?? message.caption ?? ''
  if (text.trim() === '' && !content.some((name) => message[name] !== undefined)) {
    return { kind: 'ignored', ...key, reason: 'no-content' }
  }
  return {
    kind: 'message',
    ...key,
    chat: message.chat,
    ...(message.from && { from: message.from }),
    messageId: message.message_id,
    text,
    repliesToBot: message.reply_to_message?.from.is_bot === true,
    asChat: message.sender_chat?.id === message.chat.id || message.chat.kind === 'channel',
    message: raw as Partial<TelegramMessage>,
  }
}

function parsePress(key: UpdateKey, raw: unknown): Incoming {
  const parsed = pressShape.safeParse(raw)
  if (!parsed.success) return { kind: 'ignored', ...key, reason: 'malformed-callback' }
  const { id: callbackId, from, data = '', message } = parsed.data
  return {
    kind: 'press',
    ...key,
    chat: message?.chat ?? { id: from.id, kind: 'private' },
    from,
    callbackId,
    data,
    ...(message && { messageId: message.message_id }),
  }
}

function parseMembership(key: UpdateKey, raw: unknown): Incoming {
  const parsed = membershipShape.safeParse(raw)
  if (!parsed.success) return { kind: 'ignored', ...key, reason: 'malformed-membership' }
  const { chat, from, new_chat_member: member } = parsed.data
  const present =
    ['member', 'administrator', 'creator'].includes(member.status) ||
    (member.status === 'restricted' && member.is_member !== false)
  return { kind: 'membership', ...key, chat, ...(from && { from }), present }
}

const isPresent = (value: unknown) => value !== undefined && value !== null

const updateShape = z.looseObject({ update_id: id })

/** Parses an update's JSON value; null when it is not an update at all (no whole `update_id`). */
export function parseUpdate(value: unknown): Incoming | null {
  const parsed = updateShape.safeParse(value)
  if (!parsed.success) return null
  const { update_id: updateId, ...update } = parsed.data
  const key: UpdateKey = { updateId, fingerprint: ringHash(JSON.stringify(value)) }
  if (isPresent(update.message)) return parseMessage(key, update.message)
  if (isPresent(update.callback_query)) return parsePress(key, update.callback_query)
  if (isPresent(update.channel_post)) return parseMessage(key, update.channel_post)
  if (isPresent(update.my_chat_member)) return parseMembership(key, update.my_chat_member)
  return { kind: 'ignored', ...key, reason: 'other-kind' }
}
