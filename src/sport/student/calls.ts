import { isRomeDate, isRomeTime } from '../../platform/time.ts'
import { bookingKey, bookingKeyText, sameBooking } from '../class-match.ts'
import { usefulUntil } from '../opening.ts'
import { isOver } from '../states.ts'
import type {
  Accepted,
  AccountView,
  ActionView,
  Answer,
  BookRequest,
  ClassRef,
  ConfirmationView,
  Preferences,
  ProgressMessage,
  WeeklyDraft,
  WeeklyView,
} from '../student-types.ts'
import {
  type ActionRow,
  actionView,
  addAction,
  cancelAction,
  getAction,
  openActions,
  patchAction,
  showProgress,
  targetOf,
  withdrawable,
} from './actions.ts'
import { ok, refuse } from './answer.ts'
import { recordHistory } from './booking-history.ts'
import { activeByKey } from './bookings.ts'
import { accountView, type Candidate, forgetAccount, keepCandidate, readAccount } from './linked-account.ts'
import { changePreferences, clearValue, readValue, setTimer, writeValue } from './object-store.ts'
import { lock } from './schema.ts'
import type { StudentContext } from './student-context.ts'
import { allWeekly, confirmationView, getBooking, getWeekly, type WeeklyRow, weeklyView } from './views.ts'
import { createWeekly, occurrenceSkipped, removeWeekly } from './weekly-bookings.ts'
import { decide, getQuestion, planQuestionsAnew } from './weekly-questions.ts'

/** Nobody needs so many at once: each costs the site requests, for as long as it is open. */
const MAX_OPEN_ACTIONS = 50
const MAX_WEEKLY = 50

const isBusy = (ctx: StudentContext): boolean => openActions(ctx).length >= MAX_OPEN_ACTIONS

const accepted = (row: ActionRow): Answer<Accepted> => ok({ actionId: row.id })

const isClass = ({ type, name, date, start }: ClassRef): boolean =>
  (type === 'course' || type === 'fit-center') && name.trim() !== '' && isRomeDate(date) && isRomeTime(start)

const trimmed = ({ type, name, location, date, start }: ClassRef): ClassRef => ({
  type,
  name: name.trim().slice(0, 100),
  location: location.trim().slice(0, 100),
  date,
  start,
})

/** Why no new booking may begin: no account, or everything is paused. */
const refusalOf = (ctx: StudentContext): Answer<never> | null =>
  readAccount(ctx) ? (readValue(ctx, 'paused') ? refuse('paused') : null) : refuse('not-linked')

export function book(ctx: StudentContext, request: BookRequest): Answer<Accepted> {
  const wishes = [request.wish, ...(request.alternatives ?? [])].slice(0, 10)
  if (!wishes.every(isClass)) return refuse('invalid')
  const refused = refusalOf(ctx)
  if (refused) return refused
  if (wishes.every((wish) => ctx.clock.now() >= usefulUntil(wish))) return refuse('too-late')
  const key = bookingKey(request.wish)
  const booked = activeByKey(ctx, bookingKeyText(key))
  const underWay = openActions(ctx).some(({ kind, wishes: [first] }) =>
    Boolean(kind === 'book' && first && sameBooking(bookingKey(first), key)),
  )
  if (booked || underWay) return refuse('duplicate')
  if (isBusy(ctx)) return refuse('too-many')
  const watchUntil = request.watchUntil ?? null
  return accepted(
    addAction(ctx, {
      kind: 'book',
      wishes: wishes.map(trimmed),
      watchUntil,
      eager: request.when === 'now',
    }),
  )
}

export function cancel(ctx: StudentContext, bookingId: number): Answer<Accepted> {
  const booking = getBooking(ctx, bookingId)
  if (!booking) return refuse('not-found')
  if (!readAccount(ctx)) return refuse('not-linked')
  if (booking.state !== 'active' || booking.startsAt <= ctx.clock.now()) return refuse('too-late')
  const underWay = openActions(ctx).find((row) => row.kind === 'cancel' && row.bookingId === bookingId)
  if (underWay) return accepted(underWay)
  const { type, name, location, date, start } = booking
  return accepted(
    addAction(ctx, { kind: 'cancel', wishes: [{ type, name, location, date, start }], bookingId }),
  )
}

export function check(ctx: StudentContext): Answer<Accepted> {
  if (!readAccount(ctx)) return refuse('not-linked')
  return isBusy(ctx) ? refuse('too-many') : accepted(addAction(ctx, { kind: 'check' }))
}

export function dryRun(ctx: StudentContext, wish: ClassRef | undefined): Answer<Accepted> {
  if (wish && !isClass(wish)) return refuse('invalid')
  if (!readAccount(ctx)) return refuse('not-linked')
  if (isBusy(ctx)) return refuse('too-many')
  return accepted(addAction(ctx, { kind: 'dry-run', wishes: wish ? [trimmed(wish)] : [] }))
}

/** Records a candidate to try; it replaces one that is still being tried. */
export function link(ctx: StudentContext, candidate: Candidate): Answer<Accepted> {
  for (const row of openActions(ctx))
    if (row.kind === 'link' && withdrawable(row)) cancelAction(ctx, row, 'withdrawn')
  const row = addAction(ctx, { kind: 'link' })
  keepCandidate(ctx, row.id, candidate)
  return accepted(row)
}

/** Whether the student's session may read the schedule for everybody. Who agrees while there is none to see has it read at once. */
export function shareSchedule(ctx: StudentContext, agreed: boolean): Answer<AccountView> {
  const now = ctx.clock.now()
  if (readValue(ctx, 'shares-schedule') !== agreed) {
    writeValue(ctx, 'shares-schedule', agreed)
    setTimer(ctx, 'register', now)
    if (agreed) setTimer(ctx, 'courses', now)
  }
  return ok(accountView(ctx))
}

/** Erases every secret at once, and ends what cannot go on without them. */
export function unlink(ctx: StudentContext): Answer<null> {
  for (const row of openActions(ctx)) cancelAction(ctx, row, 'not-linked')
  if (readAccount(ctx)) recordHistory(ctx, 'unlinked', null)
  forgetAccount(ctx)
  ctx.db.delete(lock).run()
  setTimer(ctx, 'register', ctx.clock.now())
  return ok(null)
}

export function withdraw(ctx: StudentContext, actionId: number): Answer<ActionView> {
  const row = getAction(ctx, actionId)
  if (!row) return refuse('not-found')
  if (row.status === 'cancelled') return ok(actionView(ctx, row))
  if (isOver(row.status) || !withdrawable(row)) return refuse('too-late')
  const target = row.kind === 'book' ? targetOf(row) : null
  if (row.kind === 'book') occurrenceSkipped(ctx, row)
  if (target && row.weeklyId !== null)
    recordHistory(ctx, 'skipped', target, { weeklyId: row.weeklyId, actionId })
  return ok(actionView(ctx, cancelAction(ctx, row, 'withdrawn')))
}

export function attachMessage(
  ctx: StudentContext,
  actionId: number,
  { chatId, messageId }: ProgressMessage,
): Answer<ActionView> {
  const row = getAction(ctx, actionId)
  if (!row) return refuse('not-found')
  if (row.messageId === messageId && row.chatId === chatId) return ok(actionView(ctx, row))
  const attached = patchAction(ctx, actionId, { chatId, messageId })
  showProgress(ctx, attached)
  return ok(actionView(ctx, attached))
}

function validWeekly(draft: WeeklyDraft): boolean {
  const { dayOfWeek, start, name, policy, alternatives = [], watchHoursBefore = null } = draft
  return (
    Number.isInteger(dayOfWeek) &&
    dayOfWeek >= 1 &&
    dayOfWeek <= 7 &&
    isRomeTime(start) &&
    name.trim() !== '' &&
    ['book-then-confirm', 'ask-then-book', 'no-confirmation'].includes(policy) &&
    alternatives.length <= 9 &&
    alternatives.every((other) => isRomeTime(other.start) && other.name.trim() !== '') &&
    (watchHoursBefore === null || watchHoursBefore >= 0)
  )
}

export function addWeekly(ctx: StudentContext, draft: WeeklyDraft): Answer<WeeklyView> {
  if (!validWeekly(draft)) return refuse('invalid')
  if (!readAccount(ctx)) return refuse('not-linked')
  if (allWeekly(ctx).length >= MAX_WEEKLY) return refuse('too-many')
  return ok(weeklyView(ctx, createWeekly(ctx, draft)))
}

/** Pauses, resumes or skips: `act` changes the weekly booking and returns it. */
export function changeWeekly(
  ctx: StudentContext,
  id: number,
  act: (ctx: StudentContext, row: WeeklyRow) => WeeklyRow,
): Answer<WeeklyView> {
  const row = getWeekly(ctx, id)
  return row ? ok(weeklyView(ctx, act(ctx, row))) : refuse('not-found')
}

export function dropWeekly(ctx: StudentContext, id: number): Answer<null> {
  const row = getWeekly(ctx, id)
  if (!row) return refuse('not-found')
  removeWeekly(ctx, row)
  return ok(null)
}

export function answerQuestion(
  ctx: StudentContext,
  id: number,
  verdict: 'confirmed' | 'skipped',
): Answer<ConfirmationView> {
  if (!getQuestion(ctx, id)) return refuse('not-found')
  const row = decide(ctx, id, verdict)
  return row ? ok(confirmationView(row)) : refuse('too-late')
}

export function setPreferences(ctx: StudentContext, change: Partial<Preferences>): Answer<Preferences> {
  const changed = changePreferences(ctx, change)
  if (!changed) return refuse('invalid')
  planQuestionsAnew(ctx)
  return ok(changed)
}

export function pauseAll(ctx: StudentContext): Answer<null> {
  writeValue(ctx, 'paused', true)
  return ok(null)
}

/** Resumes everything: paused actions are due at once. */
export function resumeAll(ctx: StudentContext): Answer<null> {
  clearValue(ctx, 'paused')
  const now = ctx.clock.now()
  for (const row of openActions(ctx))
    if (row.status === 'pending' && row.stage === 'paused') setTimer(ctx, `action:${row.id}`, now)
  setTimer(ctx, 'plan', now)
  planQuestionsAnew(ctx)
  return ok(null)
}
