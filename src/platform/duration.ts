import { DAY, HOUR, MINUTE, SECOND } from './time.ts'

/** The largest unit that fills a time span (ms), rounded. */
function span(ms: number): { count: number; unit: 'second' | 'minute' | 'hour' | 'day' } {
  if (ms < MINUTE) return { count: Math.max(0, Math.round(ms / SECOND)), unit: 'second' }
  if (ms < HOUR) return { count: Math.round(ms / MINUTE), unit: 'minute' }
  if (ms < 2 * DAY) return { count: Math.round(ms / HOUR), unit: 'hour' }
  return { count: Math.round(ms / DAY), unit: 'day' }
}

/** A time span (ms) in words: "3 minuti". */
export function duration(language: 'it' | 'en', ms: number): string {
  const { count, unit } = span(ms)
  const locale = language === 'it' ? 'it-IT' : 'en-GB'
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(count)
}
