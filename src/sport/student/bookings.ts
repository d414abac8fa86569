import { and, eq, inArray } from 'drizzle-orm'
import { HOUR, MINUTE } from '../../platform/time.ts'
import { bookingKeyText, bookingType } from '../class-match.ts'
import { startsAt } from '../opening.ts'
import type { SiteBooking } from '../site/site-model.ts'
import { activeBookings, type BookingRow } from './booking-view.ts'
import { voidQuestion } from './confirmations.ts'
import type { Desk } from './desk.ts'
import { remember } from './history.ts'
import { eventOf, tell } from './notices.ts'
import { preferences } from './preferences.ts'
import { bookings, occurrences } from './schema.ts'
import { setTimer, setTimerBy } from './timers.ts'
import type { BookingState, ClassRef } from './views.ts'

const SYNC_EVERY = HOUR
/** A booking that a believed list lacks is looked for once more, this much later, before it counts as gone. */
const SECOND_LOOK = 3 * MINUTE

export const activeByKey = (desk: Desk, key: string): BookingRow | undefined =>
  desk.db
    .select()
    .from(bookings)
    .where(and(eq(bookings.key, key), eq(bookings.state, 'active')))
    .get()

/**
 * Keeps a booking as the site's list shows it.
 * @param wish the class that it was booked for: the list does not always say the name
 */
export function keepBooking(
  desk: Desk,
  seen: SiteBooking,
  wish: ClassRef | null,
  weeklyId: number | null = null,
): BookingRow {
  const now = desk.clock.now()
  const key = bookingKeyText(seen)
  const known = activeByKey(desk, key)
  const name = wish?.name ?? known?.name ?? seen.course ?? seen.location
  const location = seen.location || wish?.location || ''
  setTimerBy(desk, 'sync', now + SYNC_EVERY)
  if (!known)
    return desk.db
      .insert(bookings)
      .values({
        key,
        type: bookingType(seen),
        name,
        course: seen.course,
        location,
        date: seen.date,
        start: seen.start,
        minutes: seen.minutes,
        startsAt: startsAt(seen),
        weeklyId,
        updatedAt: now,
      })
      .returning()
      .get()
  const changed = known.minutes !== seen.minutes || known.location !== location || known.name !== name
  return desk.db
    .update(bookings)
    .set({
      name,
      location,
      minutes: seen.minutes,
      weeklyId: weeklyId ?? known.weeklyId,
      missingSince: null,
      ...(changed && { sequence: known.sequence + 1, updatedAt: now }),
    })
    .where(eq(bookings.id, known.id))
    .returning()
    .get()
}

/** A booking stands no more. */
export function closeBooking(desk: Desk, row: BookingRow, state: Exclude<BookingState, 'active'>): void {
  desk.db
    .update(bookings)
    .set({ state, sequence: row.sequence + 1, updatedAt: desk.clock.now(), missingSince: null })
    .where(eq(bookings.id, row.id))
    .run()
  if (state !== 'past')
    desk.db
      .update(occurrences)
      .set({ state: 'released' })
      .where(
        and(eq(occurrences.bookingId, row.id), inArray(occurrences.state, ['booked', 'asked', 'confirmed'])),
      )
      .run()
  voidQuestion(desk, row.id)
}

/**
 * Takes over what a recognised list says. What is new is kept, what is past is closed, and what the list lacks twice
 * some minutes apart is gone: a page that only looks empty must not cost a booking.
 */
export function applyList(desk: Desk, list: readonly SiteBooking[]): void {
  const now = desk.clock.now()
  const keys = new Set(list.map(bookingKeyText))
  for (const seen of list) if (startsAt(seen) + seen.minutes * MINUTE > now) keepBooking(desk, seen, null)
  let doubts = false
  for (const row of activeBookings(desk)) {
    if (row.startsAt + row.minutes * MINUTE <= now) {
      closeBooking(desk, row, 'past')
      remember(desk, 'attended', row, { weeklyId: row.weeklyId })
    } else if (!keys.has(row.key) && row.missingSince === null) {
      desk.db.update(bookings).set({ missingSince: now }).where(eq(bookings.id, row.id)).run()
      doubts = true
    } else if (!keys.has(row.key)) {
      if (now - (row.missingSince ?? now) < SECOND_LOOK) doubts = true
      else {
        closeBooking(desk, row, 'gone')
        remember(desk, 'gone', row, { weeklyId: row.weeklyId })
        if (preferences(desk).tellChanges)
          tell(desk, eventOf(desk, `gone:${row.id}`), { what: 'gone', bookingId: row.id })
      }
    }
  }
  if (doubts) setTimer(desk, 'sync', now + SECOND_LOOK)
  else if (activeBookings(desk).length > 0) setTimer(desk, 'sync', now + SYNC_EVERY)
}
