import { and, asc, eq, inArray } from 'drizzle-orm'
import { MINUTE } from '../../platform/time.ts'
import type { Desk } from './desk.ts'
import { bookings, confirmations } from './schema.ts'
import type { BookingView, ConfirmationView } from './views.ts'

export type BookingRow = typeof bookings.$inferSelect
export type ConfirmationRow = typeof confirmations.$inferSelect

export const confirmationView = (row: ConfirmationRow): ConfirmationView => ({
  id: row.id,
  kind: row.kind,
  weeklyId: row.weeklyId,
  status: row.status,
  target: row.target,
  askAt: row.askAt,
  deadline: row.deadline,
})

/** The question about a booking that is not decided. */
export const openQuestion = (desk: Desk, bookingId: number): ConfirmationRow | undefined =>
  desk.db
    .select()
    .from(confirmations)
    .where(and(eq(confirmations.bookingId, bookingId), inArray(confirmations.status, ['scheduled', 'asked'])))
    .get()

export function viewOf(desk: Desk, row: BookingRow): BookingView {
  const question = openQuestion(desk, row.id)
  return {
    id: row.id,
    type: row.type,
    name: row.name,
    location: row.location,
    date: row.date,
    start: row.start,
    minutes: row.minutes,
    startsAt: row.startsAt,
    endsAt: row.startsAt + row.minutes * MINUTE,
    state: row.state,
    weeklyId: row.weeklyId,
    confirmation: question ? confirmationView(question) : null,
    sequence: row.sequence,
    updatedAt: row.updatedAt,
  }
}

export const getBooking = (desk: Desk, id: number): BookingRow | undefined =>
  desk.db.select().from(bookings).where(eq(bookings.id, id)).get()

export function bookingView(desk: Desk, id: number): BookingView | null {
  const row = getBooking(desk, id)
  return row ? viewOf(desk, row) : null
}

/** Bookings that stand, in order of time. */
export const activeBookings = (desk: Desk): BookingRow[] =>
  desk.db.select().from(bookings).where(eq(bookings.state, 'active')).orderBy(asc(bookings.startsAt)).all()
