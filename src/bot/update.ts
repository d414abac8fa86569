import type { Update } from 'grammy/types'
import * as z from 'zod'
import { ringHash } from '../platform/id.ts'

/** An update for grammY, whose fields that we use are checked. `reason`: why there is nothing to do. */
export type ParsedUpdate = { update: Update; fingerprint: number } | { reason: string }

const id = z.number().int().min(-Number.MAX_SAFE_INTEGER).max(Number.MAX_SAFE_INTEGER)
const isPresent = (value: unknown) => value !== undefined && value !== null

/** A field that is left out when it is malformed. */
const optional = <Shape extends z.ZodType>(shape: Shape) => shape.optional().catch(undefined)

const chat = z
  .looseObject({ id: id.refine((value) => value !== 0), type: optional(z.string()) })
  // Users have positive ids, everything else negative ones.
  .transform((value) => ({
    ...value,
    type: value.type ?? (value.id > 0 ? 'private' : 'supergroup'),
  }))

const user = z
  .looseObject({
    id: id.refine((value) => value > 0),
    is_bot: optional(z.boolean()),
    language_code: optional(z.string().max(20)),
  })
  .transform((value) => ({ first_name: '', ...value, is_bot: value.is_bot === true }))

const repliedTo = z.looseObject({
  message_id: optional(id),
  from: optional(z.looseObject({ id: optional(id), is_bot: z.boolean() })),
})

const message = z.looseObject({
  message_id: id,
  chat,
  from: optional(user),
  sender_chat: optional(z.looseObject({ id })),
  text: optional(z.string()),
  caption: optional(z.string()),
  reply_to_message: optional(repliedTo),
  is_automatic_forward: optional(z.boolean()),
  message_thread_id: optional(id),
  is_topic_message: optional(z.boolean()),
  migrate_to_chat_id: optional(id),
  migrate_from_chat_id: optional(id),
})

const callbackQuery = z.looseObject({
  id: z.string().min(1).max(200),
  from: user,
  data: optional(z.string().max(1000)),
  message: optional(
    z.looseObject({
      message_id: id,
      chat,
      message_thread_id: optional(id),
      is_topic_message: optional(z.boolean()),
    }),
  ),
})

const membership = z.looseObject({
  chat,
  from: optional(user),
  new_chat_member: z.looseObject({ status: z.string(), is_member: optional(z.boolean()) }),
})

/** Messages without text that get an answer. Joins, pins and other notices get none. */
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

const command = /^\/(\w{1,64})(@\w+)?(?=\s|$)/

/**
 * A message with its text (or caption) as text, and a command in it in lower case, marked as Telegram marks it: grammY
 * finds commands by that mark.
 */
function readMessage(raw: unknown): Record<string, unknown> | { reason: string } {
  const parsed = message.safeParse(raw)
  if (!parsed.success) return { reason: 'malformed-message' }
  const { data } = parsed
  if (data.migrate_to_chat_id !== undefined) return data
  if (data.from?.is_bot && data.sender_chat === undefined) return { reason: 'from-a-bot' }
  if (data.is_automatic_forward) return { reason: 'automatic-forward' }
  const text = data.text ?? data.caption ?? ''
  if (text.trim() === '' && !content.some((name) => data[name] !== undefined)) return { reason: 'no-content' }
  const [name = ''] = command.exec(text) ?? []
  return {
    ...data,
    text: name.toLowerCase() + text.slice(name.length),
    entities: name === '' ? [] : [{ type: 'bot_command', offset: 0, length: name.length }],
  }
}

/** A pressed button. Where Telegram does not say in which chat, it was the private one. */
function readCallbackQuery(raw: unknown): Record<string, unknown> | { reason: string } {
  const parsed = callbackQuery.safeParse(raw)
  if (!parsed.success) return { reason: 'malformed-callback' }
  return { chat_instance: '', data: '', ...parsed.data }
}

function readMembership(raw: unknown): Record<string, unknown> | { reason: string } {
  const parsed = membership.safeParse(raw)
  return parsed.success ? parsed.data : { reason: 'malformed-membership' }
}

const readers = {
  message: readMessage,
  callback_query: readCallbackQuery,
  channel_post: readMessage,
  my_chat_member: readMembership,
} as const

/** The kinds of updates that the bot understands: for `setWebhook` and `getUpdates`. */
export const ALLOWED_UPDATES = Object.keys(readers) as (keyof typeof readers)[]

/** What every update has. */
const envelope = z.looseObject({ update_id: id })

/** Checks an update's JSON value; null when it is not an update at all (no whole `update_id`). */
export function parseUpdate(value: unknown): ParsedUpdate | null {
  const parsed = envelope.safeParse(value)
  if (!parsed.success) return null
  const kind = ALLOWED_UPDATES.find((name) => isPresent(parsed.data[name]))
  if (kind === undefined) return { reason: 'other-kind' }
  const read = readers[kind](parsed.data[kind])
  if ('reason' in read && typeof read.reason === 'string') return { reason: read.reason }
  return {
    update: { update_id: parsed.data.update_id, [kind]: read } as unknown as Update,
    fingerprint: ringHash(JSON.stringify(value)),
  }
}
