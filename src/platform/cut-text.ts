/**
 * The beginning of a text, at most `most` UTF-16 units, without half a character: Telegram refuses a message that holds one.
 * A half that the text had is replaced.
 */
export const cutText = (text: string, most: number): string =>
  text
    .slice(0, most)
    .replace(/[\uD800-\uDBFF]$/, '')
    .toWellFormed()
