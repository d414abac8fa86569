import { isRomeDate, isRomeTime } from '../../platform/time.ts'
import { bookingKey, bookingKeyText, sameBooking } from '../class-match.ts'
import { usefulUntil } from '../opening.ts'
import { isOver } from '../states.ts'
import {
  type ActionRow,
  addAction,
  cancelAction,
  getAction,
  openActions,
  targetOf,
  withdrawable,
} from './actions.ts'
import type { Accepted, Answer, BookRequest } from './api.ts'
import { getBooking } from './booking-view.ts'
import { activeByKey } from './bookings.ts'
import type { Desk } from './desk.ts'
import { clearFact, readFact, writeFact } from './facts.ts'
import { remember } from './history.ts'
import { lock } from './schema.ts'
import { type Candidate, forgetAccount, keepCandidate, readAccount } from './session-store.ts'
import { setTimer } from './timers.ts'
import type { ClassRef, WeeklyDraft } from './views.ts'
import { occurrenceSkipped } from './weekly.ts'

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
const hindrance = (desk: Desk): Answer<never> | null =>
  readAccount(desk) ? (readFact(desk, 'paused') ? refuse('paused') : null) : refuse('not-linked')

export function book(desk: Desk, request: BookRequest): Answer<Accepted> {
  const wishes = [request.wish, ...(request.alternatives ?? [])].slice(0, 10)
  if (!wishes.every(isClass)) return refuse('invalid')
  const hindered = hindrance(desk)
  if (hindered) return hindered
  if (wishes.every((wish) => desk.clock.now() >= usefulUntil(wish))) return refuse('too-late')
  const key = bookingKey(request.wish)
  const booked = activeByKey(desk, bookingKeyText(key))
  const underWay = openActions(desk).some(({ kind, wishes: [first] }) =>
    Boolean(kind === 'book' && first && sameBooking(bookingKey(first), key)),
  )
  if (booked || underWay) return refuse('duplicate')
  const watchUntil = request.watchUntil ?? null
  return accepted(
    addAction(desk, {
      kind: 'book',
      wishes: wishes.map(trimmed),
      watchUntil,
      eager: request.when === 'now',
    }),
  )
}

export function cancel(desk: Desk, bookingId: number): Answer<Accepted> {
  const booking = getBooking(desk, bookingId)
  if (!booking) return refuse('not-found')
  if (!readAccount(desk)) return refuse('not-linked')
  if (booking.state !== 'active' || booking.startsAt <= desk.clock.now()) return refuse('too-late')
  const underWay = openActions(desk).find((row) => row.kind === 'cancel' && row.bookingId === bookingId)
  if (underWay) return accepted(underWay)
  const { type, name, location, date, start } = booking
  return accepted(
    addAction(desk, { kind: 'cancel', wishes: [{ type, name, location, date, start }], bookingId }),
  )
}

export function check(desk: Desk): Answer<Accepted> {
  return readAccount(desk) ? accepted(addAction(desk, { kind: 'check' })) : refuse('not-linked')
}

export function dryRun(desk: Desk, wish: ClassRef | undefined): Answer<Accepted> {
  if (wish && !isClass(wish)) return refuse('invalid')
  if (!readAccount(desk)) return refuse('not-linked')
  return accepted(addAction(desk, { kind: 'dry-run', wishes: wish ? [trimmed(wish)] : [] }))
}

/** Writes down that a candidate is to be tried; one that is still being tried makes way. */
export function link(desk: Desk, candidate: Candidate): Answer<Accepted> {
  for (const row of openActions(desk))
    if (row.kind === 'link' && withdrawable(row)) cancelAction(desk, row, 'withdrawn')
  const row = addAction(desk, { kind: 'link' })
  keepCandidate(desk, row.id, candidate)
  return accepted(row)
}

/** Erases every secret at once, and ends what cannot go on without them. */
export function unlink(desk: Desk): Answer<null> {
  for (const row of openActions(desk)) cancelAction(desk, row, 'not-linked')
  if (readAccount(desk)) remember(desk, 'unlinked', null)
  forgetAccount(desk)
  desk.db.delete(lock).run()
  setTimer(desk, 'register', desk.clock.now())
  return { ok: true, value: null }
}

export function withdraw(desk: Desk, actionId: number): Answer<ActionRow> {
  const row = getAction(desk, actionId)
  if (!row) return refuse('not-found')
  if (row.status === 'cancelled') return { ok: true, value: row }
  if (isOver(row.status) || !withdrawable(row)) return refuse('too-late')
  const target = row.kind === 'book' ? targetOf(row) : null
  if (row.kind === 'book') occurrenceSkipped(desk, row)
  if (target && row.weeklyId !== null) remember(desk, 'skipped', target, { weeklyId: row.weeklyId, actionId })
  return { ok: true, value: cancelAction(desk, row, 'withdrawn') }
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

export function pauseAll(desk: Desk): Answer<null> {
  writeFact(desk, 'paused', true)
  return { ok: true, value: null }
}

/** Everything goes on: what was held is taken up at once. */
export function resumeAll(desk: Desk): Answer<null> {
  clearFact(desk, 'paused')
  const now = desk.clock.now()
  for (const row of openActions(desk))
    if (row.status === 'pending' && row.stage === 'paused') setTimer(desk, `action:${row.id}`, now)
  setTimer(desk, 'plan', now)
  return { ok: true, value: null }
}
