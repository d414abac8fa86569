import {
  isRomeDate,
  MINUTE,
  type RomeDate,
  type RomeTime,
  romeDate,
  romeInstant,
  romeTime,
} from '../../platform/time.ts'
import type { ClassType } from './site-model.ts'

/** A moment of Rome's clocks. */
export interface RomeMoment {
  date: RomeDate
  time: RomeTime
}

/** How long a class lasts when the site does not say, in minutes. */
export const usualMinutes = (type: ClassType): number => (type === 'course' ? 55 : 90)

/** Nothing at the gym lasts longer, in minutes: more is a misreading or .NET's MinValue. */
const LONGEST_CLASS = 12 * 60
/** The first year that can be meant: .NET writes a missing date as the year 1. */
const FIRST_YEAR = 2000

const two = (value: number | string) => String(value).padStart(2, '0')

/** Minutes after a Rome time, on the clock's face. */
export function timeAfter(start: RomeTime, minutes: number): RomeTime {
  const [hour = 0, minute = 0] = start.split(':').map(Number)
  const total = (hour * 60 + minute + minutes) % (24 * 60)
  return `${two(Math.floor(total / 60))}:${two(total % 60)}`
}

const DATE = /\d{4}[./-]\d{1,2}[./-]\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{4}/g
/** "ore 18", "h 18" and "18h30", but not the lengths "1 h 15" and "1h30". */
const TIME =
  /(?:^|[T\s,([])(?:(ore|alle|dalle|(?<!(?:^|\D)\d{1,2}\s?)h\.?)\s*)?(\d{1,2})(?!\d)(?:(?:[:.]|(?<=\d\d)\s?h\s?|(,|\se\s)(?=\d\d(?![:.]?\d)))(\d{2})(?!\d))?(?:[:.]\d{2})?(?:[.,]\d{1,9})?\s?(?:([ap])\.?\s?m\b)?/gi

/** `HH:MM` out of `8:30`, `08.30`, `18h30`, `ore 18`, `6:00 PM`, `2026-05-24T08:30:00`; null when there is no time in it. */
export function readTime(text: string): RomeTime | null {
  for (const match of text.slice(0, 100).replace(DATE, ' ').matchAll(TIME)) {
    const [, named, hours, loose, minutes, half] = match
    // A bare number may be anything, and so may "18,30".
    if (named === undefined && half === undefined && (minutes === undefined || loose !== undefined)) continue
    const hour = Number(hours)
    const twelve = half && hour >= 1 && hour <= 12
    const real = twelve ? (hour % 12) + (/p/i.test(half) ? 12 : 0) : hour
    if (real < 24 && (!half || twelve) && Number(minutes ?? 0) < 60) return `${two(real)}:${minutes ?? '00'}`
  }
  return null
}

/** How months begin, in Italian and in English. */
const MONTHS = 'gen jan|feb|mar|apr|mag may|giu jun|lug jul|ago aug|set sep|ott oct|nov|dic dec'.split('|')
const MONTH_NAME =
  '(gen|jan|feb|mar|apr|mag|may|giu|jun|lug|jul|ago|aug|set|sep|ott|oct|nov|dic|dec)[a-z]{0,8}'
const DAY_FIRST = new RegExp(`(?:^|\\D)(\\d{1,2})[°º]?[ -]${MONTH_NAME}\\.?[ -](\\d{4})(?!\\d)`, 'i')
const MONTH_FIRST = new RegExp(
  `(?:^|[^a-z])${MONTH_NAME}\\.? (\\d{1,2})(?:st|nd|rd|th)?,? (\\d{4})(?!\\d)`,
  'i',
)

/** Year, month and day of a date whose month is a name, as text. */
function partsInWords(text: string): (string | undefined)[] {
  const [, firstDay, firstName, firstYear] = DAY_FIRST.exec(text) ?? []
  const [, name, day, year] = firstName
    ? ['', firstName, firstDay, firstYear]
    : (MONTH_FIRST.exec(text) ?? [])
  const month = name && MONTHS.findIndex((names) => names.includes(name.toLowerCase())) + 1
  return month ? [year, String(month), day] : []
}

/**
 * `07/10/2025`, `7.10.2025`, `2025-10-07`, `7 ottobre 2025`, or `10/7/2025 8:30 AM`, as a Rome day; null: no real day
 * since 2000.
 */
export function readDate(text: string): RomeDate | null {
  const iso = /(?:^|\D)(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})(?!\d)/.exec(text)
  const parts = /(?:^|\D)(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?!\d)/.exec(text)
  const american = parts !== null && (Number(parts[2]) > 12 || /\d\s*[ap]\.?m\b/i.test(text))
  const [year, month, day] = iso
    ? [iso[1], iso[2], iso[3]]
    : parts
      ? [parts[3], ...(american ? [parts[1], parts[2]] : [parts[2], parts[1]])]
      : partsInWords(text)
  if (year === undefined || month === undefined || day === undefined || Number(year) < FIRST_YEAR) return null
  const date = `${year}-${two(month)}-${two(day)}`
  return isRomeDate(date) ? date : null
}

/**
 * A moment as .NET writes it: ISO without zone (Rome), with `Z` or an offset (an instant), `/Date(ms)/` (an instant), or
 * as people do. Null for what is none, and for MinValue, which stands for "not set".
 * @param asWritten true: the digits are taken for Rome's, whatever zone is written after them
 */
export function readMoment(text: string, asWritten = false): RomeMoment | null {
  const dotNet = /\/Date\((-?\d{1,16})/.exec(text)
  const zoned = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})$/i.test(
    text.trim(),
  )
  const instant = dotNet ? Number(dotNet[1]) : zoned && !asWritten ? Date.parse(text.trim()) : null
  if (instant !== null) {
    if (!(instant >= Date.UTC(FIRST_YEAR, 0)) || instant > Date.UTC(9000, 0)) return null
    return { date: romeDate(instant), time: romeTime(instant) }
  }
  const date = readDate(text)
  const time = readTime(text)
  return date && time ? { date, time } : null
}

/** Minutes from one moment to another, across changes of the clocks too; null when that is no length of a class. */
export function minutesBetween(start: RomeMoment, end: RomeMoment): number | null {
  const span = romeInstant(end.date, end.time) - romeInstant(start.date, start.time)
  return span > 0 && span <= LONGEST_CLASS * MINUTE ? span / MINUTE : null
}

const HOURS = /(\d{1,2})(?:[.,](\d)(?!\d)|,(\d\d)|\.(\d\d))?\s*(?:h|hr|hrs|hours?|or[ae])(?![a-z])\.?/
const MINUTES = /(\d{1,4})(?:[.,]\d+)?\s*(?:m|min|mins|minut[oie]|minutes?|'|′)(?![a-z])/
/** What may follow the hours: "30", "e 30 min", "e mezza". */
const REST = /^\s*(?:(?:e|and|,)\s*)?(?:(?:a\s+)?(mezz[ao]|half)\b|(\d{1,2})(?!\d))/

/** Lengths in words, as figures; apostrophes are straight and letters small. */
const IN_WORDS: readonly [RegExp, string][] = [
  [/\b(?:half an hour|mezz(?:'|a )ora)\b/, '30 min'],
  [/\btre quarti d'ora\b/, '45 min'],
  [/\b(?:un )?quarto d'ora\b/, '15 min'],
  [/\btre quarti\b/, '45'],
  [/\b(?:un|a) quart(?:o|er)\b/, '15'],
  [/\b(?:un'|una |one |an )(?=(?:ora|hour)\b)/, '1 '],
  [/\b(?:due|two)(?= (?:ore|hours)\b)/, '2'],
]

function lengthOf(text: string): number | null {
  const iso = /^pt(?:(\d{1,3})h)?(?:(\d{1,4})m)?(?:[\d.]+s)?$/.exec(text)
  if (iso) return Number(iso[1] ?? 0) * 60 + Number(iso[2] ?? 0)
  const clock = /^(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?\s*(?:h|ore)?$/.exec(text)
  if (clock) return Number(clock[1]) * 60 + Number(clock[2])
  const bare = /^(\d{1,4})(?:[.,]0+)?$/.exec(text)
  if (bare) return Number(bare[1])
  const found = HOURS.exec(text)
  if (!found) {
    const minutes = MINUTES.exec(text)?.[1]
    return minutes === undefined ? null : Number(minutes)
  }
  const [whole, hours, tenths, hundredths, after] = found
  // "1,5 ore" is a fraction, "1.30 h" a time.
  if (after !== undefined) return Number(hours) * 60 + Number(after)
  if (tenths !== undefined || hundredths !== undefined)
    return Math.round((Number(hours) + Number(`0.${tenths ?? hundredths}`)) * 60)
  const [, half, minutes] = REST.exec(text.slice(found.index + whole.length)) ?? []
  return Number(hours) * 60 + (half ? 30 : Number(minutes ?? 0))
}

/**
 * A length in minutes: `55 min`, `1 h 30 min`, `1h30`, `un'ora e mezza`, `1,5 ore`, `01:30:00`, `PT1H30M`, or a bare
 * number. Null for what is none of these, for zero, and for more than half a day.
 */
export function readMinutes(text: string): number | null {
  const plain = text
    .slice(0, 100)
    .replace(/\([^()]*\)/g, ' ')
    .replace(/[’ʼ´`]/g, "'")
    .trim()
    .toLowerCase()
  const minutes = lengthOf(IN_WORDS.reduce((read, [words, figures]) => read.replace(words, figures), plain))
  return minutes !== null && minutes > 0 && minutes <= LONGEST_CLASS ? minutes : null
}

/** When a class ends: by the moment that the site names, else by its length, else by what is usual. */
export function endOf(
  start: RomeMoment,
  { end, minutes, type }: { end: RomeMoment | null; minutes: number | null; type: ClassType },
): RomeTime {
  return end && minutesBetween(start, end) !== null
    ? end.time
    : timeAfter(start.time, minutes ?? usualMinutes(type))
}
