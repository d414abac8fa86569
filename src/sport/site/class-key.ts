import type { ClassSlot, SiteBooking } from './site-model.ts'

/** What names a class to a person and to the site's list: its day, its start, and its course (none: Fit Center). */
export interface ClassKey {
  date: string
  start: string
  course: string | null
}

const sameCourse = (a: string | null, b: string | null) =>
  (a ?? '').trim().toUpperCase().replace(/\s+/g, ' ') === (b ?? '').trim().toUpperCase().replace(/\s+/g, ' ')

export const keyOfSlot = (slot: Pick<ClassSlot, 'date' | 'start' | 'name' | 'type'>): ClassKey => ({
  date: slot.date,
  start: slot.start,
  course: slot.type === 'fit-center' ? null : slot.name,
})

export const sameClass = (a: ClassKey, b: ClassKey): boolean =>
  a.date === b.date && a.start === b.start && sameCourse(a.course, b.course)

/** Whether the site's list holds this class: by day, start and course, never by the hour alone. */
export const holds = (bookings: readonly SiteBooking[], key: ClassKey): boolean =>
  bookings.some((booking) => sameClass(booking, key))
