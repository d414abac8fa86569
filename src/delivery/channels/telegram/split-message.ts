import type { MessageEntity } from 'grammy/types'
import { trimEndOf } from '../../../platform/trim-end.ts'
import type { Message } from '../../content.ts'
import type { FirstPart } from '../channel.ts'

/** Telegram's limit on a message's text, in UTF-16 units after entities. */
export const MAX_TEXT = 4096
/** Telegram ignores the entities of a message past this many. */
export const MAX_ENTITIES = 100

/** Where to cut a text so that the first part has at most `max` units: after a line, a word, or between characters. */
function cutAt(text: string, max: number): number {
  const line = text.lastIndexOf('\n', max)
  if (line > 0) return line
  const word = text.lastIndexOf(' ', max)
  if (word > 0) return word
  const insidePair = /[\uD800-\uDBFF]/.test(text[max - 1] ?? '')
  return insidePair && max > 1 ? max - 1 : max
}

/** The entities of the part from `start` to `end`; one that crosses a border is shortened. */
function entitiesWithin(entities: readonly MessageEntity[], start: number, end: number): MessageEntity[] {
  return entities.flatMap((entity) => {
    const from = Math.max(entity.offset, start)
    const to = Math.min(entity.offset + entity.length, end)
    return to > from ? [{ ...entity, offset: from - start, length: to - from }] : []
  })
}

const withEntities = (entities: MessageEntity[]) => (entities.length > 0 ? { entities } : {})

/** How many units the first part may have, so that no more than `MAX_ENTITIES` entities begin in it. */
function lengthByEntities(text: string, entities: readonly MessageEntity[]): number {
  if (entities.length <= MAX_ENTITIES) return text.length
  const starts = entities.map(({ offset }) => offset).sort((a, b) => a - b)
  return Math.max(1, starts[MAX_ENTITIES] ?? text.length)
}

/**
 * Cuts off the first part of a message, as long as Telegram takes it: at most `max` units and 100 entities. Buttons stay
 * with the last part.
 */
export function firstPart(message: Message, max = MAX_TEXT): FirstPart {
  const { keyboard, entities = [], ...other } = message
  const { text } = message
  const most = Math.min(max, lengthByEntities(text, entities))
  if (text.length <= most) return { part: message }
  let end = cutAt(text, most)
  while (/[\n ]/.test(text[end] ?? '')) end += 1
  const rest = text.slice(end)
  if (rest === '') return { part: { ...message, text: text.slice(0, most) } }
  const part = trimEndOf(text.slice(0, end), '\n ')
  const left: Message = {
    ...other,
    text: rest,
    ...withEntities(entitiesWithin(entities, end, text.length)),
    ...(keyboard && { keyboard }),
  }
  // Telegram takes no message of white space only.
  if (part.trim() === '') return firstPart(left, max)
  const within = entitiesWithin(entities, 0, part.length)
  return { part: { ...other, text: part, ...withEntities(within) }, rest: left }
}

/** A message as one or more that Telegram takes. */
export function splitMessage(message: Message, max = MAX_TEXT): Message[] {
  const parts: Message[] = []
  for (let left: Message | undefined = message; left; ) {
    const { part, rest }: FirstPart = firstPart(left, max)
    parts.push(part)
    left = rest
  }
  return parts
}
