import { dayInShort } from '../days.ts'

/** How days and times are written. */
export const dates = {
  /** A Rome day (`YYYY-MM-DD`) with its year. */
  full: (date: string) => date.split('-').reverse().join('/'),
  /** A Rome day (`YYYY-MM-DD`) without its year, with the day of the week first. */
  short: (date: string) => dayInShort('it', date),
  /** "dalle 9", "dalle 9:30", "dall’1", "da mezzanotte": a Rome time (`HH:MM`) as one says from when. */
  from(time: string): string {
    if (time === '00:00') return 'da mezzanotte'
    const hour = Number(time.slice(0, 2))
    const said = time.endsWith(':00') ? String(hour) : `${hour}:${time.slice(3)}`
    return hour === 1 ? `dall’${said}` : `dalle ${said}`
  },
}
