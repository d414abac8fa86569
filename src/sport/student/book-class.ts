import { describeError, log } from '../../platform/log.ts'
import { MINUTE } from '../../platform/time.ts'
import { markFull } from '../course-store.ts'
import { nextScheduleLook, nextStepAt, opensAt, prepareAt, startLineAt, usefulUntil } from '../opening.ts'
import { passesByItself, ruleOf } from '../reasons.ts'
import type { SiteFailure } from '../site/site-model.ts'
import { type ActionRow, LONG_AGO, wishOf } from './actions.ts'
import { afterFailure, bookingBounds, withoutSession } from './failures.ts'
import { type FoundSlot, findSlot } from './find-slot.ts'
import { eventOf, notify } from './notifications.ts'
import { readValue } from './object-store.ts'
import { mayHaveBooked, sendBooking } from './send-booking.ts'
import { openSession } from './site-session.ts'
import type { ActionRun, Later, Outcome } from './site-task.ts'
import {
  inDoubt,
  lookForBooking,
  lookLater,
  untilSettled,
  verify,
  verifyAlreadyBooked,
} from './verify-booking.ts'
import { nextWatch, watchLimit, watchOnce } from './watch-class.ts'

/** The pauses after rejections without a reason that we know, while the site goes on offering the class. */
const UNEXPLAINED = [1, 2, 5, 10].map((minutes) => minutes * MINUTE)
/** How many such rejections the quick retries use up. */
const QUICK_TRIES = ruleOf('refused').delays.length

/**
 * One run of a booking: books the wish or an alternative, or watches full classes, until it is done or has to wait.
 * Two failures do not end the action: one that passes by itself during a watch, and one after a booking was sent whose
 * outcome is unknown, as long as the class can still be used.
 */
export async function book(run: ActionRun): Promise<Outcome> {
  const outcome = await bookOnce(run)
  if (outcome.end !== 'failed') return outcome
  const row = run.row()
  const now = run.ctx.clock.now()
  if (inDoubt(row) && now < bookingBounds(row).usefulUntil) return lookLater(run, outcome)
  const watchGoesOn = row.watching && !row.sent && passesByItself(outcome.reason) && now < watchLimit(row)
  return watchGoesOn ? nextWatch(run) : outcome
}

async function bookOnce(run: ActionRun): Promise<Outcome> {
  const { ctx } = run
  const row = run.row()
  if (readValue(ctx, 'paused') && !row.sent) return { end: 'later', at: null, stage: 'paused' }
  // The run that sent it crashed before the answer: the site may take until now to list it.
  if (run.recovered && row.sent && !row.sent.ok) run.patch({ unsureAt: ctx.clock.now() })
  const unsure = row.sent !== null || run.recovered || row.unsureAt !== null
  const notYet = unsure ? null : withoutSite(run)
  if (notYet) return notYet
  const opened = await openSession(run)
  if (!opened.ok) return withoutSession(run, opened, bookingBounds(row))
  if (unsure) {
    const found = await lookForBooking(run)
    if (found) return found
    // Only this look kept the action open.
    if (row.failures.doubt)
      return { end: 'failed', reason: row.reason ?? 'answer-lost', message: row.message ?? undefined }
    const passed = withoutSite(run)
    if (passed) return passed
  }
  return row.watching ? (untilSettled(run, {}) ?? watchOnce(run)) : attempt(run)
}

/** The outcome that needs no call to the site: it is too late, or too early. Null: the site must be called. */
function withoutSite(run: ActionRun): Outcome | null {
  const row = run.row()
  const now = run.ctx.clock.now()
  if (row.watching) return now >= watchLimit(row) ? { end: 'failed', reason: 'watch-ended' } : null
  if (now >= usefulUntil(wishOf(row))) return nextWish(run, { reason: 'too-late' })
  if (row.eager) return null
  const at = nextStepAt(openingByOurClock(row, row.slot), row.slot !== null, now)
  return at > now
    ? { end: 'later', at, stage: row.slot ? 'ready' : 'opening', patch: { failures: {} } }
    : null
}

/** When booking opens by our clock (epoch ms): the site's clock may be ahead of it. */
const openingByOurClock = (row: ActionRow, found: FoundSlot | null): number =>
  opensAt(wishOf(row).date) - (found?.clockOffsetMs ?? 0)

/** Tries to book the wish whose turn it is: prepares before the opening, races at the opening, books at once after it. */
async function attempt(run: ActionRun): Promise<Outcome> {
  const row = run.row()
  const saved = row.slot
  const read = saved ? null : await findSlot(run, wishOf(row))
  if (read && !read.ok) return afterFailure(run, read.failure, bookingBounds(row))
  const found = saved ?? read?.value ?? null
  const now = run.ctx.clock.now()
  const opening = openingByOurClock(row, found)
  if (!found) return now < opening ? untilOpening(run, null) : untilShown(run, opening)
  if (!saved && found.slot.state === 'mine') return verify(run)
  const early = now < startLineAt(opening)
  if (early && !(row.eager && found.slot.state === 'open')) return untilOpening(run, found)
  if (!saved && now >= opening && found.slot.state === 'closed' && found.slot.places === 0)
    return isFull(run, { reason: 'full' })
  const raced = !early && now < opening && !row.inPage
  const result = await sendBooking(run, found.slot, { raced })
  if (result.ok) return verify(run)
  return afterRejection(run, result.failure, { early, stale: saved !== null && !raced, found })
}

/** The schedule does not show the class yet: some appear only after the opening. */
function untilShown(run: ActionRun, opening: number): Outcome {
  const at = nextScheduleLook(opening, run.ctx.clock.now())
  if (at === null) return nextWish(run, { reason: 'class-gone' })
  return { end: 'later', at, stage: 'retrying', reason: 'not-open-yet' }
}

/** Waits for the next step before the opening: the preparation, the start, or the opening itself. */
function untilOpening(run: ActionRun, found: FoundSlot | null): Later {
  const row = run.row()
  const now = run.ctx.clock.now()
  const opening = openingByOurClock(row, found)
  const slot = now < prepareAt(opening) ? null : found
  run.patch({ slot, eager: false, failures: {} })
  const step = nextStepAt(opening, slot !== null, now)
  const at = step > now ? step : now < startLineAt(opening) ? startLineAt(opening) : opening
  return { end: 'later', at, stage: slot ? 'ready' : 'opening' }
}

/** How a booking was sent. */
interface Sending {
  /** Before its opening. */
  early: boolean
  /** With a slot that was read some time ago. */
  stale: boolean
  found: FoundSlot
}

/** What a rejected booking leads to: a look at the list, a retry, the next wish, or the end. */
async function afterRejection(run: ActionRun, failure: SiteFailure, sending: Sending): Promise<Outcome> {
  const { reason } = failure
  const rule = ruleOf(reason)
  const now = run.ctx.clock.now()
  if (reason === 'already-booked') return verifyAlreadyBooked(run)
  if (rule.nothingBooked) run.patch({ sent: null })
  if (mayHaveBooked(reason)) run.patch({ unsureAt: run.row().unsureAt ?? run.row().sent?.at ?? now })
  if (sending.early && !rule.nothingBooked) {
    const found = await lookForBooking(run)
    if (found) return found
  }
  // Before the opening a rejection of the class is not final.
  if (rule.subject === 'class' && (sending.early || reason === 'not-open-yet'))
    if (now < openingByOurClock(run.row(), sending.found)) return untilOpening(run, sending.found)
  if (reason === 'class-gone' && sending.stale) {
    run.patch({ slot: null })
    return { end: 'later', at: now, stage: 'retrying', reason }
  }
  if (reason === 'full') return isFull(run, failure)
  if (reason === 'class-gone') return nextWish(run, failure)
  const outcome = afterFailure(run, failure, bookingBounds(run.row()))
  if (outcome.end === 'failed' && rule.subject === 'class') return nextWish(run, failure)
  if (outcome.end === 'later' && rule.inPage) return { ...outcome, patch: { inPage: true } }
  return outcome
}

/** What booking one wish leaves in the action, cleared before the next wish. */
const cleared = { slot: null, sent: null, unsureAt: null, inPage: false, failures: {} }

/** The wish is full: the schedule that everybody sees says so, and the next wish is tried. */
async function isFull(run: ActionRun, why: Parameters<typeof nextWish>[1]): Promise<Outcome> {
  try {
    await markFull(run.ctx.d1, wishOf(run.row()))
  } catch (error) {
    log('warn', 'full-not-noted', { error: describeError(error) })
  }
  return nextWish(run, why)
}

/** Passes to the next wish; after the last one retries, watches, or fails. */
function nextWish(
  run: ActionRun,
  why: { reason: ActionRow['reason']; message?: string | undefined },
): Outcome {
  const { ctx } = run
  const row = run.row()
  const now = ctx.clock.now()
  const reason = why.reason ?? 'refused'
  const unsettled = untilSettled(run, { reason, message: why.message })
  if (unsettled) return unsettled
  const next = row.wishes[row.wishIndex + 1]
  if (next) {
    const at = nextStepAt(opensAt(next.date), false, now)
    const stage = at > now ? 'opening' : 'queued'
    return { end: 'later', at, stage, patch: { ...cleared, wishIndex: row.wishIndex + 1 } }
  }
  const again = reason === 'refused' ? untilExplained(run, why.message) : null
  if (again) return again
  if (row.watchUntil !== null && now < watchLimit(row)) {
    // Who has just asked sees it under the request itself.
    if (row.weeklyId !== null || now - row.createdAt > LONG_AGO)
      notify(ctx, eventOf(ctx, `watching:${row.id}`), { what: 'watching', actionId: row.id })
    return nextWatch(run, { ...cleared, watching: true })
  }
  run.patch({ wishIndex: 0 })
  return { end: 'failed', reason, message: why.message }
}

/**
 * The site offers the class and rejects it without a reason that we know: retries all wishes, with growing pauses.
 * @returns null when the preferred class is too near to be of use
 */
function untilExplained(run: ActionRun, message: string | undefined): Later | null {
  const { failures, wishes } = run.row()
  const before = failures.unexplained ?? 0
  const pause = UNEXPLAINED[Math.min(before, UNEXPLAINED.length - 1)] ?? MINUTE
  const at = run.ctx.clock.now() + pause
  const first = wishes[0]
  if (!first || at >= usefulUntil(first)) return null
  // One try a wish from now on: the quick retries are used up.
  const counted = { unexplained: before + 1, refused: QUICK_TRIES }
  return {
    end: 'later',
    at,
    stage: 'retrying',
    reason: 'refused',
    message,
    patch: { slot: null, sent: null, inPage: false, wishIndex: 0, failures: counted },
  }
}
