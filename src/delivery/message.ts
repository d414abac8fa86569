import { FormattedString } from '@grammyjs/parse-mode'
import type { InlineKeyboardButton } from 'grammy/types'
import type { Message } from './content.ts'

/** A text: plain, or with entities. Never markup, so that nothing is escaped. */
export type Text = string | FormattedString

/** A message of a text and, where given, rows of buttons under it; empty rows are left out. */
export function toMessage(text: Text, rows: InlineKeyboardButton[][] = []): Message {
  const formatted = text instanceof FormattedString
  const keyboard = rows.filter((row) => row.length > 0)
  return {
    text: formatted ? text.text : text,
    ...(formatted && text.entities.length > 0 && { entities: text.entities }),
    ...(keyboard.length > 0 && { keyboard }),
  }
}

/** Joins texts by line breaks; empty ones are left out. */
export const lines = (...texts: (Text | null | false)[]): FormattedString =>
  FormattedString.join(
    texts.filter((text) => text !== null && text !== false),
    '\n',
  )
