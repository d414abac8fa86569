import { END_OF_DAY, type TimeWindow } from '../passport/follow/time-windows.ts'
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

/** Day, month and, if typed, year; null when the text has none. */
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

const plain = (typed: string) => typed.slice(0, 100).toLowerCase().trim()

/**
 * A day as a person types it: `31/12/2026`, `31-12-26`, `2026-12-31`, `31 dicembre` (the next one). Words before it are
 * ignored. Null when it is no day.
 * @param today the Rome day on which it is typed
 */
function readDay(text: string, today: RomeDate): RomeDate | null {
  const bare = text.replace(/^[^\d]*/, '').trim()
  const found = dayMonthYear(bare)
  if (!found) return null
  const thisYear = Number(today.slice(0, 4))
  const ofYear = (year: number) => dateOf(year, found.month, found.day)
  const date = ofYear(found.year ?? (ofYear(thisYear) > today ? thisYear : thisYear + 1))
  return isRomeDate(date) ? date : null
}

/** The day before which slots are wanted. "Entro il 31 dicembre" includes that day. Null when it is no day. */
export function readDayBefore(typed: string, today: RomeDate): RomeDate | null {
  const text = plain(typed)
  const date = readDay(text, today)
  return date !== null && /^(entro|fino|by|until)\b/.test(text) ? addDays(date, 1) : date
}

/** The first day on which slots are wanted. "Dopo il 31 dicembre" is the day after it. Null when it is no day. */
export function readFirstDay(typed: string, today: RomeDate): RomeDate | null {
  const text = plain(typed)
  const date = readDay(text, today)
  return date !== null && /^(dopo|after)\b/.test(text) ? addDays(date, 1) : date
}

/** A typed time: its hour may be one of twelve, with a suffix for the half of the day. */
interface TypedTime {
  hour: number
  minute: number
  half: 'am' | 'pm' | null
  /** Written with four digits or a leading zero: a 24-hour time. */
  padded: boolean
}

const TIME =
  /(?:(noon|mezzogiorno|midnight|mezzanotte)|(\d{1,2})(?:[:.h](\d{2}))?h?|(\d{2})(\d{2}))(?: ?(a\.?m\.?|p\.?m\.?)(?![a-z]))?/
const BEFORE = /^(?:(?:dalle|dal|da|tra|fra|le|the|ore|from|between|ore) )*/
const BETWEEN =
  / ?(?:-|–|—|\/|,|\ba\b|\balle\b|\be\b|\bfino alle\b|\bfino a\b|\bto\b|\btill\b|\buntil\b|\band\b| ) ?(?:(?:le|the|ore) )?/
const AFTER = / ?[.!]?$/
const RANGE = new RegExp(`${BEFORE.source}${TIME.source}${BETWEEN.source}${TIME.source}${AFTER.source}`)

/** The time that one of the two halves of `RANGE` found; null: there is none so called. */
function timeFrom([word, hours, minutes, fourHours, fourMinutes, suffix]: (
  | string
  | undefined
)[]): TypedTime | null {
  const half = suffix === undefined ? null : suffix.startsWith('a') ? 'am' : 'pm'
  if (word !== undefined) {
    const noon = word === 'noon' || word === 'mezzogiorno'
    return half === null ? { hour: noon ? 12 : 0, minute: 0, half: noon ? 'pm' : 'am', padded: true } : null
  }
  const hour = Number(hours ?? fourHours)
  const minute = Number(minutes ?? fourMinutes ?? 0)
  if (hour > 24 || minute > 59 || (hour === 24 && minute > 0)) return null
  if (half !== null && (hour === 0 || hour > 12)) return null
  return { hour: hour % 24, minute, half, padded: hours === undefined || hours.startsWith('0') }
}

/** Minutes since midnight of a time in a half of the day. */
const minutesIn = ({ hour, minute }: TypedTime, half: 'am' | 'pm') =>
  ((hour % 12) + (half === 'pm' ? 12 : 0)) * 60 + minute

const other = (half: 'am' | 'pm') => (half === 'am' ? 'pm' : 'am')

const written = (minutes: number): RomeTime =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`

/** Minutes since midnight of both times. A suffix that only one has holds for the other too, when that is in order. */
function minutesOf(from: TypedTime, to: TypedTime): [from: number, to: number] {
  const asTyped = ({ hour, minute }: TypedTime) => hour * 60 + minute
  if (from.half && to.half) return [minutesIn(from, from.half), minutesIn(to, to.half)]
  if (from.half) {
    const start = minutesIn(from, from.half)
    if (to.hour > 12) return [start, asTyped(to)]
    const same = minutesIn(to, from.half)
    return [start, same > start ? same : minutesIn(to, other(from.half))]
  }
  if (to.half) {
    const end = minutesIn(to, to.half)
    if (from.hour > 12 || from.hour === 0) return [asTyped(from), end]
    const same = minutesIn(from, to.half)
    return [same < end ? same : minutesIn(from, other(to.half)), end]
  }
  return [asTyped(from), asTyped(to)]
}

/** Two Rome times. `unclear`: hours of twelve without a half of the day, of which the second is not after the first. */
export interface TypedTimes {
  from: RomeTime
  to: RomeTime
  unclear: boolean
}

/**
 * Two Rome times as a person types them: `22:30-7`, `9.00–13`, `dalle 9 alle 12:30`, `9-5pm`, `10pm to 7`. Null when
 * the text is not exactly two times.
 */
export function readTimes(typed: string): TypedTimes | null {
  const match = RANGE.exec(typed.slice(0, 100).toLowerCase().trim().replace(/\s+/g, ' '))
  if (!match) return null
  const from = timeFrom(match.slice(1, 7))
  const to = timeFrom(match.slice(7, 13))
  if (from === null || to === null) return null
  const [start, end] = minutesOf(from, to)
  const isOfTwelve = ({ hour, half, padded }: TypedTime) => half === null && !padded && hour > 0 && hour <= 12
  const unclear = isOfTwelve(from) && isOfTwelve(to) && end < start
  return { from: written(start), to: written(end), unclear }
}

/** Between two time windows. */
const NEXT_WINDOW = /[,;+\n]|\b(?:e|o|oppure|and|or)\b/

/** Time windows, or why a text was not understood: `unclear` holds times that may be meant a.m. or p.m. */
export type TypedWindows = { ok: true; windows: TimeWindow[] } | { ok: false; unclear?: TypedTimes }

/**
 * One or more time windows as a person types them: `9-12:30`, `9-12, 15-17`, `dalle 9 alle 12 o dalle 15 alle 17`. An end
 * at midnight is the end of the day; each window ends after it begins.
 */
export function readWindows(typed: string): TypedWindows {
  const whole = readTimes(typed)
  const parts = whole ? [whole] : plain(typed).split(NEXT_WINDOW).map(readTimes)
  const windows: TimeWindow[] = []
  for (const times of parts) {
    if (times?.unclear) return { ok: false, unclear: times }
    const to = times?.to === '00:00' ? END_OF_DAY : times?.to
    if (!times || to === undefined || times.from >= to) return { ok: false }
    windows.push([times.from, to])
  }
  return { ok: true, windows }
}
