import { ROME, type RomeDate } from '../platform/time.ts'
import type { Language } from '../texts/index.ts'

const locale = (language: Language) => (language === 'it' ? 'it-IT' : 'en-GB')

const formats = new Map<string, Intl.DateTimeFormat>()

/** A formatter, made once: making one costs more than using it a thousand times. */
function formatter(language: Language, name: string, options: Intl.DateTimeFormatOptions) {
  const key = `${language} ${name}`
  const made = formats.get(key) ?? new Intl.DateTimeFormat(locale(language), options)
  formats.set(key, made)
  return made
}

/** A Rome day as people say it: "martedì 19 dicembre", "Tuesday 19 December". */
export const longDay = (language: Language, date: RomeDate): string =>
  formatter(language, 'long-day', { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'UTC' })
    .format(new Date(`${date}T12:00:00Z`))
    .replace(',', '')

/** A Rome day in little room: "mar 19 dic". */
export const shortDay = (language: Language, date: RomeDate): string =>
  formatter(language, 'short-day', { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' })
    .format(new Date(`${date}T12:00:00Z`))
    .replace(',', '')

/** An instant (epoch ms) on Rome's clocks: "19 dic, 09:05". */
export const dayAndTime = (language: Language, instant: number): string =>
  formatter(language, 'day-time', {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    timeZone: ROME,
  }).format(instant)

/** Names of the days of the week, Monday first: "lun" or "lunedì". */
export const weekdayNames = (language: Language, width: 'short' | 'long'): string[] =>
  Array.from({ length: 7 }, (_, day) =>
    formatter(language, `weekday-${width}`, { weekday: width, timeZone: 'UTC' }).format(
      Date.UTC(2024, 0, 1 + day),
    ),
  )

/** A share from 0 to 1: "42%". */
export const percent = (language: Language, share: number): string =>
  new Intl.NumberFormat(locale(language), { style: 'percent', maximumFractionDigits: 0 }).format(share)

const numbers = new Map<string, Intl.NumberFormat>()

function numberFormat(language: Language, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${language} ${JSON.stringify(options)}`
  const made = numbers.get(key) ?? new Intl.NumberFormat(locale(language), options)
  numbers.set(key, made)
  return made
}

/** A number with at most so many decimals: "12.345,6". */
export const decimal = (language: Language, value: number, decimals = 0): string =>
  numberFormat(language, { maximumFractionDigits: decimals, useGrouping: 'always' }).format(value)

/** A round number in little room: "25 Mrd", "10M". */
export const short = (language: Language, value: number): string =>
  numberFormat(language, { notation: 'compact' }).format(value)

/** US dollars and cents. */
export const dollars = (language: Language, amount: number): string =>
  numberFormat(language, { style: 'currency', currency: 'USD', currencyDisplay: 'narrowSymbol' }).format(
    amount,
  )
