import { and, asc, desc, eq, gte, inArray } from 'drizzle-orm'
import { timingSafeEqual } from '../../platform/crypto.ts'
import { DAY, HOUR, MINUTE, romeDate, romeTime } from '../../platform/time.ts'
import { bookingKeyText, bookingType } from '../class-match.ts'
import { startsAt } from '../opening.ts'
import type { SiteBooking } from '../site/site-model.ts'
import type {
  ActionReason,
  BookingState,
  BookingView,
  ClassRef,
  HistoryEntry,
  HistoryKind,
} from '../student-types.ts'
import { voidQuestion } from './confirmations.ts'
import { openSecret, sealSecret } from './linked-account.ts'
import { eventOf, notify } from './notifications.ts'
import { clearValue, preferences, readValue, setTimer, setTimerBy, writeValue } from './object-store.ts'
import { bookings, history, occurrences } from './schema.ts'
import type { StudentContext } from './student-context.ts'
import { activeBookings, type BookingRow, viewOf } from './views.ts'

const SYNC_EVERY = HOUR
/** A booking that the list lacks is looked for once more, this much later, before it counts as gone. */
const SECOND_LOOK = 3 * MINUTE

export const activeByKey = (ctx: StudentContext, key: string): BookingRow | undefined =>
  ctx.db
    .select()
    .from(bookings)
    .where(and(eq(bookings.key, key), eq(bookings.state, 'active')))
    .get()

/**
 * Keeps a booking as the site's list shows it.
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

/** A booking stands no more. */
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
 * Takes over what a recognised list says. What is new is kept, what is past is closed, and what the list lacks twice
 * some minutes apart is gone: a page that only looks empty must not cost a booking.
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

/** The feed shows bookings from this long ago on, cancelled ones too, so that calendars take them out. */
const SHOWN = 60 * DAY

/** The token of the private calendar feed; made when there is none. */
export async function feedToken(ctx: StudentContext): Promise<string> {
  const sealed = readValue(ctx, 'feed')
  if (sealed) return openSecret<string>(ctx, sealed)
  const token = Array.from(crypto.getRandomValues(new Uint8Array(24)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
  const value = await sealSecret(ctx, token)
  const meanwhile = readValue(ctx, 'feed')
  if (meanwhile) return openSecret<string>(ctx, meanwhile)
  writeValue(ctx, 'feed', value)
  return token
}

export const revokeFeed = (ctx: StudentContext): void => clearValue(ctx, 'feed')

/** The feed's bookings; null when the token is not the present one. */
export async function feedBookings(ctx: StudentContext, token: string): Promise<BookingView[] | null> {
  const sealed = readValue(ctx, 'feed')
  if (!sealed || !(await timingSafeEqual(token, await openSecret<string>(ctx, sealed)))) return null
  return ctx.db
    .select()
    .from(bookings)
    .where(gte(bookings.startsAt, ctx.clock.now() - SHOWN))
    .orderBy(asc(bookings.startsAt))
    .all()
    .map((row) => viewOf(ctx, row))
}

/** What of a class the history keeps. */
interface Subject {
  name: string
  location: string
  date: string
  start: string
}

/** Writes down that something happened. */
export function recordHistory(
  ctx: StudentContext,
  what: HistoryKind,
  subject: Subject | null,
  more: { reason?: ActionReason | null; actionId?: number | null; weeklyId?: number | null } = {},
): void {
  const { name = null, location = null, date = null, start = null } = subject ?? {}
  ctx.db
    .insert(history)
    .values({ at: ctx.clock.now(), what, name, location, date, start, ...more })
    .run()
}

/** The last entries, newest first. */
export const lastHistory = (ctx: StudentContext, count: number): HistoryEntry[] =>
  ctx.db.select().from(history).orderBy(desc(history.id)).limit(count).all()

/** A CSV field (RFC 4180). One that a spreadsheet would take for a formula is kept text by an apostrophe. */
const field = (value: string): string => {
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** The whole history as CSV, oldest first, times in Rome. */
export function historyCsv(ctx: StudentContext, header: readonly string[]): string {
  const rows = ctx.db.select().from(history).orderBy(asc(history.id)).all()
  const table = rows.map((row) => [
    `${romeDate(row.at)} ${romeTime(row.at)}`,
    row.what,
    row.name ?? '',
    row.location ?? '',
    row.date ?? '',
    row.start ?? '',
    row.reason ?? '',
  ])
  return `\uFEFF${[header, ...table].map((cells) => cells.map(field).join(',')).join('\r\n')}\r\n`
}
