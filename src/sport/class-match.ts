import type { RomeDate, RomeTime } from '../platform/time.ts'
import type { Activity, ClassSlot, ClassType, SiteBooking } from './site/site-model.ts'
import type { ClassRef } from './student/views.ts'

/** Names compared without case, accents and spacing: the site writes them now this way, now that. */
const plain = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .replace(/[^\p{Letter}\p{Number}]+/gu, ' ')
    .trim()
    .toLowerCase()

/** One name says the same place as another, or less or more of it ("Giuriati", "Giuriati - Fit Center"). */
function samePlace(a: string, b: string): boolean {
  const [x, y] = [plain(a), plain(b)]
  return x === '' || y === '' || ` ${x} `.includes(` ${y} `) || ` ${y} `.includes(` ${x} `)
}

/**
 * Whether a slot of the schedule is the class that is wanted: same day, start, kind and course, never the hour alone.
 * Fit Center slots have no course: there the activity's name decides.
 */
export function isWanted(wish: ClassRef, slot: ClassSlot): boolean {
  if (wish.type !== slot.type || wish.date !== slot.date || wish.start !== slot.start) return false
  const sameName =
    wish.type === 'course' ? plain(wish.name) === plain(slot.name) : samePlace(wish.name, slot.name)
  return sameName && samePlace(wish.location, slot.location)
}

/** A booking as the site's list tells it apart: it has no id. `course` is null for the Fit Center. */
export interface BookingKey {
  date: RomeDate
  start: RomeTime
  course: string | null
}

/** The key of a booking of that class. */
export const bookingKey = (wanted: Pick<ClassRef, 'type' | 'name' | 'date' | 'start'>): BookingKey => ({
  date: wanted.date,
  start: wanted.start,
  course: wanted.type === 'course' ? wanted.name : null,
})

/** True when both are the same booking: date, start and course. */
export const sameBooking = (a: BookingKey, b: BookingKey): boolean =>
  a.date === b.date && a.start === b.start && plain(a.course ?? '') === plain(b.course ?? '')

/** The key as text, for rows. */
export const bookingKeyText = (key: BookingKey): string =>
  `${key.date}|${key.start}|${plain(key.course ?? '')}`

/** The booking of that class in the site's list; undefined: it is not there. */
export const findBooking = (list: readonly SiteBooking[], wish: ClassRef): SiteBooking | undefined =>
  list.find(
    (booking) =>
      sameBooking(booking, bookingKey(wish)) ||
      (wish.type === 'fit-center' &&
        sameBooking({ ...booking, course: null }, bookingKey(wish)) &&
        /\bfit ?center\b/.test(plain(booking.course ?? ''))),
  )

export const bookingType = (booking: Pick<SiteBooking, 'course'>): ClassType =>
  booking.course ? 'course' : 'fit-center'

/** The activities whose schedule may hold a class: of its kind, those of its place first. */
export function likelyActivities(activities: readonly Activity[], wish: ClassRef): Activity[] {
  const ofKind = activities.filter((activity) => activity.type === wish.type)
  const here = (activity: Activity) => samePlace(activity.name, wish.location || wish.name)
  return [...ofKind.filter(here), ...ofKind.filter((activity) => !here(activity))]
}
