import { isRomeDate, isRomeTime } from '../../platform/time.ts'
import { bookingKey, bookingKeyText, sameBooking } from '../class-match.ts'
import { usefulUntil } from '../opening.ts'
import { isOver } from '../states.ts'
import type { Accepted, Answer, BookRequest, ClassRef, WeeklyDraft } from '../student-types.ts'
import {
  type ActionRow,
  addAction,
  cancelAction,
  getAction,
  openActions,
  targetOf,
  withdrawable,
} from './actions.ts'
import { recordHistory } from './booking-history.ts'
import { activeByKey } from './bookings.ts'
import { planQuestionsAnew } from './confirmations.ts'
import { type Candidate, forgetAccount, keepCandidate, readAccount } from './linked-account.ts'
import { clearValue, readValue, setTimer, writeValue } from './object-store.ts'
import { lock } from './schema.ts'
import type { StudentContext } from './student-context.ts'
import { getBooking } from './views.ts'
import { occurrenceSkipped } from './weekly-bookings.ts'

const accepted = (row: ActionRow): Answer<Accepted> => ({ ok: true, value: { actionId: row.id } })
const refuse = (refusal: Extract<Answer<never>, { ok: false }>['refusal']): Answer<never> => ({
  ok: false,
  refusal,
})

const isClass = ({ type, name, date, start }: ClassRef): boolean =>
  (type === 'course' || type === 'fit-center') && name.trim() !== '' && isRomeDate(date) && isRomeTime(start)

const trimmed = ({ type, name, location, date, start }: ClassRef): ClassRef => ({
  type,
  name: name.trim().slice(0, 100),
  location: location.trim().slice(0, 100),
  date,
  start,
})

/** Why nothing new may begin: no account, or everything is paused. */
const hindrance = (ctx: StudentContext): Answer<never> | null =>
  readAccount(ctx) ? (readValue(ctx, 'paused') ? refuse('paused') : null) : refuse('not-linked')

export function book(ctx: StudentContext, request: BookRequest): Answer<Accepted> {
  const wishes = [request.wish, ...(request.alternatives ?? [])].slice(0, 10)
  if (!wishes.every(isClass)) return refuse('invalid')
  const hindered = hindrance(ctx)
  if (hindered) return hindered
  if (wishes.every((wish) => ctx.clock.now() >= usefulUntil(wish))) return refuse('too-late')
  const key = bookingKey(request.wish)
  const booked = activeByKey(ctx, bookingKeyText(key))
  const underWay = openActions(ctx).some(({ kind, wishes: [first] }) =>
    Boolean(kind === 'book' && first && sameBooking(bookingKey(first), key)),
  )
  if (booked || underWay) return refuse('duplicate')
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
  return readAccount(ctx) ? accepted(addAction(ctx, { kind: 'check' })) : refuse('not-linked')
}

export function dryRun(ctx: StudentContext, wish: ClassRef | undefined): Answer<Accepted> {
  if (wish && !isClass(wish)) return refuse('invalid')
  if (!readAccount(ctx)) return refuse('not-linked')
  return accepted(addAction(ctx, { kind: 'dry-run', wishes: wish ? [trimmed(wish)] : [] }))
}

/** Writes down that a candidate is to be tried; one that is still being tried makes way. */
export function link(ctx: StudentContext, candidate: Candidate): Answer<Accepted> {
  for (const row of openActions(ctx))
    if (row.kind === 'link' && withdrawable(row)) cancelAction(ctx, row, 'withdrawn')
  const row = addAction(ctx, { kind: 'link' })
  keepCandidate(ctx, row.id, candidate)
  return accepted(row)
}

/** Erases every secret at once, and ends what cannot go on without them. */
export function unlink(ctx: StudentContext): Answer<null> {
  for (const row of openActions(ctx)) cancelAction(ctx, row, 'not-linked')
  if (readAccount(ctx)) recordHistory(ctx, 'unlinked', null)
  forgetAccount(ctx)
  ctx.db.delete(lock).run()
  setTimer(ctx, 'register', ctx.clock.now())
  return { ok: true, value: null }
}

export function withdraw(ctx: StudentContext, actionId: number): Answer<ActionRow> {
  const row = getAction(ctx, actionId)
  if (!row) return refuse('not-found')
  if (row.status === 'cancelled') return { ok: true, value: row }
  if (isOver(row.status) || !withdrawable(row)) return refuse('too-late')
  const target = row.kind === 'book' ? targetOf(row) : null
  if (row.kind === 'book') occurrenceSkipped(ctx, row)
  if (target && row.weeklyId !== null)
    recordHistory(ctx, 'skipped', target, { weeklyId: row.weeklyId, actionId })
  return { ok: true, value: cancelAction(ctx, row, 'withdrawn') }
}

export function validWeekly(draft: WeeklyDraft): boolean {
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

export function pauseAll(ctx: StudentContext): Answer<null> {
  writeValue(ctx, 'paused', true)
  return { ok: true, value: null }
}

/** Everything goes on: what was held is due at once. */
export function resumeAll(ctx: StudentContext): Answer<null> {
  clearValue(ctx, 'paused')
  const now = ctx.clock.now()
  for (const row of openActions(ctx))
    if (row.status === 'pending' && row.stage === 'paused') setTimer(ctx, `action:${row.id}`, now)
  setTimer(ctx, 'plan', now)
  planQuestionsAnew(ctx)
  return { ok: true, value: null }
}
