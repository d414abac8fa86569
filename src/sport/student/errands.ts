import { DAY } from '../../platform/time.ts'
import { bookingKey, bookingKeyText, findBooking } from '../class-match.ts'
import { opensAt, precheckAt, startsAt } from '../opening.ts'
import type { Credentials, SiteResult, SiteSession } from '../site/site-model.ts'
import { type ActionRow, getAction, lastActions, openActions, targetOf } from './actions.ts'
import { findSlot } from './book.ts'
import { activeBookings, getBooking } from './booking-view.ts'
import { activeByKey, applyList, closeBooking, keepBooking } from './bookings.ts'
import type { Desk } from './desk.ts'
import { remember } from './history.ts'
import { eventOf, tell } from './notices.ts'
import { afterFailure, tellBlocked, tellSessionNeeded, unbounded, withoutSession } from './outcomes.ts'
import { preferences } from './preferences.ts'
import { logIn, openSession, readBookings } from './session.ts'
import { type Candidate, candidateOf, forgetCandidate, linkAccount, openSecret } from './session-store.ts'
import { setTimer } from './timers.ts'
import type { ClassRef, DryRunView } from './views.ts'
import { occurrencesAhead } from './weekly-dates.ts'
import type { Errand, Outcome, Work } from './work.ts'

/** Of so many last actions, those that may still appear in the list are looked for. */
const AWAITED = 20

/** Cancels a booking through the page; done when a believed list does not show it. */
export async function cancel(work: Work): Promise<Outcome> {
  const { desk } = work
  const row = work.row()
  const target = targetOf(row)
  if (!target) throw new Error(`action ${row.id} cancels nothing`)
  const bounds = { usefulUntil: startsAt(target), opensAt: null }
  if (desk.clock.now() >= bounds.usefulUntil) return { end: 'failed', reason: 'too-late' }
  const opened = await openSession(work)
  if (!opened.ok) return withoutSession(work, opened, bounds)
  work.stage('cancelling')
  const before = await readBookings(work, opened)
  if (!before.ok) return afterFailure(work, before.failure, bounds)
  const booking = findBooking(before.value, target)
  if (booking) {
    const result = await work.inside('cancel', (session) => desk.site.cancelInPage(session, booking))
    if (!result.ok && result.failure.reason !== 'booking-not-found')
      return afterFailure(work, result.failure, bounds)
    work.stage('verifying')
    const after = await readBookings(work)
    if (!after.ok) return afterFailure(work, after.failure, bounds)
    if (findBooking(after.value, target)) {
      const detail = 'the list still shows the booking after cancelling it'
      return afterFailure(work, { reason: 'answer-lost', detail }, bounds)
    }
  }
  const known = row.bookingId === null ? undefined : getBooking(desk, row.bookingId)
  if (known?.state === 'active') closeBooking(desk, known, 'cancelled')
  return { end: 'completed' }
}

/** Reads the list of bookings and takes it over. */
export async function check(work: Work): Promise<Outcome> {
  const opened = await openSession(work)
  if (!opened.ok) return withoutSession(work, opened, unbounded)
  work.stage('verifying')
  const list = await readBookings(work, opened)
  if (!list.ok) return afterFailure(work, list.failure, unbounded)
  applyList(work.desk, list.value)
  return { end: 'completed' }
}

/** Tries what was handed in; it becomes the account only when it works. */
export async function link(work: Work): Promise<Outcome> {
  const { desk } = work
  const { id } = work.row()
  const candidate = candidateOf(desk, id)
  if (!candidate) return { end: 'cancelled', reason: 'not-linked' }
  const tried = await tryCandidate(work, candidate)
  if (!tried.ok) {
    const { reason } = tried.failure
    const outcome: Outcome =
      candidate.kind === 'session' && reason === 'session-expired'
        ? { end: 'failed', reason }
        : afterFailure(work, tried.failure, unbounded)
    if (outcome.end === 'failed') forgetCandidate(desk, id)
    return outcome
  }
  await linkAccount(desk, candidate, tried.value)
  work.use(tried.value)
  forgetCandidate(desk, id)
  remember(desk, 'linked', null, { actionId: id })
  setTimer(desk, 'plan', desk.clock.now())
  setTimer(desk, 'courses', desk.clock.now())
  // Bookings whose outcome is not known waited for a session to look with.
  for (const row of openActions(desk))
    if (row.kind === 'book' && row.status === 'pending' && row.sent)
      setTimer(desk, `action:${row.id}`, desk.clock.now())
  const list = await readBookings(work)
  if (list.ok) applyList(desk, list.value)
  return { end: 'completed' }
}

async function tryCandidate(work: Work, candidate: Candidate): Promise<SiteResult<SiteSession>> {
  const { desk } = work
  if (candidate.kind === 'credentials')
    return logIn(work, await openSecret<Credentials>(desk, candidate.sealed))
  const cookies = await openSecret<Record<string, string>>(desk, candidate.sealed)
  const session: SiteSession = { cookies, obtainedAt: desk.clock.now() }
  work.stage('login')
  const result = await work.outside('list', () => desk.site.bookings(session))
  return result.ok ? { ok: true, value: result.renewed ?? session } : result
}

/** What would be booked next: the wish of the oldest open booking, or the next weekly occurrence. */
function nextWanted(desk: Desk): ClassRef | null {
  const waiting = openActions(desk).find((row) => row.kind === 'book')
  if (waiting) return targetOf(waiting)
  const next = occurrencesAhead(desk, 2).find((one) => one.state === 'planned' || one.state === 'booking')
  return next ?? null
}

/** Says whether the session works and which slot would be booked, booking nothing. */
export async function dryRun(work: Work): Promise<Outcome> {
  const { desk } = work
  const opened = await openSession(work)
  if (!opened.ok) return withoutSession(work, opened, unbounded)
  const session = opened.renewed ? 'renewed' : 'alive'
  const wish = targetOf(work.row()) ?? nextWanted(desk)
  if (!wish) return { end: 'completed', dryRun: { session, slot: null, opensAt: null } }
  const read = await findSlot(work, wish)
  if (!read.ok) return afterFailure(work, read.failure, unbounded)
  const slot = read.value?.slot ?? null
  const view: DryRunView = {
    session,
    opensAt: opensAt(wish.date),
    slot: slot && {
      type: slot.type,
      name: slot.name,
      location: slot.location,
      date: slot.date,
      start: slot.start,
      end: slot.end,
      teacher: slot.teacher,
      places: slot.places,
      state: slot.state,
    },
  }
  return { end: 'completed', dryRun: view }
}

/** Four hours before an opening: would it work? If not, the student is warned, once. */
export async function precheck(errand: Errand, actionId: number): Promise<void> {
  const { desk } = errand
  const row = getAction(desk, actionId)
  const target = row && targetOf(row)
  if (row?.status !== 'pending' || !target) return
  const opening = opensAt(target.date)
  if (desk.clock.now() >= opening || desk.clock.now() < precheckAt(opening)) return
  const warn = (reason: typeof row.reason) => {
    if (reason && preferences(desk).tellPrecheck)
      tell(desk, eventOf(desk, `precheck:${actionId}:${opening}`), { what: 'precheck', actionId, reason })
  }
  const opened = await openSession(errand)
  if (!opened.ok) {
    return warn(opened.why === 'failure' ? opened.failure.reason : opened.why)
  }
  const read = await findSlot(errand, target)
  if (!read.ok) warn(read.failure.reason)
  else if (!read.value) warn('class-gone')
}

/** Bookings of the last day that were sent and did not show in the list: said to have failed, and not there since. */
const awaited = (desk: Desk): ActionRow[] =>
  lastActions(desk, AWAITED).filter((row) => {
    const target = targetOf(row)
    const lately = desk.clock.now() - (row.completedAt ?? 0) < DAY
    if (row.kind !== 'book' || row.status !== 'failed' || !row.sent || !target || !lately) return false
    return !activeByKey(desk, bookingKeyText(bookingKey(target)))
  })

/** The hourly look at the list, for students who have bookings, or one that may appear in it. */
export async function sync(errand: Errand): Promise<void> {
  const { desk } = errand
  const late = awaited(desk)
  if (activeBookings(desk).length === 0 && late.length === 0) return
  const opened = await openSession(errand)
  if (!opened.ok) {
    if (opened.why === 'session-needed') tellSessionNeeded(desk)
    if (opened.why === 'failure') tellBlocked(desk)
    return
  }
  const list = await readBookings(errand, opened)
  if (!list.ok) return
  applyList(desk, list.value)
  for (const row of late) {
    const target = targetOf(row)
    const seen = target && findBooking(list.value, target)
    if (!seen) continue
    const booking = keepBooking(desk, seen, target, row.weeklyId)
    tell(desk, eventOf(desk, `found:${row.id}`), { what: 'found', bookingId: booking.id })
  }
}
