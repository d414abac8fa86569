import { and, asc, eq, inArray } from 'drizzle-orm'
import { startsAt } from '../opening.ts'
import { bookQuestion, keepQuestion } from '../question-times.ts'
import type { ClassRef, QuestionKind } from '../student-types.ts'
import { occurrenceWishes } from '../weekly-rules.ts'
import { addAction } from './actions.ts'
import { recordHistory } from './booking-history.ts'
import { eventOf, notify, upsertNotification } from './notifications.ts'
import { clearTimer, preferences, setTimer } from './object-store.ts'
import { confirmations, occurrences } from './schema.ts'
import type { StudentContext } from './student-context.ts'
import { type ConfirmationRow, getWeekly, isPaused } from './views.ts'

type Decided = 'confirmed' | 'skipped' | 'lapsed' | 'void'

export const getQuestion = (ctx: StudentContext, id: number): ConfirmationRow | undefined =>
  ctx.db.select().from(confirmations).where(eq(confirmations.id, id)).get()

const timesOf = (ctx: StudentContext, about: { kind: QuestionKind; weeklyId: number; target: ClassRef }) => {
  const starts = startsAt(about.target)
  const now = ctx.clock.now()
  return about.kind === 'keep'
    ? keepQuestion(starts, preferences(ctx), now)
    : bookQuestion(starts, now, getWeekly(ctx, about.weeklyId)?.watchHoursBefore ?? 0)
}

/** The questions that wait for an answer, the soonest deadline first. */
export const openQuestions = (ctx: StudentContext): ConfirmationRow[] =>
  ctx.db
    .select()
    .from(confirmations)
    .where(eq(confirmations.status, 'asked'))
    .orderBy(asc(confirmations.deadline))
    .all()

/** Plans a question about an occurrence; null when there is no time left to ask it. */
export function planQuestion(
  ctx: StudentContext,
  about: { kind: QuestionKind; weeklyId: number; target: ClassRef; bookingId: number | null },
): ConfirmationRow | null {
  const when = timesOf(ctx, about)
  if (!when) return null
  const row = ctx.db
    .insert(confirmations)
    .values({ ...about, ...when })
    .returning()
    .get()
  setTimer(ctx, `ask:${row.id}`, row.askAt)
  return row
}

/** Plans the questions that were not asked yet again, after a change of the preferences or a pause. */
export function planQuestionsAnew(ctx: StudentContext): void {
  const waiting = ctx.db.select().from(confirmations).where(eq(confirmations.status, 'scheduled')).all()
  for (const row of waiting) {
    const when = timesOf(ctx, row)
    if (when) ctx.db.update(confirmations).set(when).where(eq(confirmations.id, row.id)).run()
    setTimer(ctx, `ask:${row.id}`, when?.askAt ?? ctx.clock.now())
  }
}

const setOccurrence = (
  ctx: StudentContext,
  row: ConfirmationRow,
  state: typeof occurrences.$inferInsert.state,
) =>
  ctx.db
    .update(occurrences)
    .set({ state })
    .where(and(eq(occurrences.weeklyId, row.weeklyId), eq(occurrences.confirmationId, row.id)))
    .run()

/**
 * Asks the question. Asked late, it waits longer; too late to answer, the booking is kept. During a pause no question
 * is asked: all are planned again afterwards.
 */
export function ask(ctx: StudentContext, id: number): void {
  const row = getQuestion(ctx, id)
  if (row?.status !== 'scheduled' || isPaused(ctx, row.weeklyId)) return
  const when = timesOf(ctx, row)
  if (!when) {
    decide(ctx, id, row.kind === 'keep' ? 'confirmed' : 'lapsed')
    return
  }
  const { askAt, deadline } = when
  if (ctx.clock.now() < askAt) {
    ctx.db.update(confirmations).set(when).where(eq(confirmations.id, id)).run()
    setTimer(ctx, `ask:${id}`, askAt)
    return
  }
  ctx.db.update(confirmations).set({ status: 'asked', deadline }).where(eq(confirmations.id, id)).run()
  setOccurrence(ctx, row, 'asked')
  setTimer(ctx, `deadline:${id}`, deadline)
  notify(ctx, eventOf(ctx, `confirm:${id}`), { what: 'question', confirmationId: id })
}

/**
 * No answer came: a booking is cancelled, a class to be booked is skipped. During a pause nothing is cancelled: the
 * booking stays.
 */
export function expireQuestion(ctx: StudentContext, id: number): void {
  const row = getQuestion(ctx, id)
  if (row?.status !== 'asked') return
  if (ctx.clock.now() < row.deadline) setTimer(ctx, `deadline:${id}`, row.deadline)
  else if (row.kind === 'keep' && isPaused(ctx, row.weeklyId)) {
    setOccurrence(ctx, row, 'booked')
    decide(ctx, id, 'void')
  } else decide(ctx, id, 'lapsed')
}

/**
 * Settles a question, once: a later answer changes nothing. Not keeping a booking cancels it on the site; wanting a
 * class books it.
 * @returns the question as it stands, or null when it is no longer open and stands otherwise
 */
export function decide(ctx: StudentContext, id: number, verdict: Decided): ConfirmationRow | null {
  const row = getQuestion(ctx, id)
  if (!row) return null
  if (row.status !== 'scheduled' && row.status !== 'asked') return row.status === verdict ? row : null
  const decided = ctx.db
    .update(confirmations)
    .set({ status: verdict, decidedAt: ctx.clock.now() })
    .where(eq(confirmations.id, id))
    .returning()
    .get()
  clearTimer(ctx, `ask:${id}`)
  clearTimer(ctx, `deadline:${id}`)
  act(ctx, row, verdict)
  if (row.status === 'asked') showQuestion(ctx, id)
  return decided
}

function act(ctx: StudentContext, row: ConfirmationRow, verdict: Decided): void {
  const { weeklyId, target, bookingId } = row
  if (verdict === 'void') return
  if (row.kind === 'keep') {
    setOccurrence(ctx, row, verdict === 'confirmed' ? 'confirmed' : 'released')
    if (verdict === 'confirmed') return
    addAction(ctx, { kind: 'cancel', wishes: [target], bookingId, weeklyId })
    return
  }
  if (verdict === 'confirmed') {
    const weekly = getWeekly(ctx, weeklyId)
    const wanted = weekly && occurrenceWishes(weekly, target.date)
    const action = addAction(ctx, { kind: 'book', wishes: [target], weeklyId, ...wanted })
    ctx.db
      .update(occurrences)
      .set({ state: 'booking', actionId: action.id })
      .where(and(eq(occurrences.weeklyId, weeklyId), eq(occurrences.date, target.date)))
      .run()
    return
  }
  setOccurrence(ctx, row, 'skipped')
  recordHistory(ctx, 'skipped', target, { weeklyId })
}

/** Updates the message that asked the question. */
export function showQuestion(ctx: StudentContext, id: number): void {
  upsertNotification(ctx, eventOf(ctx, `confirm:${id}:closed`), {
    what: 'question-closed',
    confirmationId: id,
  })
}

/** Cancels the question about a booking that is gone. */
export function voidQuestion(ctx: StudentContext, bookingId: number): void {
  const open = ctx.db
    .select()
    .from(confirmations)
    .where(and(eq(confirmations.bookingId, bookingId), inArray(confirmations.status, ['scheduled', 'asked'])))
    .all()
  for (const row of open) decide(ctx, row.id, 'void')
}

/** The question whose decision cancelled a booking; undefined: a person cancelled it. */
export const questionBehind = (ctx: StudentContext, bookingId: number): ConfirmationRow | undefined =>
  ctx.db
    .select()
    .from(confirmations)
    .where(and(eq(confirmations.bookingId, bookingId), inArray(confirmations.status, ['skipped', 'lapsed'])))
    .get()

/** True when a settled question reached the student: one that is settled earlier than it was due was never asked. */
export const wasAsked = ({ askAt, decidedAt }: ConfirmationRow): boolean =>
  decidedAt !== null && decidedAt >= askAt
