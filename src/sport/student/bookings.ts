import { and, eq, inArray } from 'drizzle-orm'
import { HOUR, MINUTE } from '../../platform/time.ts'
import { bookingKeyText, bookingType } from '../class-match.ts'
import { startsAt } from '../opening.ts'
import type { SiteBooking } from '../site/site-model.ts'
import type { BookingState, ClassRef } from '../student-types.ts'
import { recordHistory } from './booking-history.ts'
import { eventOf, notify } from './notifications.ts'
import { preferences, setTimer, setTimerBy } from './object-store.ts'
import { bookings, occurrences } from './schema.ts'
import type { StudentContext } from './student-context.ts'
import { activeBookings, type BookingRow } from './views.ts'
import { voidQuestion } from './weekly-questions.ts'

const SYNC_EVERY = HOUR
/** A booking missing from the list counts as gone only when the list lacks it again this much later. */
const SECOND_LOOK = 3 * MINUTE

export const activeByKey = (ctx: StudentContext, key: string): BookingRow | undefined =>
  ctx.db
    .select()
    .from(bookings)
    .where(and(eq(bookings.key, key), eq(bookings.state, 'active')))
    .get()

/**
 * Stores a booking as the site's list shows it.
 * @param wish the class that it was booked for: the list does not always say the name
 */
export function keepBooking(
  ctx: StudentContext,
  seen: SiteBooking,
  wish: ClassRef | null,
  weeklyId: number | null = null,
): BookingRow {
  const now = ctx.clock.now()
  const key = bookingKeyText(seen)
  const known = activeByKey(ctx, key)
  const name = wish?.name ?? known?.name ?? seen.course ?? seen.location
  const location = seen.location || wish?.location || ''
  setTimerBy(ctx, 'sync', now + SYNC_EVERY)
  if (!known)
    return ctx.db
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
  return ctx.db
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

/** Ends a booking. */
export function closeBooking(
  ctx: StudentContext,
  row: BookingRow,
  state: Exclude<BookingState, 'active'>,
): void {
  ctx.db
    .update(bookings)
    .set({ state, sequence: row.sequence + 1, updatedAt: ctx.clock.now(), missingSince: null })
    .where(eq(bookings.id, row.id))
    .run()
  if (state !== 'past')
    ctx.db
      .update(occurrences)
      .set({ state: 'released' })
      .where(
        and(eq(occurrences.bookingId, row.id), inArray(occurrences.state, ['booked', 'asked', 'confirmed'])),
      )
      .run()
  voidQuestion(ctx, row.id)
}

/**
 * Applies a recognised list: stores new bookings and closes past ones. A booking that two lists some minutes apart lack
 * is gone; one list that only looks empty must not remove it.
 */
export function applyList(ctx: StudentContext, list: readonly SiteBooking[]): void {
  const now = ctx.clock.now()
  const keys = new Set(list.map(bookingKeyText))
  for (const seen of list) if (startsAt(seen) + seen.minutes * MINUTE > now) keepBooking(ctx, seen, null)
  let doubts = false
  for (const row of activeBookings(ctx)) {
    if (row.startsAt + row.minutes * MINUTE <= now) {
      closeBooking(ctx, row, 'past')
      recordHistory(ctx, 'attended', row, { weeklyId: row.weeklyId })
    } else if (!keys.has(row.key) && row.missingSince === null) {
      ctx.db.update(bookings).set({ missingSince: now }).where(eq(bookings.id, row.id)).run()
      doubts = true
    } else if (!keys.has(row.key)) {
      if (now - (row.missingSince ?? now) < SECOND_LOOK) doubts = true
      else {
        closeBooking(ctx, row, 'gone')
        recordHistory(ctx, 'gone', row, { weeklyId: row.weeklyId })
        if (preferences(ctx).tellChanges)
          notify(ctx, eventOf(ctx, `gone:${row.id}`), { what: 'gone', bookingId: row.id })
      }
    }
  }
  if (doubts) setTimer(ctx, 'sync', now + SECOND_LOOK)
  else if (activeBookings(ctx).length > 0) setTimer(ctx, 'sync', now + SYNC_EVERY)
}
