const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const formats = new Map<string, Intl.RelativeTimeFormat>()

/**
 * A time span (ms) that has passed, in words: "ora", "12 secondi fa", "3 ore fa". Used by the chat, the pages and their
 * script: it imports nothing.
 */
export function ago(language: string, ms: number): string {
  const format = formats.get(language) ?? new Intl.RelativeTimeFormat(language, { numeric: 'auto' })
  formats.set(language, format)
  if (ms < 5 * SECOND) return format.format(0, 'second')
  if (ms < MINUTE) return format.format(-Math.floor(ms / SECOND), 'second')
  if (ms < HOUR) return format.format(-Math.floor(ms / MINUTE), 'minute')
  if (ms < DAY) return format.format(-Math.floor(ms / HOUR), 'hour')
  return format.format(-Math.floor(ms / DAY), 'day')
}
