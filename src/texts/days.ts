const formats = {
  it: new Intl.DateTimeFormat('it-IT', { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'UTC' }),
  en: new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'UTC' }),
}

/** A Rome day (`YYYY-MM-DD`) in words: "martedì 7 ottobre", "Tuesday 7 October". */
export const dayInWords = (language: 'it' | 'en', date: string): string =>
  formats[language].format(Date.parse(`${date}T00:00:00Z`)).replace(',', '')
