import { log } from '../../platform/log.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../platform/time.ts'
import { findBooking, isWanted, likelyActivities } from '../class-match.ts'
import {
  nextScheduleLook,
  nextStepAt,
  opensAt,
  prepareAt,
  startLineAt,
  startsAt,
  usefulUntil,
} from '../opening.ts'
import { nextLook, watchEnd } from '../place-watch.ts'
import { passesByItself, ruleOf } from '../reasons.ts'
import type { ClassSlot, SiteFailure, SiteResult, SiteSession } from '../site/site-model.ts'
import type { ClassRef } from '../student-types.ts'
import { type ActionRow, targetOf } from './actions.ts'
import { keepBooking } from './bookings.ts'
import { afterFailure, type Bounds, withoutSession } from './failures.ts'
import { eventOf, notify } from './notifications.ts'
import { readValue, setTimerBy, writeValue } from './object-store.ts'
import {
  type ActionRun,
  type Later,
  type Outcome,
  openSession,
  readBookings,
  type Task,
} from './site-task.ts'

/** The site said OK and its list does not show it yet: look again after these pauses. */
const LIST_LAG = [1, 2, 5, 10, 30, 30].map((seconds) => seconds * SECOND)
/** A booking that the site's list does not show this long after it was sent was not made. */
const LIST_SETTLES = 90 * SECOND
/** The list is read this often until it has settled. */
const SETTLING_LOOK = 10 * SECOND
/** A class that the site offers and rejects without a reason that we know is tried again after these pauses. */
const UNEXPLAINED = [1, 2, 5, 10].map((minutes) => minutes * MINUTE)
/** So many rejections without a known reason come from the quick tries. */
const QUICK_TRIES = ruleOf('refused').delays.length
/** After these a booking may have been made. */
const UNSURE: readonly string[] = ['answer-lost', 'site-down', 'markup-changed']

/** A booking that may have been made, and whose list could not be read, is looked for again after one minute to this. */
const LONGEST_DOUBT = HOUR

type Found = { slot: ClassSlot; clockOffsetMs: number }

/** The wanted class in the site's schedule; null: the schedule was read, and it is not there. */
export async function findSlot(task: Task, wish: ClassRef): Promise<SiteResult<Found | null>> {
  const { ctx } = task
  task.stage('schedule')
  const known = readValue(ctx, 'activities')
  let list = known && ctx.clock.now() - known.at < DAY ? known.list : []
  if (likelyActivities(list, wish).length === 0) {
    const read = await task.inside('activities', (session) => ctx.site.activities(session))
    if (!read.ok) return read
    list = read.value
    writeValue(ctx, 'activities', { at: ctx.clock.now(), list })
  }
  for (const activity of likelyActivities(list, wish)) {
    const read = await task.inside('schedule', (session) => ctx.site.schedule(session, activity, wish.date))
    if (!read.ok) return read
    const slot = read.value.slots.find((candidate) => isWanted(wish, candidate))
    if (slot) return { ok: true, value: { slot, clockOffsetMs: read.value.clockOffsetMs } }
  }
  return { ok: true, value: null }
}

const wishOf = (row: ActionRow): ClassRef => {
  const wish = targetOf(row)
  if (!wish) throw new Error(`action ${row.id} books nothing`)
  return wish
}

const boundsOf = (row: ActionRow): Bounds => {
  const wish = wishOf(row)
  return { usefulUntil: usefulUntil(wish), opensAt: opensAt(wish.date) }
}

/**
 * Books the wish, or an alternative, or watches: one run of it, until it is done or has to wait. A watch outlives a
 * site that is down: the next look comes in its time. So does a booking that was sent and whose outcome nobody knows:
 * it is not said to have failed before the site's list was seen, or it is too late to use.
 */
export async function book(run: ActionRun): Promise<Outcome> {
  const outcome = await bookOnce(run)
  const { ctx } = run
  const row = run.row()
  if (outcome.end === 'failed' && inDoubt(row) && ctx.clock.now() < boundsOf(row).usefulUntil)
    return lookLater(run, outcome)
  const passing = outcome.end === 'failed' && passesByItself(outcome.reason)
  if (!row.watching || row.sent || !passing || ctx.clock.now() >= watchLimit(row)) return outcome
  const at = nextLook(ctx.clock.now(), startsAt(wishOf(row)), ctx.random())
  return { end: 'later', at, stage: 'watching', patch: { failures: {}, wishIndex: 0 } }
}

/** Whether it was sent and may have been booked. After an OK that the list did not show for long it was not. */
const inDoubt = ({ sent, failures }: ActionRow): boolean =>
  sent !== null && (failures.unseen ?? 0) < LIST_LAG.length

/** Puts the end off until the list tells, or somebody hands a session in; the reason stays, for when it shows nothing. */
function lookLater(run: ActionRun, { reason, message }: Extract<Outcome, { end: 'failed' }>): Later {
  const { ctx } = run
  const row = run.row()
  const looks = row.failures.doubt ?? 0
  const pause = Math.min(MINUTE * 2 ** looks, LONGEST_DOUBT)
  const last = boundsOf(row).usefulUntil
  const at = reason === 'session-needed' ? last : Math.min(ctx.clock.now() + pause, last)
  return {
    end: 'later',
    at,
    stage: 'verifying',
    reason: looks > 0 ? (row.reason ?? reason) : reason,
    message: looks > 0 ? (row.message ?? message) : message,
    patch: { failures: { ...row.failures, doubt: looks + 1 } },
  }
}

async function bookOnce(run: ActionRun): Promise<Outcome> {
  const { ctx } = run
  const row = run.row()
  const now = ctx.clock.now()
  if (readValue(ctx, 'paused') && !row.sent) return { end: 'later', at: null, stage: 'paused' }
  const unsure = row.sent !== null || run.recovered || row.unsureAt !== null
  const gate = unsure ? null : beforeAnything(run, row, now)
  if (gate) return gate
  const opened = await openSession(run)
  if (!opened.ok) return withoutSession(run, opened, boundsOf(row))
  if (unsure) {
    const found = await lookForBooking(run)
    if (found) return found
    // It had ended already but for this look.
    if (row.failures.doubt)
      return { end: 'failed', reason: row.reason ?? 'answer-lost', message: row.message ?? undefined }
  }
  if (unsure) {
    const passed = beforeAnything(run, run.row(), ctx.clock.now())
    if (passed) return passed
  }
  return row.watching ? (settling(run, {}) ?? look(run)) : attempt(run)
}

/** What needs no look at the site: it is too late, or long before the opening. */
function beforeAnything(run: ActionRun, row: ActionRow, now: number): Outcome | null {
  if (row.watching) return now >= watchLimit(row) ? { end: 'failed', reason: 'watch-ended' } : null
  if (now >= usefulUntil(wishOf(row))) return nextWish(run, { reason: 'too-late' })
  if (row.eager) return null
  const at = nextStepAt(openingHere(row, row.slot), row.slot !== null, now)
  return at > now
    ? { end: 'later', at, stage: row.slot ? 'ready' : 'opening', patch: { failures: {} } }
    : null
}

/** When booking opens by our clock (epoch ms): the site's may be ahead of it. */
const openingHere = (row: ActionRow, found: Found | null): number =>
  opensAt(wishOf(row).date) - (found?.clockOffsetMs ?? 0)

/** Tries to book the class whose turn it is: prepares before the opening, races at it, just asks after it. */
async function attempt(run: ActionRun): Promise<Outcome> {
  const { ctx } = run
  const row = run.row()
  const saved = row.slot
  const read = saved ? null : await findSlot(run, wishOf(row))
  if (read && !read.ok) return afterFailure(run, read.failure, boundsOf(row))
  const found = saved ?? read?.value ?? null
  const now = ctx.clock.now()
  const opening = openingHere(row, found)
  if (!found) return now < opening ? untilOpening(run, null) : untilShown(run, opening)
  if (!saved && found.slot.state === 'mine') return verify(run)
  const early = now < startLineAt(opening)
  if (early && !(row.eager && found.slot.state === 'open')) return untilOpening(run, found)
  if (!saved && now >= opening && found.slot.state === 'closed' && found.slot.places === 0)
    return nextWish(run, { reason: 'full' })
  const raced = !early && now < opening && !row.inPage
  const result = await send(run, found, raced)
  if (result.ok) {
    run.patch({ sent: { appointmentId: found.slot.appointmentId, at: ctx.clock.now(), ok: true } })
    return verify(run)
  }
  return refused(run, result.failure, { early, stale: saved !== null && !raced, found })
}

/** The schedule does not show the class yet: some appear only after the opening. */
function untilShown(run: ActionRun, opening: number): Outcome {
  const at = nextScheduleLook(opening, run.ctx.clock.now())
  if (at === null) return nextWish(run, { reason: 'class-gone' })
  return { end: 'later', at, stage: 'retrying', reason: 'not-open-yet' }
}

/** Waits for the next step before the opening: the preparation, the start, or the opening itself. */
function untilOpening(run: ActionRun, found: Found | null): Later {
  const row = run.row()
  const now = run.ctx.clock.now()
  const opening = openingHere(row, found)
  const slot = now < prepareAt(opening) ? null : found
  run.patch({ slot, eager: false, failures: {} })
  const step = nextStepAt(opening, slot !== null, now)
  const at = step > now ? step : now < startLineAt(opening) ? startLineAt(opening) : opening
  return { end: 'later', at, stage: slot ? 'ready' : 'opening' }
}

/** Sends the booking, in a race or at once; that it is being sent is written down before. */
async function send(run: ActionRun, { slot }: Found, raced: boolean): Promise<SiteResult<null>> {
  const { ctx } = run
  const { inPage } = run.row()
  const opening = opensAt(wishOf(run.row()).date)
  run.patch({ sent: { appointmentId: slot.appointmentId, at: ctx.clock.now() } })
  run.stage('booking')
  return run.inside(inPage ? 'book-in-page' : 'book', (session) => {
    if (inPage) return ctx.site.bookInPage(session, slot)
    return raced ? race(run, session, slot, opening) : ctx.site.book(session, slot, { opensAt: opening })
  })
}

async function race(
  run: ActionRun,
  session: SiteSession,
  slot: ClassSlot,
  opening: number,
): Promise<SiteResult<null>> {
  const { ctx } = run
  const { site, clock } = ctx
  const {
    result,
    attempts,
    serverClock,
    session: after,
  } = await ctx.race({
    site,
    session,
    slot,
    opensAt: opening,
    clock,
  })
  log('info', 'race-over', {
    requests: attempts.length,
    answer: attempts.at(-1)?.answer,
    afterOpeningMs: (attempts.at(-1)?.answeredAt ?? clock.now()) - opening,
    siteAheadMs: serverClock?.offsetMs,
  })
  const lost = attempts.find(({ answer }) => UNSURE.includes(answer) || answer === 'already-booked')
  if (lost) run.patch({ unsureAt: lost.sentAt })
  return result.ok && after !== session ? { ...result, renewed: after } : result
}

/** How a booking was sent: before its opening, with a slot that may be stale. */
interface Sending {
  early: boolean
  stale: boolean
  found: Found
}

/** What a refusal leads to: the list, the next wish, a new try, or the end. */
async function refused(run: ActionRun, failure: SiteFailure, sending: Sending): Promise<Outcome> {
  const { reason } = failure
  const rule = ruleOf(reason)
  const now = run.ctx.clock.now()
  if (reason === 'already-booked') return alreadyBooked(run)
  if (rule.nothingBooked) run.patch({ sent: null })
  if (UNSURE.includes(reason)) run.patch({ unsureAt: run.row().unsureAt ?? run.row().sent?.at ?? now })
  if (sending.early && !rule.nothingBooked) {
    const found = await lookForBooking(run)
    if (found) return found
  }
  // Before the opening no word about the class is the last one.
  if (rule.subject === 'class' && (sending.early || reason === 'not-open-yet'))
    if (now < openingHere(run.row(), sending.found)) return untilOpening(run, sending.found)
  if (reason === 'class-gone' && sending.stale) {
    run.patch({ slot: null })
    return { end: 'later', at: now, stage: 'retrying', reason }
  }
  if (reason === 'full' || reason === 'class-gone') return nextWish(run, failure)
  const outcome = afterFailure(run, failure, boundsOf(run.row()))
  if (outcome.end === 'failed' && rule.subject === 'class') return nextWish(run, failure)
  if (outcome.end === 'later' && rule.inPage) return { ...outcome, patch: { inPage: true } }
  return outcome
}

/** The site says that the class is booked: its list is waited for, and no alternative is booked meanwhile. */
function alreadyBooked(run: ActionRun): Promise<Outcome> {
  const { sent } = run.row()
  run.patch({
    sent: { appointmentId: sent?.appointmentId ?? '', at: run.ctx.clock.now(), ok: true, already: true },
  })
  return verify(run)
}

/** Waits while the list may still come to show a booking whose answer was lost; null: it has settled. */
function settling(run: ActionRun, why: Pick<Later, 'reason' | 'message'>): Later | null {
  const { unsureAt } = run.row()
  const now = run.ctx.clock.now()
  if (unsureAt === null || now >= unsureAt + LIST_SETTLES) return null
  return {
    end: 'later',
    at: Math.min(now + SETTLING_LOOK, unsureAt + LIST_SETTLES),
    stage: 'verifying',
    ...why,
  }
}

/** The site offers the class and rejects it without a reason that we know: it is tried as long as it is of use. */
function untilExplained(run: ActionRun, message: string | undefined): Later | null {
  const { ctx } = run
  const { failures } = run.row()
  const before = failures.unexplained ?? 0
  const pause = UNEXPLAINED[Math.min(before, UNEXPLAINED.length - 1)] ?? MINUTE
  const at = ctx.clock.now() + pause
  const first = run.row().wishes[0]
  if (!first || at >= usefulUntil(first)) return null
  const patch = { slot: null, sent: null, inPage: false, wishIndex: 0 }
  return {
    end: 'later',
    at,
    stage: 'retrying',
    reason: 'refused',
    message,
    // One try a round: the quick ones were made.
    patch: { ...patch, failures: { unexplained: before + 1, refused: QUICK_TRIES } },
  }
}

/** The next wish's turn; after the last one the watch, when the student asked for it. */
function nextWish(
  run: ActionRun,
  why: { reason: ActionRow['reason']; message?: string | undefined },
): Outcome {
  const { ctx } = run
  const row = run.row()
  const now = ctx.clock.now()
  const reason = why.reason ?? 'refused'
  const unsettled = settling(run, { reason, message: why.message })
  if (unsettled) return unsettled
  const fresh = { slot: null, sent: null, unsureAt: null, inPage: false, failures: {} }
  const next = row.wishes[row.wishIndex + 1]
  if (next) {
    const at = nextStepAt(opensAt(next.date), false, now)
    const stage = at > now ? 'opening' : 'queued'
    return { end: 'later', at, stage, patch: { ...fresh, wishIndex: row.wishIndex + 1 } }
  }
  const first = row.wishes[0]
  const again = reason === 'refused' ? untilExplained(run, why.message) : null
  if (again) return again
  if (row.watchUntil !== null && first && now < watchLimit(row)) {
    notify(ctx, eventOf(ctx, `watching:${row.id}`), { what: 'watching', actionId: row.id })
    return {
      end: 'later',
      at: nextLook(now, startsAt(first), ctx.random()),
      stage: 'watching',
      patch: { ...fresh, watching: true, wishIndex: 0 },
    }
  }
  run.patch({ wishIndex: 0 })
  return { end: 'failed', reason, message: why.message }
}

const watchLimit = (row: ActionRow): number =>
  watchEnd(row.watchUntil ?? 0, Math.max(...row.wishes.map(usefulUntil)))

/** One look at the watched classes, in the student's order; the first with a free place is taken. */
async function look(run: ActionRun): Promise<Outcome> {
  const { ctx } = run
  const row = run.row()
  const first = row.wishes[0]
  if (!first || ctx.clock.now() >= watchLimit(row)) return { end: 'failed', reason: 'watch-ended' }
  for (const [wishIndex, wish] of row.wishes.entries()) {
    const now = ctx.clock.now()
    if (now < opensAt(wish.date) || now >= usefulUntil(wish)) continue
    const read = await findSlot(run, wish)
    if (!read.ok) return afterFailure(run, read.failure, { usefulUntil: watchLimit(row), opensAt: null })
    const slot = read.value?.slot
    if (!read.value || slot?.state === 'closed' || slot?.places === 0) continue
    run.patch({ wishIndex })
    if (slot?.state === 'mine') return verify(run)
    const result = await send(run, read.value, false)
    if (result.ok) {
      run.patch({ sent: { appointmentId: read.value.slot.appointmentId, at: ctx.clock.now(), ok: true } })
      return verify(run)
    }
    const { reason } = result.failure
    if (reason === 'already-booked') return alreadyBooked(run)
    const rule = ruleOf(reason)
    if (rule.nothingBooked || rule.subject === 'class') run.patch({ sent: null })
    // A freed place may be kept for the site's waiting list for some minutes: the watch goes on until the limit.
    if (rule.subject === 'class') continue
    if (UNSURE.includes(reason)) run.patch({ unsureAt: run.row().sent?.at ?? now })
    return afterFailure(run, result.failure, { usefulUntil: watchLimit(row), opensAt: null })
  }
  run.patch({ wishIndex: 0 })
  const at = Math.min(nextLook(ctx.clock.now(), startsAt(first), ctx.random()), watchLimit(row))
  return { end: 'later', at, stage: 'watching', patch: { failures: {} } }
}

/** Completes the action when the site's list shows its booking. Null: a recognised list does not show it. */
async function lookForBooking(run: ActionRun): Promise<Outcome | null> {
  const { ctx } = run
  const row = run.row()
  if (row.sent?.ok) return verify(run)
  run.stage('verifying')
  const list = await readBookings(run)
  if (!list.ok) return afterFailure(run, list.failure, boundsOf(row))
  const shown = findBooking(list.value, wishOf(row))
  if (shown) return { end: 'completed', bookingId: keepBooking(ctx, shown, wishOf(row), row.weeklyId).id }
  const settled = row.unsureAt !== null && ctx.clock.now() >= row.unsureAt + LIST_SETTLES
  run.patch({ sent: null, ...(settled && { unsureAt: null }) })
  return null
}

/** The site said OK (or shows the slot as ours): "booked" is said only when its own list shows it. */
async function verify(run: ActionRun): Promise<Outcome> {
  const { ctx } = run
  const row = run.row()
  run.stage('verifying')
  const list = await readBookings(run)
  if (!list.ok) return afterFailure(run, list.failure, boundsOf(row))
  const shown = findBooking(list.value, wishOf(row))
  if (shown) return { end: 'completed', bookingId: keepBooking(ctx, shown, wishOf(row), row.weeklyId).id }
  const before = row.failures.unseen ?? 0
  const pause = LIST_LAG[before]
  const now = ctx.clock.now()
  setTimerBy(ctx, 'sync', now + 5 * 60 * SECOND)
  if (pause === undefined)
    return { end: 'failed', reason: row.sent?.already ? 'already-booked' : 'not-listed' }
  const failures = { ...row.failures, unseen: before + 1 }
  const sent = row.sent ?? { appointmentId: '', at: now, ok: true as const }
  return { end: 'later', at: now + pause, stage: 'verifying', patch: { failures, sent } }
}
