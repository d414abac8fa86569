import type { InlineKeyboardButton } from 'grammy/types'

/** Telegram's limit on `callback_data`, in bytes. */
const MAX_BYTES = 64
/** The first field of `callback_data`; a new meaning needs a new version. */
const VERSION = '1'
const shape = /^1:([a-z][a-z-]{0,15})((?::[\w.-]*)*)$/

/** The request of a pressed button: a verb and its arguments. It is complete; the bot keeps no state for it. */
export interface ButtonPress {
  verb: string
  args: string[]
}

/**
 * The `callback_data` of a button. Arguments hold only letters, digits, `_`, `.` and `-`.
 * @throws RangeError when Telegram would refuse it (a bug of the caller)
 */
export function buttonData(verb: string, ...args: (string | number)[]): string {
  const data = [VERSION, verb, ...args].join(':')
  const plain = args.every((arg) => /^[\w.-]*$/.test(String(arg)))
  if (data.length > MAX_BYTES || !plain || !shape.test(data))
    throw new RangeError(`not a button's data: ${data}`)
  return data
}

/** Parses `callback_data`; null when it is not ours, or of another version. */
export function parseButtonData(data: string): ButtonPress | null {
  const match = data.length <= MAX_BYTES ? shape.exec(data) : null
  if (!match?.[1]) return null
  return { verb: match[1], args: match[2] ? match[2].slice(1).split(':') : [] }
}

/** An inline button that asks for `verb` with `args`. */
export const button = (text: string, verb: string, ...args: (string | number)[]): InlineKeyboardButton => ({
  text,
  callback_data: buttonData(verb, ...args),
})

/** Buttons in rows of `columns`. */
export const grid = (buttons: readonly InlineKeyboardButton[], columns: number): InlineKeyboardButton[][] =>
  Array.from({ length: Math.ceil(buttons.length / columns) }, (_, row) =>
    buttons.slice(row * columns, (row + 1) * columns),
  )
