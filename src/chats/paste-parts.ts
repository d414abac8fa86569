import * as z from 'zod'

/** Telegram's limit on a message: an app cuts a longer paste, here at the latest and from half of it on at white space. */
const CUT_AT = 4096
const CUT_FROM = 2000
/** A message about as long as Telegram's limit was cut, whatever it says. */
const SURELY_CUT = 4000
/** Parts that are joined at most: 64 KB. A longer paste is better sent as a file. */
const MOST_PARTS = 16

/** An app sends the parts of a text one right after the other (Telegram's dates are in whole seconds). */
const AT_ONCE_SECONDS = 2

/** One message of a paste. `date`: Telegram's, in seconds; older versions kept none. */
export const pastePart = z.object({
  id: z.number(),
  text: z.string(),
  length: z.number(),
  date: z.number().default(0),
})
export type PastePart = z.output<typeof pastePart>

/** True when a message seems to be the beginning of a longer paste: it is long, and a quote or command in it is open. */
const looksCut = ({ text, length }: PastePart): boolean =>
  length >= SURELY_CUT ||
  (length >= CUT_FROM &&
    (/[\\^`;]\s*$/.test(text) || ["'", '"'].some((quote) => (text.split(quote).length - 1) % 2 === 1)))

/**
 * The text of parts in the order in which they were written. Apps cut at white space, which Telegram then drops, or else
 * after exactly 4,096 characters.
 */
export const joinParts = (parts: readonly PastePart[]): string =>
  parts.reduce((text, { text: next }, index) => {
    const before = parts[index - 1]
    return before === undefined ? next : text + (before.length >= CUT_AT ? '' : '\n') + next
  }, '')

/** What nobody writes in a sentence. An apostrophe within a word is none of it: “L'Aquila”. */
const SIGNS = [
  /[=\\{}"`]|;\S/,
  /(?:^|[^\p{L}])['‘]/u,
  // A very long word, an option of a command.
  /\S{25,}|(?:^|\s)--?[A-Za-z]/,
  // A header.
  /^(?:[A-Z]{1,30}(?:-[A-Z\d]{1,30}){1,6}|Host|Accept|Cookie|Origin|Referer|Connection|Pragma): \S/im,
  // A key in base 32, in one piece or in groups of four.
  /^(?:[A-Z2-7]{16,}|(?=\S*[2-7])[A-Z2-7]{8,})$/,
  /^(?=.*[2-7])(?:[A-Z2-7]{4}[ -]){2,}[A-Z2-7]{1,4}$/i,
]

/** True when a text is no sentence of a person, but a piece of a request or of a key. */
export const looksPasted = (text: string): boolean => SIGNS.some((sign) => sign.test(text))

/** True when a message is the rest of the parts that came before, and not something else that the person wrote. */
export const continuesParts = (parts: readonly PastePart[], text: string, date: number): boolean =>
  looksPasted(text) || parts.some((part) => Math.abs(date - part.date) <= AT_ONCE_SECONDS)

/** How a request begins, and so much of two texts is compared to see that they begin alike. */
const BEGINS = /^[\s`$]*(?:curl|Invoke-|session|Cookie|Host|GET|POST)\b/i
const BEGINNING = 200

/** The parts that belong together with a new one, in the order in which they were written. */
export function partsWith(known: readonly PastePart[], added: PastePart): PastePart[] {
  const others = known.filter(({ id }) => id !== added.id)
  // Pasted once more from its beginning.
  const begin = added.text.slice(0, BEGINNING)
  if (BEGINS.test(begin) && others.some(({ id, text }) => id < added.id && text.startsWith(begin)))
    return [added]
  const all = [...others, added].sort((a, b) => a.id - b.id)
  const belongs = all.every((one, index) => index === all.length - 1 || looksCut(one))
  return belongs ? all : [added]
}

/** True when another part should follow: the last one looks cut, and there is room for more. */
export const isUnfinished = (parts: readonly PastePart[]): boolean => {
  const last = parts.at(-1)
  return last !== undefined && looksCut(last) && parts.length < MOST_PARTS
}
