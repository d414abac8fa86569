import { addDays, isRomeDate, type RomeDate, type RomeTime } from '../platform/time.ts'

const months = [
  ['gennaio', 'january'],
  ['febbraio', 'february'],
  ['marzo', 'march'],
  ['aprile', 'april'],
  ['maggio', 'may'],
  ['giugno', 'june'],
  ['luglio', 'july'],
  ['agosto', 'august'],
  ['settembre', 'september'],
  ['ottobre', 'october'],
  ['novembre', 'november'],
  ['dicembre', 'december'],
]

const monthNamed = (word: string) =>
  months.findIndex((names) => names.some((name) => name.startsWith(word))) + 1

const dateOf = (year: number, month: number, day: number): RomeDate =>
  `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`

/** Day, month and, where it was typed, year; null when the text holds none. */
function dayMonthYear(text: string): { day: number; month: number; year?: number } | null {
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text)
  if (iso) return { year: Number(iso[1]), month: Number(iso[2]), day: Number(iso[3]) }
  const figures = /^(\d{1,2})[/.\- ](\d{1,2})(?:[/.\- ](\d{4}|\d{2}))?$/.exec(text)
  const words = /^(\d{1,2})(?:º|°|st|nd|rd|th)? +([a-z]{3,})(?: +(\d{4}))?$/.exec(text)
  const match = figures ?? words
  if (!match) return null
  const month = figures ? Number(match[2]) : monthNamed(match[2] ?? '')
  const year = match[3] === undefined ? undefined : Number(match[3]) + (match[3].length === 2 ? 2000 : 0)
  return { day: Number(match[1]), month, ...(year !== undefined && { year }) }
}

/**
 * The day before which slots are wanted, as a person types it: `31/12/2026`, `31-12-26`, `2026-12-31`, `31 dicembre`
 * (the next one). "Entro il 31 dicembre" includes that day. Null when it is no day.
 * @param today the Rome day on which it is typed
 */
export function readDayBefore(typed: string, today: RomeDate): RomeDate | null {
  const text = typed.slice(0, 100).toLowerCase().trim()
  const inclusive = /^(entro|fino|by|until)\b/.test(text)
  const bare = text.replace(/^[^\d]*/, '').trim()
  const found = dayMonthYear(bare)
  if (!found) return null
  const thisYear = Number(today.slice(0, 4))
  const ofYear = (year: number) => dateOf(year, found.month, found.day)
  const date = ofYear(found.year ?? (ofYear(thisYear) > today ? thisYear : thisYear + 1))
  if (!isRomeDate(date)) return null
  return inclusive ? addDays(date, 1) : date
}

const timeOf = (hours: string | undefined, minutes: string | undefined): RomeTime | null => {
  const hour = Number(hours)
  const minute = Number(minutes ?? 0)
  if (hour > 24 || minute > 59 || (hour === 24 && minute > 0)) return null
  return `${String(hour % 24).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
}

/** Two Rome times as a person types them: `22:30-7`, `9.00–13`, `dalle 9 alle 12:30`. Null when they are not two times. */
export function readTimes(typed: string): { from: RomeTime; to: RomeTime } | null {
  const match =
    /^\D{0,15}?(\d{1,2})(?:[:.h](\d{2}))?\s*(?:-|–|—|\/|a|alle|e|to|till|until|and|,|\s)\s*(?:le |the )?(\d{1,2})(?:[:.h](\d{2}))?\D{0,5}$/i.exec(
      typed.slice(0, 100).trim(),
    )
  if (!match) return null
  const from = timeOf(match[1], match[2])
  const to = timeOf(match[3], match[4])
  return from !== null && to !== null ? { from, to } : null
}
