import * as z from 'zod'

/** Telegram's limit on a message: an app cuts a longer paste, here at the latest and from half of it on at white space. */
const CUT_AT = 4096
const CUT_FROM = 2000
/** A message about as long as Telegram's limit was cut, whatever it says. */
const SURELY_CUT = 4000
/** Parts that are joined at most: 64 KB. A longer paste is better sent as a file. */
const MOST_PARTS = 16

/** One message of a paste. */
export const pastePart = z.object({ id: z.number(), text: z.string(), length: z.number() })
export type PastePart = z.output<typeof pastePart>

/** True when a message seems to be the beginning of a longer paste: it is long, and a quote or command in it is open. */
const looksCut = ({ text, length }: PastePart): boolean =>
  length >= SURELY_CUT ||
  (length >= CUT_FROM &&
    (/[\\^`]\s*$/.test(text) || ["'", '"'].some((quote) => (text.split(quote).length - 1) % 2 === 1)))

/**
 * The text of parts in the order in which they were written. Apps cut at white space, which Telegram then drops, or else
 * after exactly 4,096 characters.
 */
export const joinParts = (parts: readonly PastePart[]): string =>
  parts.reduce((text, { text: next }, index) => {
    const before = parts[index - 1]
    return before === undefined ? next : text + (before.length >= CUT_AT ? '' : '\n') + next
  }, '')

/** The parts that belong together with a new one, in the order in which they were written. */
export function partsWith(known: readonly PastePart[], added: PastePart): PastePart[] {
  const others = known.filter(({ id }) => id !== added.id)
  const all = [...others, added].sort((a, b) => a.id - b.id)
  const belongs = all.every((one, index) => index === all.length - 1 || looksCut(one))
  return belongs ? all : [added]
}

/** True when another part should follow: the last one looks cut, and there is room for more. */
export const isUnfinished = (parts: readonly PastePart[]): boolean => {
  const last = parts.at(-1)
  return last !== undefined && looksCut(last) && parts.length < MOST_PARTS
}
