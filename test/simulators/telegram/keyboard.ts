import { isIP } from 'node:net'
import type { InlineKeyboardButton, InlineKeyboardMarkup } from 'grammy/types'
import { badRequest } from './api-error.ts'

export type { InlineKeyboardButton, InlineKeyboardMarkup }

/** What came as `reply_markup`: an inline keyboard, or another kind that is kept as it came. */
export interface Markup {
  inline: InlineKeyboardMarkup | undefined
  other: Record<string, unknown> | undefined
}

const MOST_BUTTONS = 100
const LONGEST_DATA_BYTES = 64

const STYLES: readonly unknown[] = ['danger', 'success', 'primary']
const LONGEST_COPIED = 256

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isLoopback = (host: string): boolean => /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/.test(host)

function checkUrl(given: unknown): string {
  const text = String(given)
  const absolute = /^[a-z][a-z\d+.-]*:/i.test(text) ? text : `http://${text}`
  const wrong = (why: string) => badRequest(`inline keyboard button URL '${text}' is invalid: ${why}`)
  if (!URL.canParse(absolute)) throw wrong('Wrong HTTP URL')
  const url = new URL(absolute)
  if (url.protocol === 'tg:' || url.protocol === 'ton:') return absolute
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw wrong('Unsupported URL protocol')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) === 0 && !host.includes('.')) throw wrong('Wrong HTTP URL')
  return absolute
}

/** Web apps need https; like Telegram's test servers, this one also takes http on this machine. */
function checkWebApp(given: unknown, isPrivate: boolean): string {
  if (!isPrivate) throw badRequest('BUTTON_TYPE_INVALID')
  const text = isObject(given) ? String(given.url) : ''
  const wrong = (why: string) => badRequest(`inline keyboard button Web App URL '${text}' is invalid: ${why}`)
  if (!URL.canParse(text)) throw wrong('Wrong HTTP URL')
  const url = new URL(text)
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))) return text
  throw wrong('Only HTTPS links are allowed')
}

function readButton(given: unknown, isPrivate: boolean): InlineKeyboardButton {
  if (!isObject(given)) throw badRequest("can't parse InlineKeyboardButton: expected an Object")
  const { text } = given
  if (typeof text !== 'string') {
    throw badRequest('can\'t parse inline keyboard button: Field "text" must be of type String')
  }
  if (text.trim() === '') throw badRequest('BUTTON_TEXT_INVALID')
  const { style } = given
  if (style === undefined) return readAction(given, text, isPrivate)
  if (!STYLES.includes(style)) throw badRequest("can't parse InlineKeyboardButton: invalid button style")
  return { ...readAction(given, text, isPrivate), style } as InlineKeyboardButton
}

/** What a button does. */
function readAction(given: Record<string, unknown>, text: string, isPrivate: boolean): InlineKeyboardButton {
  if (isObject(given.disabled)) return { text, disabled: {} }
  if (given.url !== undefined) return { text, url: checkUrl(given.url) }
  if (given.web_app !== undefined) return { text, web_app: { url: checkWebApp(given.web_app, isPrivate) } }
  if (typeof given.callback_data === 'string' && given.callback_data !== '') {
    if (Buffer.byteLength(given.callback_data) > LONGEST_DATA_BYTES) throw badRequest('BUTTON_DATA_INVALID')
    return { text, callback_data: given.callback_data }
  }
  if (typeof given.switch_inline_query === 'string') {
    return { text, switch_inline_query: given.switch_inline_query }
  }
  if (typeof given.switch_inline_query_current_chat === 'string') {
    return { text, switch_inline_query_current_chat: given.switch_inline_query_current_chat }
  }
  if (isObject(given.copy_text) && typeof given.copy_text.text === 'string') {
    const { length } = given.copy_text.text
    if (length === 0 || length > LONGEST_COPIED) throw badRequest('BUTTON_COPY_TEXT_INVALID')
    return { text, copy_text: { text: given.copy_text.text } }
  }
  throw badRequest("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
}

/**
 * Reads a `reply_markup`.
 * @param isPrivate web app buttons are for private chats only
 * @throws ApiError 400 as Telegram words it
 */
export function readMarkup(given: unknown, isPrivate: boolean): Markup {
  if (given === undefined) return { inline: undefined, other: undefined }
  if (!isObject(given)) throw badRequest('object expected as reply markup')
  const rows = given.inline_keyboard
  if (rows === undefined) return { inline: undefined, other: given }
  if (!Array.isArray(rows)) {
    throw badRequest(
      'can\'t parse reply keyboard markup JSON object: Field "inline_keyboard" must be of type Array',
    )
  }
  const inline_keyboard = rows.map((row: unknown) => {
    if (!Array.isArray(row)) throw badRequest("can't parse inline keyboard: expected an Array of Arrays")
    return row.map((button: unknown) => readButton(button, isPrivate))
  })
  const filled = inline_keyboard.filter((row) => row.length > 0)
  if (filled.flat().length > MOST_BUTTONS) throw badRequest('reply markup is too long')
  return { inline: filled.length > 0 ? { inline_keyboard: filled } : undefined, other: undefined }
}

/** The button with exactly this text or callback data, or else the only one whose text contains it. */
export function findButton(markup: InlineKeyboardMarkup, wanted: string): InlineKeyboardButton | undefined {
  const buttons = markup.inline_keyboard.flat()
  const exact = buttons.find(
    (button) => button.text === wanted || ('callback_data' in button && button.callback_data === wanted),
  )
  if (exact) return exact
  const near = buttons.filter((button) => button.text.includes(wanted))
  return near.length === 1 ? near[0] : undefined
}
