import { and, eq } from 'drizzle-orm'
import { DAY, type RomeDate } from '../../platform/time.ts'
import { startsAt } from '../opening.ts'
import { isOver } from '../states.ts'
import type { ClassRef, OccurrenceState, WeeklyDraft } from '../student-types.ts'
import { isSkipped, occurrenceDates, occurrenceWishes, planAt } from '../weekly-rules.ts'
import { type ActionRow, addAction, cancelAction, getAction, withdrawable } from './actions.ts'
import { recordHistory } from './booking-history.ts'
import { readAccount } from './linked-account.ts'
import { readValue, setTimer } from './object-store.ts'
import { occurrences, weekly } from './schema.ts'
import type { StudentContext } from './student-context.ts'
import {
  allWeekly,
  type BookingRow,
  getBooking,
  getWeekly,
  type OccurrenceRow,
  occurrencesOf,
  openQuestion,
  takenUp,
  type WeeklyRow,
} from './views.ts'
import { decide, getQuestion, planQuestion, planQuestionsAnew, wasAsked } from './weekly-questions.ts'

/** Weeks that the planner looks ahead; an occurrence is begun at most three days before it. */
const LOOK_AHEAD = 2

export function createWeekly(ctx: StudentContext, draft: WeeklyDraft): WeeklyRow {
  const { alternatives = [], watchHoursBefore = null, ...rest } = draft
  const row = ctx.db
    .insert(weekly)
    .values({ ...rest, alternatives, watchHoursBefore, createdAt: ctx.clock.now() })
    .returning()
    .get()
  setTimer(ctx, 'plan', ctx.clock.now())
  return row
}

const targetOn = (row: WeeklyRow, date: RomeDate): ClassRef => ({
  type: row.type,
  name: row.name,
  location: row.location,
  date,
  start: row.start,
})

/** Begins each occurrence that is due, once, and sets the timer for the next one (at least daily). */
export function plan(ctx: StudentContext): void {
  const now = ctx.clock.now()
  const idle = readValue(ctx, 'paused') || !readAccount(ctx)
  const running = idle ? [] : allWeekly(ctx).filter((row) => !row.paused)
  let next = now + DAY
  for (const row of running) {
    const taken = takenUp(ctx, row.id)
    for (const date of occurrenceDates(row, now, LOOK_AHEAD)) {
      if (taken.has(date) || isSkipped(row, date)) continue
      const at = planAt(row.policy, date, row.start)
      if (at <= now) begin(ctx, row, date)
      else next = Math.min(next, at)
    }
  }
  if (running.length > 0) setTimer(ctx, 'plan', next)
}

/** Begins one occurrence: books it, or plans the question whether to book. */
function begin(ctx: StudentContext, row: WeeklyRow, date: RomeDate): void {
  const target = targetOn(row, date)
  if (row.policy === 'ask-then-book') {
    const question = planQuestion(ctx, { kind: 'book', weeklyId: row.id, target, bookingId: null })
    const state: OccurrenceState = question ? 'planned' : 'missed'
    ctx.db
      .insert(occurrences)
      .values({ weeklyId: row.id, date, state, confirmationId: question?.id ?? null })
      .run()
    return
  }
  const action = addAction(ctx, { kind: 'book', weeklyId: row.id, ...occurrenceWishes(row, date) })
  ctx.db.insert(occurrences).values({ weeklyId: row.id, date, state: 'booking', actionId: action.id }).run()
}

const update = (ctx: StudentContext, weeklyId: number, date: RomeDate, set: Partial<OccurrenceRow>) =>
  ctx.db
    .update(occurrences)
    .set(set)
    .where(and(eq(occurrences.weeklyId, weeklyId), eq(occurrences.date, date)))
    .run()

/** The day of the occurrence that an action works for: its first wish is the weekly booking's own. */
const dayOf = (action: ActionRow): RomeDate | undefined => action.wishes[0]?.date

/** The action of an occurrence booked a class: the question is planned, when the policy wants one. */
export function occurrenceBooked(ctx: StudentContext, action: ActionRow, bookingId: number): void {
  const date = dayOf(action)
  const row = action.weeklyId === null ? undefined : getWeekly(ctx, action.weeklyId)
  const booking = getBooking(ctx, bookingId)
  if (action.weeklyId === null || !date || !booking) return
  if (takenUp(ctx, action.weeklyId).get(date)?.state === 'skipped') {
    update(ctx, action.weeklyId, date, { bookingId })
    cancelBooking(ctx, booking, action.weeklyId)
    return
  }
  update(ctx, action.weeklyId, date, { state: 'booked', bookingId })
  if (row?.policy !== 'book-then-confirm' || openQuestion(ctx, bookingId)) return
  const target: ClassRef = {
    type: booking.type,
    name: booking.name,
    location: booking.location,
    date: booking.date,
    start: booking.start,
  }
  const question = planQuestion(ctx, { kind: 'keep', weeklyId: row.id, target, bookingId })
  if (question) update(ctx, row.id, date, { confirmationId: question.id })
}

/** The student withdrew the action of an occurrence. */
export function occurrenceSkipped(ctx: StudentContext, action: ActionRow): void {
  const date = dayOf(action)
  if (action.weeklyId !== null && date) update(ctx, action.weeklyId, date, { state: 'skipped' })
}

/** The action of an occurrence failed. */
export function occurrenceMissed(ctx: StudentContext, action: ActionRow): void {
  const date = dayOf(action)
  if (action.weeklyId !== null && date) update(ctx, action.weeklyId, date, { state: 'missed' })
}

/** Cancels the real booking of an occurrence that is not wanted. */
function cancelBooking(ctx: StudentContext, booking: BookingRow, weeklyId: number): void {
  const { type, name, location, date, start } = booking
  const wishes = [{ type, name, location, date, start }]
  addAction(ctx, { kind: 'cancel', wishes, bookingId: booking.id, weeklyId })
}

/** Skips one occurrence: its question, its pending action, or its real booking. */
function skipOccurrence(
  ctx: StudentContext,
  row: WeeklyRow,
  date: RomeDate,
  taken: OccurrenceRow | undefined,
): void {
  const question = taken?.confirmationId ? getQuestion(ctx, taken.confirmationId) : undefined
  if (question && (question.status === 'scheduled' || question.status === 'asked')) {
    decide(ctx, question.id, 'skipped')
  } else {
    const booking = taken?.bookingId ? getBooking(ctx, taken.bookingId) : undefined
    if (booking?.state === 'active') cancelBooking(ctx, booking, row.id)
    const action = taken?.actionId ? getAction(ctx, taken.actionId) : undefined
    if (action && !isOver(action.status) && withdrawable(action)) cancelAction(ctx, action, 'weekly-off')
    recordHistory(ctx, 'skipped', targetOn(row, date), { weeklyId: row.id })
  }
  ctx.db
    .insert(occurrences)
    .values({ weeklyId: row.id, date, state: 'skipped' })
    .onConflictDoUpdate({ target: [occurrences.weeklyId, occurrences.date], set: { state: 'skipped' } })
    .run()
}

const alive = (state: OccurrenceState) => !['skipped', 'released', 'missed'].includes(state)

/** Skips the next occurrence that is not skipped yet. */
export function skipNext(ctx: StudentContext, row: WeeklyRow): WeeklyRow {
  const taken = takenUp(ctx, row.id)
  const next = occurrencesOf(ctx, row, 60).find((one) => alive(one.state))
  if (next) skipOccurrence(ctx, row, next.date, taken.get(next.date))
  return row
}

/** Skips every occurrence before a Rome day. */
export function skipUntil(ctx: StudentContext, row: WeeklyRow, date: RomeDate): WeeklyRow {
  for (const [day, taken] of takenUp(ctx, row.id))
    if (day < date && startsAt({ date: day, start: row.start }) > ctx.clock.now() && alive(taken.state))
      skipOccurrence(ctx, row, day, taken)
  setTimer(ctx, 'plan', ctx.clock.now())
  return change(ctx, row.id, { skipUntil: date })
}

const change = (ctx: StudentContext, id: number, set: Partial<WeeklyRow>): WeeklyRow =>
  ctx.db.update(weekly).set(set).where(eq(weekly.id, id)).returning().get()

/** Cancels what has not been sent; it is planned again when the weekly booking resumes. */
function release(ctx: StudentContext, row: WeeklyRow): void {
  for (const [date, taken] of takenUp(ctx, row.id)) {
    const action = taken.actionId ? getAction(ctx, taken.actionId) : undefined
    const question = taken.confirmationId ? getQuestion(ctx, taken.confirmationId) : undefined
    const pending = action && !isOver(action.status) && withdrawable(action)
    const unasked = question?.kind === 'book' && ['scheduled', 'asked'].includes(question.status)
    if (pending) cancelAction(ctx, action, 'weekly-off')
    if (unasked) decide(ctx, question.id, 'void')
    if (pending || unasked)
      ctx.db
        .delete(occurrences)
        .where(and(eq(occurrences.weeklyId, row.id), eq(occurrences.date, date)))
        .run()
  }
}

export function pauseWeekly(ctx: StudentContext, row: WeeklyRow): WeeklyRow {
  release(ctx, row)
  return change(ctx, row.id, { paused: true })
}

/**
 * Forgets that occurrences ahead were skipped, so that they are planned again; not those that were given back, nor those
 * that the student refused when asked.
 */
function unskip(ctx: StudentContext, row: WeeklyRow): void {
  for (const [date, taken] of takenUp(ctx, row.id)) {
    // Ending a pause does not bring back a class that was skipped by itself.
    const meant = !row.paused || (row.skipUntil !== null && date < row.skipUntil)
    const ahead = startsAt({ date, start: row.start }) > ctx.clock.now()
    const question = taken.confirmationId ? getQuestion(ctx, taken.confirmationId) : undefined
    const refused = question && wasAsked(question)
    if (taken.state !== 'skipped' || !meant || !ahead || refused || taken.bookingId !== null) continue
    const action = taken.actionId ? getAction(ctx, taken.actionId) : undefined
    if (action && !isOver(action.status)) {
      // It was sent before the skip and is still under way: it goes on, and nothing is begun beside it.
      update(ctx, row.id, date, { state: 'booking' })
      continue
    }
    ctx.db
      .delete(occurrences)
      .where(and(eq(occurrences.weeklyId, row.id), eq(occurrences.date, date)))
      .run()
  }
}

/** Ends a pause, and a skip that was not over. */
export function resumeWeekly(ctx: StudentContext, row: WeeklyRow): WeeklyRow {
  unskip(ctx, row)
  setTimer(ctx, 'plan', ctx.clock.now())
  const resumed = change(ctx, row.id, { paused: false, skipUntil: null })
  planQuestionsAnew(ctx)
  return resumed
}

/** Bookings that it already made stay, and are kept without a question. */
export function removeWeekly(ctx: StudentContext, row: WeeklyRow): void {
  release(ctx, row)
  for (const taken of takenUp(ctx, row.id).values())
    if (taken.confirmationId) decide(ctx, taken.confirmationId, 'void')
  ctx.db.delete(occurrences).where(eq(occurrences.weeklyId, row.id)).run()
  ctx.db.delete(weekly).where(eq(weekly.id, row.id)).run()
}
