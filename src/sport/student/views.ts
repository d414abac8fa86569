import { and, asc, eq, inArray } from 'drizzle-orm'
import { MINUTE } from '../../platform/time.ts'
import { opensAt, startsAt } from '../opening.ts'
import { bookQuestion, keepQuestion } from '../question-times.ts'
import type {
  BookingView,
  ConfirmationView,
  Occurrence,
  OccurrenceState,
  WeeklyView,
} from '../student-types.ts'
import { isSkipped, occurrenceDates } from '../weekly-rules.ts'
import { preferences, readValue } from './object-store.ts'
import { prepared } from './prepared.ts'
import { bookings, confirmations, occurrences, weekly } from './schema.ts'
import type { StudentContext } from './student-context.ts'

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
export const openQuestion = (ctx: StudentContext, bookingId: number): ConfirmationRow | undefined =>
  ctx.db
    .select()
    .from(confirmations)
    .where(and(eq(confirmations.bookingId, bookingId), inArray(confirmations.status, ['scheduled', 'asked'])))
    .get()

export function viewOf(ctx: StudentContext, row: BookingRow): BookingView {
  const question = openQuestion(ctx, row.id)
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

export const getBooking = (ctx: StudentContext, id: number): BookingRow | undefined =>
  ctx.db.select().from(bookings).where(eq(bookings.id, id)).get()

export function bookingView(ctx: StudentContext, id: number): BookingView | null {
  const row = getBooking(ctx, id)
  return row ? viewOf(ctx, row) : null
}

const active = prepared((db) =>
  db.select().from(bookings).where(eq(bookings.state, 'active')).orderBy(asc(bookings.startsAt)).prepare(),
)

/** Active bookings, in order of time. */
export const activeBookings = (ctx: StudentContext): BookingRow[] => active(ctx).all()

export type WeeklyRow = typeof weekly.$inferSelect
export type OccurrenceRow = typeof occurrences.$inferSelect

export const allWeekly = (ctx: StudentContext): WeeklyRow[] =>
  ctx.db.select().from(weekly).orderBy(asc(weekly.dayOfWeek), asc(weekly.start), asc(weekly.id)).all()

export const getWeekly = (ctx: StudentContext, id: number): WeeklyRow | undefined =>
  ctx.db.select().from(weekly).where(eq(weekly.id, id)).get()

/** True while everything is paused, or the weekly booking is. */
export const isPaused = (ctx: StudentContext, weeklyId: number): boolean =>
  readValue(ctx, 'paused') === true || getWeekly(ctx, weeklyId)?.paused === true

/** The occurrences of one weekly booking that something happened to, by day. */
export const takenUp = (ctx: StudentContext, weeklyId: number): Map<string, OccurrenceRow> =>
  new Map(
    ctx.db
      .select()
      .from(occurrences)
      .where(eq(occurrences.weeklyId, weeklyId))
      .all()
      .map((row) => [row.date, row]),
  )

function stateOf(
  ctx: StudentContext,
  row: WeeklyRow,
  date: string,
  taken: OccurrenceRow | undefined,
): OccurrenceState {
  if (taken) return taken.state
  if (isSkipped(row, date)) return 'skipped'
  return row.paused || readValue(ctx, 'paused') ? 'paused' : 'planned'
}

/** When the question about an occurrence is (or will be) asked and until when it waits. */
function questionTimes(ctx: StudentContext, row: WeeklyRow, date: string, taken: OccurrenceRow | undefined) {
  const asked =
    taken?.confirmationId &&
    ctx.db.select().from(confirmations).where(eq(confirmations.id, taken.confirmationId)).get()
  if (asked) return asked
  const starts = startsAt({ date, start: row.start })
  const now = ctx.clock.now()
  if (row.policy === 'no-confirmation') return null
  return row.policy === 'ask-then-book'
    ? bookQuestion(starts, now, row.watchHoursBefore ?? 0)
    : keepQuestion(starts, preferences(ctx), now)
}

/** Every occurrence of one weekly booking in the next weeks. */
export function occurrencesOf(ctx: StudentContext, row: WeeklyRow, weeks: number): Occurrence[] {
  const taken = takenUp(ctx, row.id)
  return occurrenceDates(row, ctx.clock.now(), weeks).map((date) => {
    const times = questionTimes(ctx, row, date, taken.get(date))
    return {
      weeklyId: row.id,
      type: row.type,
      name: row.name,
      location: row.location,
      date,
      start: row.start,
      state: stateOf(ctx, row, date, taken.get(date)),
      opensAt: opensAt(date),
      askAt: times?.askAt ?? null,
      deadline: times?.deadline ?? null,
    }
  })
}

/** Every occurrence of every weekly booking in the next weeks, in order of time. */
export const occurrencesAhead = (ctx: StudentContext, weeks: number): Occurrence[] =>
  allWeekly(ctx)
    .flatMap((row) => occurrencesOf(ctx, row, weeks))
    .sort((a, b) => startsAt(a) - startsAt(b) || a.weeklyId - b.weeklyId)

/** How many weeks ahead the next occurrence that is not skipped is looked for. */
const HORIZON = 60

export function weeklyView(ctx: StudentContext, row: WeeklyRow): WeeklyView {
  const next =
    row.paused || readValue(ctx, 'paused')
      ? undefined
      : occurrencesOf(ctx, row, HORIZON).find((one) => one.state !== 'skipped' && one.state !== 'released')
  return {
    id: row.id,
    type: row.type,
    name: row.name,
    location: row.location,
    dayOfWeek: row.dayOfWeek,
    start: row.start,
    policy: row.policy,
    alternatives: row.alternatives,
    watchHoursBefore: row.watchHoursBefore,
    paused: row.paused,
    skipUntil: row.skipUntil,
    createdAt: row.createdAt,
    next: next ?? null,
  }
}

/** Active bookings that are not over, in order of time. */
export const bookingsAhead = (ctx: StudentContext): BookingView[] =>
  activeBookings(ctx)
    .map((row) => viewOf(ctx, row))
    .filter((view) => view.endsAt > ctx.clock.now())
