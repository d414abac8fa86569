const locales = { it: 'it-IT', en: 'en-GB' }

const inLanguages = (options: Intl.DateTimeFormatOptions) => ({
  it: new Intl.DateTimeFormat(locales.it, { ...options, timeZone: 'UTC' }),
  en: new Intl.DateTimeFormat(locales.en, { ...options, timeZone: 'UTC' }),
})

const long = inLanguages({ weekday: 'long', day: 'numeric', month: 'long' })
const short = inLanguages({ weekday: 'short', day: 'numeric', month: 'short' })
const withYear = inLanguages({ day: 'numeric', month: 'short', year: 'numeric' })

const written = (format: Intl.DateTimeFormat, date: string) =>
  format.format(Date.parse(`${date}T00:00:00Z`)).replace(',', '')

/** A Rome day (`YYYY-MM-DD`) in words: "martedì 7 ottobre", "Tuesday 7 October". */
export const dayInWords = (language: 'it' | 'en', date: string): string => written(long[language], date)

/** A Rome day (`YYYY-MM-DD`) in few letters: "mar 7 ott", "Tue 7 Oct". */
export const dayInShort = (language: 'it' | 'en', date: string): string => written(short[language], date)

/** A Rome day (`YYYY-MM-DD`) with its year, the month in letters, as 3/12 is no day or another one elsewhere: "3 Dec 2026". */
export const dayWithYear = (language: 'it' | 'en', date: string): string => written(withYear[language], date)

/** For days of the week alone: 5 January 1970 was a Monday. */
const weekdays = {
  short: inLanguages({ weekday: 'short' }),
  long: inLanguages({ weekday: 'long' }),
}

/** The name of a day of the week, 1 (Monday) to 7: "lunedì", or "lun" in short. */
export const weekdayName = (language: 'it' | 'en', weekday: number, length: 'short' | 'long'): string =>
  written(weekdays[length][language], `1970-01-${String(4 + weekday).padStart(2, '0')}`)
