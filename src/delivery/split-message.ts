import type { MessageEntity } from 'grammy/types'
import type { Message } from './content.ts'

/** Telegram's limit on a message's text, in UTF-16 units after entities. */
export const MAX_TEXT = 4096

/** Where to cut a text so that the first part has at most `max` units: after a line, a word, or between characters. */
function cutAt(text: string, max: number): number {
  const line = text.lastIndexOf('\n', max)
  if (line > 0) return line
  const word = text.lastIndexOf(' ', max)
  if (word > 0) return word
  const insidePair = /[\uD800-\uDBFF]/.test(text[max - 1] ?? '')
  return insidePair ? max - 1 : max
}

/** The entities of a part that begins at `start` and is `length` long, those that are cut shortened. */
function entitiesWithin(entities: readonly MessageEntity[], start: number, length: number): MessageEntity[] {
  return entities.flatMap((entity) => {
    const from = Math.max(entity.offset, start)
    const to = Math.min(entity.offset + entity.length, start + length)
    return to > from ? [{ ...entity, offset: from - start, length: to - from }] : []
  })
}

/**
 * A message as one or more that Telegram takes: cut at a line where there is one, entities kept, buttons under the last.
 */
export function splitMessage(message: Message, max = MAX_TEXT): Message[] {
  const { keyboard, entities = [], ...rest } = message
  const parts: Message[] = []
  let start = 0
  while (start < message.text.length) {
    const left = message.text.slice(start)
    const length = left.length <= max ? left.length : cutAt(left, max)
    const within = entitiesWithin(entities, start, length)
    const text = left.slice(0, length)
    if (text.trim() !== '') parts.push({ ...rest, text, ...(within.length > 0 && { entities: within }) })
    start += length
    if (message.text[start] === '\n' || message.text[start] === ' ') start += 1
  }
  const last = parts.pop()
  if (!last) return [message]
  return [...parts, keyboard ? { ...last, keyboard } : last]
}
