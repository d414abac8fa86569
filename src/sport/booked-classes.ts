import { bookingKey, bookingKeyText, type NamedClass } from './site/class-key.ts'

/** Whether a student has booked a class. */
export type IsBooked = (row: NamedClass) => boolean

/** Tells the booked classes of the schedule from the others. */
export function bookedAmong(bookings: readonly NamedClass[]): IsBooked {
  const keys = new Set(bookings.map((booking) => bookingKeyText(bookingKey(booking))))
  return (row) => keys.has(bookingKeyText(bookingKey(row)))
}
