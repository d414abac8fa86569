import { addDays, DAY, romeDate } from '../../platform/time.ts'
import { bookingKey, bookingKeyText, findBooking } from '../class-match.ts'
import { coursesAreStale, DAYS_READ, writeCourses } from '../course-store.ts'
import { opensAt, precheckAt, startsAt } from '../opening.ts'
import type { ClassSlot, SiteReason, SiteResult, SiteSession } from '../site/site-model.ts'
import type { ClassRef, DryRunView } from '../student-types.ts'
import { type ActionRow, getAction, lastActions, openActions, targetOf } from './actions.ts'
import { recordHistory } from './booking-history.ts'
import { activeByKey, applyList, closeBooking, keepBooking } from './bookings.ts'
import { afterFailure, notifyBlocked, notifySessionNeeded, unbounded, withoutSession } from './failures.ts'
import { findSlot } from './find-slot.ts'
import {
  candidateOf,
  forgetCandidate,
  linkAccount,
  type OpenCandidate,
  openCandidate,
} from './linked-account.ts'
import { eventOf, notify } from './notifications.ts'
import { preferences, readValue, setTimer } from './object-store.ts'
import { openSession, readBookings, tryCredentials } from './site-session.ts'
import type { ActionRun, Outcome, Task } from './site-task.ts'
import type { StudentContext } from './student-context.ts'
import { activeBookings, getBooking, isPaused, occurrencesAhead } from './views.ts'
import { questionBehind } from './weekly-questions.ts'

/** Of so many last actions, those that may still appear in the list are looked for. */
const AWAITED = 20

/** Whether a pause keeps a booking that would be cancelled because nobody answered: a pause cancels nothing by itself. */
function heldByPause(ctx: StudentContext, row: ActionRow): boolean {
  if (row.weeklyId === null || row.bookingId === null || row.sent || !isPaused(ctx, row.weeklyId))
    return false
  return questionBehind(ctx, row.bookingId)?.status === 'lapsed'
}

/** Cancels a booking through the page; completed when a recognised list does not show it. */
export async function cancel(run: ActionRun): Promise<Outcome> {
  const { ctx } = run
  const row = run.row()
  const target = targetOf(row)
  if (!target) throw new Error(`action ${row.id} cancels nothing`)
  const bounds = { usefulUntil: startsAt(target), opensAt: null }
  if (ctx.clock.now() >= bounds.usefulUntil) return { end: 'failed', reason: 'too-late' }
  if (heldByPause(ctx, row)) return { end: 'cancelled', reason: 'weekly-off' }
  const opened = await openSession(run)
  if (!opened.ok) return withoutSession(run, opened, bounds)
  run.stage('cancelling')
  const before = await readBookings(run, opened)
  if (!before.ok) return afterFailure(run, before.failure, bounds)
  const booking = findBooking(before.value, target)
  if (booking) {
    run.patch({ sent: { appointmentId: '', at: ctx.clock.now() } })
    const result = await run.inside('cancel', (session) => ctx.site.cancelInPage(session, booking))
    if (!result.ok && result.failure.reason !== 'booking-not-found')
      return afterFailure(run, result.failure, bounds)
    run.stage('verifying')
    const after = await readBookings(run)
    if (!after.ok) return afterFailure(run, after.failure, bounds)
    if (findBooking(after.value, target)) {
      const detail = 'the list still shows the booking after cancelling it'
      return afterFailure(run, { reason: 'answer-lost', detail }, bounds)
    }
  }
  const known = row.bookingId === null ? undefined : getBooking(ctx, row.bookingId)
  if (known?.state === 'active') closeBooking(ctx, known, 'cancelled')
  return { end: 'completed' }
}

/** Reads the list of bookings and takes it over. */
export async function check(run: ActionRun): Promise<Outcome> {
  const opened = await openSession(run, { asked: true })
  if (!opened.ok) return withoutSession(run, opened, unbounded)
  run.stage('verifying')
  const list = await readBookings(run, opened)
  if (!list.ok) return afterFailure(run, list.failure, unbounded)
  applyList(run.ctx, list.value)
  return { end: 'completed' }
}

/** Tries what was handed in; it becomes the account only when it works. */
export async function link(run: ActionRun): Promise<Outcome> {
  const { ctx } = run
  const { id } = run.row()
  const kept = candidateOf(ctx, id)
  if (!kept) return { end: 'cancelled', reason: 'not-linked' }
  const candidate = await openCandidate(ctx, id, kept)
  const tried = await tryCandidate(run, candidate)
  if (!tried.ok) {
    const { reason } = tried.failure
    const outcome: Outcome =
      candidate.kind === 'session' && reason === 'session-expired'
        ? { end: 'failed', reason }
        : afterFailure(run, tried.failure, unbounded)
    if (outcome.end === 'failed') forgetCandidate(ctx, id)
    return outcome
  }
  await linkAccount(ctx, candidate, tried.value, run.holds)
  run.use(tried.value)
  forgetCandidate(ctx, id)
  recordHistory(ctx, 'linked', null, { actionId: id })
  setTimer(ctx, 'plan', ctx.clock.now())
  setTimer(ctx, 'courses', ctx.clock.now())
  // Bookings whose outcome is not known waited for a session to look with.
  for (const row of openActions(ctx))
    if (row.kind === 'book' && row.status === 'pending' && row.sent)
      setTimer(ctx, `action:${row.id}`, ctx.clock.now())
  const list = await readBookings(run)
  if (list.ok) applyList(ctx, list.value)
  return { end: 'completed' }
}

async function tryCandidate(run: ActionRun, candidate: OpenCandidate): Promise<SiteResult<SiteSession>> {
  const { ctx } = run
  if (candidate.kind === 'credentials') return tryCredentials(run, candidate.value)
  const session: SiteSession = { cookies: candidate.value, obtainedAt: ctx.clock.now() }
  run.stage('login')
  const result = await run.outside('list', () => ctx.site.bookings(session))
  return result.ok ? { ok: true, value: result.renewed ?? session } : result
}

/** What would be booked next: the wish of the oldest open booking, or the next weekly occurrence. */
function nextWanted(ctx: StudentContext): ClassRef | null {
  const waiting = openActions(ctx).find((row) => row.kind === 'book')
  if (waiting) return targetOf(waiting)
  const next = occurrencesAhead(ctx, 2).find((one) => one.state === 'planned' || one.state === 'booking')
  return next ?? null
}

/** Says whether the session works and which slot would be booked, booking nothing. */
export async function dryRun(run: ActionRun): Promise<Outcome> {
  const { ctx } = run
  const opened = await openSession(run, { asked: true })
  if (!opened.ok) return withoutSession(run, opened, unbounded)
  const session = opened.renewed ? 'renewed' : 'alive'
  const wish = targetOf(run.row()) ?? nextWanted(ctx)
  if (!wish) return { end: 'completed', dryRun: { session, slot: null, opensAt: null } }
  const read = await findSlot(run, wish)
  if (!read.ok) return afterFailure(run, read.failure, unbounded)
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
export async function precheck(task: Task, actionId: number): Promise<void> {
  const { ctx } = task
  const row = getAction(ctx, actionId)
  const target = row && targetOf(row)
  if (row?.status !== 'pending' || !target) return
  const opening = opensAt(target.date)
  if (ctx.clock.now() >= opening || ctx.clock.now() < precheckAt(opening)) return
  const warn = (reason: typeof row.reason) => {
    if (reason && preferences(ctx).tellPrecheck)
      notify(ctx, eventOf(ctx, `precheck:${actionId}:${opening}`), { what: 'precheck', actionId, reason })
  }
  const opened = await openSession(task)
  if (!opened.ok) {
    return warn(opened.why === 'failure' ? opened.failure.reason : opened.why)
  }
  const read = await findSlot(task, target)
  if (!read.ok) warn(read.failure.reason)
  else if (!read.value) warn('class-gone')
}

/** Bookings of the last day that were sent and did not show in the list: said to have failed, and not there since. */
const awaited = (ctx: StudentContext): ActionRow[] =>
  lastActions(ctx, AWAITED).filter((row) => {
    const target = targetOf(row)
    const lately = ctx.clock.now() - (row.completedAt ?? 0) < DAY
    if (row.kind !== 'book' || row.status !== 'failed' || !row.sent || !target || !lately) return false
    return !activeByKey(ctx, bookingKeyText(bookingKey(target)))
  })

/** The hourly look at the list, for students who have bookings, or one that may appear in it. */
export async function sync(task: Task): Promise<void> {
  const { ctx } = task
  const late = awaited(ctx)
  if (activeBookings(ctx).length === 0 && late.length === 0) return
  const opened = await openSession(task)
  if (!opened.ok) {
    if (opened.why === 'session-needed') notifySessionNeeded(ctx)
    if (opened.why === 'failure') notifyBlocked(ctx)
    return
  }
  const list = await readBookings(task, opened)
  if (!list.ok) return
  applyList(ctx, list.value)
  for (const row of late) {
    const target = targetOf(row)
    const seen = target && findBooking(list.value, target)
    if (!seen) continue
    const booking = keepBooking(ctx, seen, target, row.weeklyId)
    notify(ctx, eventOf(ctx, `found:${row.id}`), { what: 'found', bookingId: booking.id })
  }
}

/**
 * Why a student's session did not read the schedule: the site's reason, no session, a week without any class, or the
 * student did not agree to it.
 */
export type NotRead = SiteReason | 'session-needed' | 'not-linked' | 'empty' | 'not-agreed'

const sharesSchedule = (ctx: StudentContext): boolean => readValue(ctx, 'shares-schedule') === true

/**
 * Reads the week's schedule with this student's session and writes it to D1 for everybody, if the student agreed to that.
 * @param browser whether it may log in when the session is dead
 * @returns null when it was read and written
 */
export async function refreshSchedule(task: Task, browser: boolean): Promise<NotRead | null> {
  const { ctx } = task
  if (!sharesSchedule(ctx)) return 'not-agreed'
  const opened = await openSession(task, { browser, asked: true })
  if (!opened.ok) return opened.why === 'failure' ? opened.failure.reason : opened.why
  const activities = await task.inside('activities', (session) => ctx.site.activities(session))
  if (!activities.ok) return activities.failure.reason
  const now = ctx.clock.now()
  const slots: ClassSlot[] = []
  for (const activity of activities.value)
    for (let day = 0; day < DAYS_READ; day++) {
      const date = addDays(romeDate(now), day)
      const read = await task.inside('schedule', (session) => ctx.site.schedule(session, activity, date))
      if (!read.ok) return read.failure.reason
      slots.push(...read.value.slots)
    }
  if (slots.length === 0) return 'empty'
  // They may have changed their mind while it was read.
  if (!sharesSchedule(ctx)) return 'not-agreed'
  await writeCourses(ctx.d1, slots, now)
  return null
}

/** After linking, or agreeing to it: the schedule is read at once when nobody read it today. */
export async function firstSchedule(task: Task): Promise<void> {
  if (await coursesAreStale(task.ctx.d1, task.ctx.clock.now())) await refreshSchedule(task, false)
}
