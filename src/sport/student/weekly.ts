import { and, eq } from 'drizzle-orm'
import { DAY, HOUR, type RomeDate } from '../../platform/time.ts'
import { startsAt } from '../opening.ts'
import { isOver } from '../states.ts'
import { isSkipped, occurrenceDates, planAt } from '../weekly.ts'
import { type ActionRow, addAction, cancelAction, getAction, withdrawable } from './actions.ts'
import { type BookingRow, getBooking, openQuestion } from './booking-view.ts'
import { decide, getQuestion, planQuestion } from './confirmations.ts'
import type { Desk } from './desk.ts'
import { readFact } from './facts.ts'
import { remember } from './history.ts'
import { occurrences, weekly } from './schema.ts'
import { readAccount } from './session-store.ts'
import { setTimer } from './timers.ts'
import type { ClassRef, OccurrenceState, WeeklyDraft } from './views.ts'
import {
  allWeekly,
  getWeekly,
  type OccurrenceRow,
  occurrencesOf,
  takenUp,
  type WeeklyRow,
} from './weekly-dates.ts'

/** Weeks that the planner looks ahead; work on an occurrence begins three days before it at most. */
const LOOK_AHEAD = 2

export function createWeekly(desk: Desk, draft: WeeklyDraft): WeeklyRow {
  const { alternatives = [], watchHoursBefore = null, ...rest } = draft
  const row = desk.db
    .insert(weekly)
    .values({ ...rest, alternatives, watchHoursBefore, createdAt: desk.clock.now() })
    .returning()
    .get()
  setTimer(desk, 'plan', desk.clock.now())
  return row
}

const targetOn = (row: WeeklyRow, date: RomeDate): ClassRef => ({
  type: row.type,
  name: row.name,
  location: row.location,
  date,
  start: row.start,
})

/** Begins the work on each occurrence whose time has come, once, and sets the timer for the next (daily at least). */
export function plan(desk: Desk): void {
  const now = desk.clock.now()
  const idle = readFact(desk, 'paused') || !readAccount(desk)
  const running = idle ? [] : allWeekly(desk).filter((row) => !row.paused)
  let next = now + DAY
  for (const row of running) {
    const taken = takenUp(desk, row.id)
    for (const date of occurrenceDates(row, now, LOOK_AHEAD)) {
      if (taken.has(date) || isSkipped(row, date)) continue
      const at = planAt(row.policy, date, row.start)
      if (at <= now) begin(desk, row, date)
      else next = Math.min(next, at)
    }
  }
  if (running.length > 0) setTimer(desk, 'plan', next)
}

/** Takes up one occurrence: books it, or plans the question whether to. */
function begin(desk: Desk, row: WeeklyRow, date: RomeDate): void {
  const target = targetOn(row, date)
  if (row.policy === 'ask-then-book') {
    const question = planQuestion(desk, { kind: 'book', weeklyId: row.id, target, bookingId: null })
    const state: OccurrenceState = question ? 'planned' : 'missed'
    desk.db
      .insert(occurrences)
      .values({ weeklyId: row.id, date, state, confirmationId: question?.id ?? null })
      .run()
    return
  }
  const wishes = [target, ...row.alternatives.map((other) => ({ ...other, date }))]
  const watchUntil = row.watchHoursBefore === null ? null : startsAt(target) - row.watchHoursBefore * HOUR
  const action = addAction(desk, { kind: 'book', wishes, watchUntil, weeklyId: row.id })
  desk.db.insert(occurrences).values({ weeklyId: row.id, date, state: 'booking', actionId: action.id }).run()
}

const update = (desk: Desk, weeklyId: number, date: RomeDate, set: Partial<OccurrenceRow>) =>
  desk.db
    .update(occurrences)
    .set(set)
    .where(and(eq(occurrences.weeklyId, weeklyId), eq(occurrences.date, date)))
    .run()

/** The day of the occurrence that an action works for: its first wish is the weekly booking's own. */
const dayOf = (action: ActionRow): RomeDate | undefined => action.wishes[0]?.date

/** The action of an occurrence booked a class: the question is planned, when the policy wants one. */
export function occurrenceBooked(desk: Desk, action: ActionRow, bookingId: number): void {
  const date = dayOf(action)
  const row = action.weeklyId === null ? undefined : getWeekly(desk, action.weeklyId)
  const booking = getBooking(desk, bookingId)
  if (action.weeklyId === null || !date || !booking) return
  if (takenUp(desk, action.weeklyId).get(date)?.state === 'skipped') {
    giveBack(desk, booking, action.weeklyId)
    return
  }
  update(desk, action.weeklyId, date, { state: 'booked', bookingId })
  if (row?.policy !== 'book-then-confirm' || openQuestion(desk, bookingId)) return
  const target: ClassRef = {
    type: booking.type,
    name: booking.name,
    location: booking.location,
    date: booking.date,
    start: booking.start,
  }
  const question = planQuestion(desk, { kind: 'keep', weeklyId: row.id, target, bookingId })
  if (question) update(desk, row.id, date, { confirmationId: question.id })
}

/** The student withdrew the action of an occurrence. */
export function occurrenceSkipped(desk: Desk, action: ActionRow): void {
  const date = dayOf(action)
  if (action.weeklyId !== null && date) update(desk, action.weeklyId, date, { state: 'skipped' })
}

/** The action of an occurrence came to nothing. */
export function occurrenceMissed(desk: Desk, action: ActionRow): void {
  const date = dayOf(action)
  if (action.weeklyId !== null && date) update(desk, action.weeklyId, date, { state: 'missed' })
}

/** Cancels the real booking of an occurrence that is not wanted. */
function giveBack(desk: Desk, booking: BookingRow, weeklyId: number): void {
  const { type, name, location, date, start } = booking
  const wishes = [{ type, name, location, date, start }]
  addAction(desk, { kind: 'cancel', wishes, bookingId: booking.id, weeklyId })
}

/** Gives one occurrence up: its question, its pending action, or its real booking. */
function giveUp(desk: Desk, row: WeeklyRow, date: RomeDate, taken: OccurrenceRow | undefined): void {
  const question = taken?.confirmationId ? getQuestion(desk, taken.confirmationId) : undefined
  if (question && (question.status === 'scheduled' || question.status === 'asked')) {
    decide(desk, question.id, 'skipped')
  } else {
    const booking = taken?.bookingId ? getBooking(desk, taken.bookingId) : undefined
    if (booking?.state === 'active') giveBack(desk, booking, row.id)
    const action = taken?.actionId ? getAction(desk, taken.actionId) : undefined
    if (action && !isOver(action.status) && withdrawable(action)) cancelAction(desk, action, 'weekly-off')
    remember(desk, 'skipped', targetOn(row, date), { weeklyId: row.id })
  }
  desk.db
    .insert(occurrences)
    .values({ weeklyId: row.id, date, state: 'skipped' })
    .onConflictDoUpdate({ target: [occurrences.weeklyId, occurrences.date], set: { state: 'skipped' } })
    .run()
}

const alive = (state: OccurrenceState) => !['skipped', 'released', 'missed'].includes(state)

/** Skips the next occurrence that is not skipped yet. */
export function skipNext(desk: Desk, row: WeeklyRow): WeeklyRow {
  const taken = takenUp(desk, row.id)
  const next = occurrencesOf(desk, row, 60).find((one) => alive(one.state))
  if (next) giveUp(desk, row, next.date, taken.get(next.date))
  return row
}

/** Skips every occurrence before a Rome day. */
export function skipUntil(desk: Desk, row: WeeklyRow, date: RomeDate): WeeklyRow {
  for (const [day, taken] of takenUp(desk, row.id))
    if (day < date && startsAt({ date: day, start: row.start }) > desk.clock.now() && alive(taken.state))
      giveUp(desk, row, day, taken)
  setTimer(desk, 'plan', desk.clock.now())
  return change(desk, row.id, { skipUntil: date })
}

const change = (desk: Desk, id: number, set: Partial<WeeklyRow>): WeeklyRow =>
  desk.db.update(weekly).set(set).where(eq(weekly.id, id)).returning().get()

/** Lets go of what has not been sent: it is planned anew when the weekly booking goes on. */
function letGo(desk: Desk, row: WeeklyRow): void {
  for (const [date, taken] of takenUp(desk, row.id)) {
    const action = taken.actionId ? getAction(desk, taken.actionId) : undefined
    const question = taken.confirmationId ? getQuestion(desk, taken.confirmationId) : undefined
    const pending = action && !isOver(action.status) && withdrawable(action)
    const unasked = question?.kind === 'book' && ['scheduled', 'asked'].includes(question.status)
    if (pending) cancelAction(desk, action, 'weekly-off')
    if (unasked) decide(desk, question.id, 'void')
    if (pending || unasked)
      desk.db
        .delete(occurrences)
        .where(and(eq(occurrences.weeklyId, row.id), eq(occurrences.date, date)))
        .run()
  }
}

export function pauseWeekly(desk: Desk, row: WeeklyRow): WeeklyRow {
  letGo(desk, row)
  return change(desk, row.id, { paused: true })
}

export function resumeWeekly(desk: Desk, row: WeeklyRow): WeeklyRow {
  setTimer(desk, 'plan', desk.clock.now())
  return change(desk, row.id, { paused: false })
}

/** Bookings that it already made stay, and are kept without a question. */
export function removeWeekly(desk: Desk, row: WeeklyRow): void {
  letGo(desk, row)
  for (const taken of takenUp(desk, row.id).values())
    if (taken.confirmationId) decide(desk, taken.confirmationId, 'void')
  desk.db.delete(occurrences).where(eq(occurrences.weeklyId, row.id)).run()
  desk.db.delete(weekly).where(eq(weekly.id, row.id)).run()
}
