import { foldText } from '../../platform/fold.ts'
import type { RomeDate, RomeTime } from '../../platform/time.ts'
import type { ClassSlot, SiteBooking } from './site-model.ts'

/** A booking as the site's list tells it apart: it has no id. `course` is null for the Fit Center. */
export interface BookingKey {
  date: RomeDate
  start: RomeTime
  course: string | null
}

/** What names a class to a person. */
export type NamedClass = Pick<ClassSlot, 'type' | 'name' | 'date' | 'start'>

/** The key of a booking of that class. */
export const bookingKey = (wanted: NamedClass): BookingKey => ({
  date: wanted.date,
  start: wanted.start,
  course: wanted.type === 'course' ? wanted.name : null,
})

/** The key as text, for rows. */
export const bookingKeyText = (key: BookingKey): string =>
  `${key.date}|${key.start}|${foldText(key.course ?? '')}`

/** True when both are the same booking: date, start and course, never the hour alone. */
export const sameBooking = (a: BookingKey, b: BookingKey): boolean => bookingKeyText(a) === bookingKeyText(b)

/** One name says the same place as another, or less or more of it ("Giuriati", "Giuriati - Fit Center"). */
export function samePlace(a: string, b: string): boolean {
  const [x, y] = [foldText(a), foldText(b)]
  return x === '' || y === '' || ` ${x} `.includes(` ${y} `) || ` ${y} `.includes(` ${x} `)
}

/** True when one part of a text such as `Giuriati - Corsi Platinum - YOGA` is that name. */
const namesPart = (text: string, name: string): boolean =>
  text.split(/\s[-–—|]\s/).some((part) => foldText(part) === foldText(name))

function isBookingOf(booking: SiteBooking, wanted: NamedClass): boolean {
  if (booking.date !== wanted.date || booking.start !== wanted.start) return false
  if (sameBooking(booking, bookingKey(wanted))) return true
  // Some sites write the course beside the place, and the activity's name where a course would stand.
  if (wanted.type === 'course') return booking.course === null && namesPart(booking.location, wanted.name)
  return booking.course !== null && samePlace(booking.course, wanted.name)
}

/** The booking of that class in the site's list; undefined: it is not there. */
export const findBooking = (list: readonly SiteBooking[], wanted: NamedClass): SiteBooking | undefined =>
  list.find((booking) => sameBooking(booking, bookingKey(wanted))) ??
  list.find((booking) => isBookingOf(booking, wanted))
