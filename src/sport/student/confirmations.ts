import { and, eq, inArray } from 'drizzle-orm'
import { bookQuestion, keepQuestion } from '../confirmation.ts'
import { startsAt } from '../opening.ts'
import { addAction } from './actions.ts'
import type { ConfirmationRow } from './booking-view.ts'
import type { Desk } from './desk.ts'
import { remember } from './history.ts'
import { eventOf, tell, tellState } from './notices.ts'
import { preferences } from './preferences.ts'
import { confirmations, occurrences } from './schema.ts'
import { clearTimer, setTimer } from './timers.ts'
import type { ClassRef, QuestionKind } from './views.ts'

type Decided = 'confirmed' | 'skipped' | 'lapsed' | 'void'

export const getQuestion = (desk: Desk, id: number): ConfirmationRow | undefined =>
  desk.db.select().from(confirmations).where(eq(confirmations.id, id)).get()

const times = (desk: Desk, kind: QuestionKind, starts: number) =>
  kind === 'keep'
    ? keepQuestion(starts, preferences(desk), desk.clock.now())
    : bookQuestion(starts, desk.clock.now())

/** Plans a question about an occurrence; null when there is no time left to ask it. */
export function planQuestion(
  desk: Desk,
  about: { kind: QuestionKind; weeklyId: number; target: ClassRef; bookingId: number | null },
): ConfirmationRow | null {
  const when = times(desk, about.kind, startsAt(about.target))
  if (!when) return null
  const row = desk.db
    .insert(confirmations)
    .values({ ...about, ...when })
    .returning()
    .get()
  setTimer(desk, `ask:${row.id}`, row.askAt)
  return row
}

/** Moves the questions that were not asked yet, after the preferences changed. */
export function replanQuestions(desk: Desk): void {
  const waiting = desk.db.select().from(confirmations).where(eq(confirmations.status, 'scheduled')).all()
  for (const row of waiting) {
    const when = times(desk, row.kind, startsAt(row.target))
    if (!when) continue
    desk.db.update(confirmations).set(when).where(eq(confirmations.id, row.id)).run()
    setTimer(desk, `ask:${row.id}`, when.askAt)
  }
}

const setOccurrence = (desk: Desk, row: ConfirmationRow, state: typeof occurrences.$inferInsert.state) =>
  desk.db
    .update(occurrences)
    .set({ state })
    .where(and(eq(occurrences.weeklyId, row.weeklyId), eq(occurrences.confirmationId, row.id)))
    .run()

/** The question's time has come. Asked late, it waits longer; too late to answer, the booking is kept. */
export function ask(desk: Desk, id: number): void {
  const row = getQuestion(desk, id)
  if (row?.status !== 'scheduled') return
  const now = desk.clock.now()
  if (now < row.askAt) {
    setTimer(desk, `ask:${id}`, row.askAt)
    return
  }
  const when = times(desk, row.kind, startsAt(row.target))
  if (!when) {
    decide(desk, id, row.kind === 'keep' ? 'confirmed' : 'lapsed')
    return
  }
  const deadline = when.deadline
  desk.db.update(confirmations).set({ status: 'asked', deadline }).where(eq(confirmations.id, id)).run()
  setOccurrence(desk, row, 'asked')
  setTimer(desk, `deadline:${id}`, deadline)
  tell(desk, eventOf(desk, `confirm:${id}`), { what: 'question', confirmationId: id })
}

/** No answer came: a booking is given back, a class to be booked is skipped. */
export function lapse(desk: Desk, id: number): void {
  const row = getQuestion(desk, id)
  if (row?.status !== 'asked') return
  if (desk.clock.now() < row.deadline) setTimer(desk, `deadline:${id}`, row.deadline)
  else decide(desk, id, 'lapsed')
}

/**
 * Settles a question, once: a later answer changes nothing. Not keeping a booking cancels it on the site; wanting a
 * class books it.
 * @returns the question as it stands, or null when it is no longer open and stands otherwise
 */
export function decide(desk: Desk, id: number, verdict: Decided): ConfirmationRow | null {
  const row = getQuestion(desk, id)
  if (!row) return null
  if (row.status !== 'scheduled' && row.status !== 'asked') return row.status === verdict ? row : null
  const decided = desk.db
    .update(confirmations)
    .set({ status: verdict, decidedAt: desk.clock.now() })
    .where(eq(confirmations.id, id))
    .returning()
    .get()
  clearTimer(desk, `ask:${id}`)
  clearTimer(desk, `deadline:${id}`)
  act(desk, row, verdict)
  if (row.status === 'asked') showQuestion(desk, id)
  return decided
}

function act(desk: Desk, row: ConfirmationRow, verdict: Decided): void {
  const { weeklyId, target, bookingId } = row
  if (verdict === 'void') return
  if (row.kind === 'keep') {
    setOccurrence(desk, row, verdict === 'confirmed' ? 'confirmed' : 'released')
    if (verdict === 'confirmed') return
    addAction(desk, { kind: 'cancel', wishes: [target], bookingId, weeklyId })
    return
  }
  if (verdict === 'confirmed') {
    const action = addAction(desk, { kind: 'book', wishes: [target], weeklyId })
    desk.db
      .update(occurrences)
      .set({ state: 'booking', actionId: action.id })
      .where(and(eq(occurrences.weeklyId, weeklyId), eq(occurrences.date, target.date)))
      .run()
    return
  }
  setOccurrence(desk, row, 'skipped')
  remember(desk, 'skipped', target, { weeklyId })
}

/** The message that asked is to say how the question stands. */
export function showQuestion(desk: Desk, id: number): void {
  tellState(desk, eventOf(desk, `confirm:${id}:closed`), { what: 'question-closed', confirmationId: id })
}

/** A booking is gone: nothing is to be asked about it any more. */
export function voidQuestion(desk: Desk, bookingId: number): void {
  const open = desk.db
    .select()
    .from(confirmations)
    .where(and(eq(confirmations.bookingId, bookingId), inArray(confirmations.status, ['scheduled', 'asked'])))
    .all()
  for (const row of open) decide(desk, row.id, 'void')
}

/** The decided question that made an action cancel a booking; undefined: a person did. */
export const questionBehind = (desk: Desk, bookingId: number): ConfirmationRow | undefined =>
  desk.db
    .select()
    .from(confirmations)
    .where(and(eq(confirmations.bookingId, bookingId), inArray(confirmations.status, ['skipped', 'lapsed'])))
    .get()
