import type { MessageEntity } from 'grammy/types'
import { badRequest } from '../api-error.ts'

export type { MessageEntity }

/** Text with its formatting; offsets and lengths count UTF-16 units, as Telegram's do. */
export interface Formatted {
  text: string
  entities: MessageEntity[]
}

const PLAIN_TYPES = new Set([
  'mention',
  'hashtag',
  'cashtag',
  'bot_command',
  'url',
  'email',
  'phone_number',
  'bold',
  'italic',
  'underline',
  'strikethrough',
  'spoiler',
  'blockquote',
  'expandable_blockquote',
  'code',
  'pre',
  'text_link',
  'text_mention',
  'custom_emoji',
  'date_time',
])

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The message of a formatting error, as Telegram prefixes it. */
export const cannotParse = (reason: string) => badRequest(`can't parse entities: ${reason}`)

/** How many UTF-8 bytes come before a UTF-16 index: Telegram's errors count bytes. */
export const byteOffset = (text: string, index: number): number =>
  Buffer.byteLength(text.slice(0, index), 'utf8')

/** Reads the `entities` of a call. @throws ApiError worded as Telegram's */
export function readEntities(given: unknown, text: string): MessageEntity[] {
  if (given === undefined) return []
  if (!Array.isArray(given)) throw badRequest("can't parse entities: expected an Array of MessageEntity")
  const entities: MessageEntity[] = []
  for (const item of given) {
    if (!isObject(item)) throw badRequest("can't parse MessageEntity: expected an Object")
    const { type, offset, length } = item
    if (typeof type !== 'string') {
      throw badRequest('can\'t parse MessageEntity: Field "type" must be of type String')
    }
    if (!Number.isInteger(offset) || !Number.isInteger(length)) {
      throw badRequest('can\'t parse MessageEntity: Field "offset" must be of type Number')
    }
    if (!PLAIN_TYPES.has(type)) throw badRequest("can't parse MessageEntity: Unsupported type specified")
    const start = offset as number
    const end = start + (length as number)
    if (start < 0 || start > text.length) {
      throw badRequest(`entity begins in a middle of a UTF-16 symbol at byte offset ${start}`)
    }
    if (end > text.length || length === 0) continue
    if (type === 'text_link' && (typeof item.url !== 'string' || !URL.canParse(item.url))) continue
    entities.push(item as unknown as MessageEntity)
  }
  return entities
}

/** Sorted as Telegram gives them: by start, the longer first. */
export const inOrder = (entities: readonly MessageEntity[]): MessageEntity[] =>
  [...entities].sort((one, other) => one.offset - other.offset || other.length - one.length)

/**
 * What Telegram keeps of a text: no carriage returns, no space around it; entities moved along, those left empty
 * dropped.
 */
export function tidy({ text, entities }: Formatted): Formatted {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: Telegram replaces control characters by spaces
  const clean = text.replace(/[\u0000-\u0008\u000b-\u001f]/g, ' ')
  const leading = clean.length - clean.trimStart().length
  const kept = clean.trim()
  if (leading === 0 && kept.length === text.length) return { text: kept, entities: inOrder(entities) }
  const moved: MessageEntity[] = []
  for (const entity of entities) {
    const start = Math.max(0, entity.offset - leading)
    const end = Math.min(kept.length, entity.offset + entity.length - leading)
    if (end > start) moved.push({ ...entity, offset: start, length: end - start })
  }
  return { text: kept, entities: inOrder(moved) }
}

const FOUND: readonly { type: 'bot_command' | 'url' | 'mention' | 'hashtag' | 'email'; pattern: RegExp }[] = [
  { type: 'url', pattern: /\bhttps?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]']/giu },
  { type: 'email', pattern: /\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b/gu },
  {
    type: 'url',
    pattern: /(?<![\w@/.])(?:[\w-]+\.)+(?:it|com|org|net|eu|me|dev|io)\b(?:\/[^\s<>"]*[^\s<>".,;:!?)])?/giu,
  },
  { type: 'bot_command', pattern: /(?<![\w/<>])\/[a-zA-Z0-9_]{1,64}(?:@[a-zA-Z0-9_]{3,32})?(?![\w/])/gu },
  { type: 'mention', pattern: /(?<![\w/])@[a-zA-Z]\w{3,31}\b/gu },
  { type: 'hashtag', pattern: /(?<![\p{L}\w&])#[\p{L}\d_]*[\p{L}_][\p{L}\d_]*/gu },
]

/** Adds the entities that Telegram finds by itself: commands, links, mentions, hashtags, e-mail addresses. */
export function withFoundEntities({ text, entities }: Formatted): Formatted {
  const taken = entities.filter(({ type }) =>
    ['code', 'pre', 'text_link', 'text_mention', 'url'].includes(type),
  )
  const found: MessageEntity[] = []
  for (const { type, pattern } of FOUND) {
    for (const match of text.matchAll(pattern)) {
      const offset = match.index
      const length = match[0].length
      const free = [...taken, ...found].every(
        (other) => offset + length <= other.offset || offset >= other.offset + other.length,
      )
      const known = entities.some((other) => other.type === type && other.offset === offset)
      if (free && !known) found.push({ type, offset, length })
    }
  }
  return found.length === 0 ? { text, entities } : { text, entities: inOrder([...entities, ...found]) }
}
