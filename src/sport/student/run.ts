import { tally } from '../../db/tally.ts'
import { describeError, log } from '../../platform/log.ts'
import { MINUTE, SECOND } from '../../platform/time.ts'
import { opensAt, precheckAt, prepareAt } from '../opening.ts'
import { isOver } from '../states.ts'
import {
  type ActionRow,
  forgetTimers,
  getAction,
  moveAction,
  patchAction,
  showProgress,
  targetOf,
} from './actions.ts'
import { book } from './book.ts'
import { questionBehind, showQuestion } from './confirmations.ts'
import type { Desk } from './desk.ts'
import { cancel, check, dryRun, link } from './errands.ts'
import { remember } from './history.ts'
import { releaseLock, takeLock } from './lock.ts'
import { eventOf, tell } from './notices.ts'
import { preferences } from './preferences.ts'
import { forgetCandidate } from './session-store.ts'
import { clearTimer, setTimer, setTimerBy } from './timers.ts'
import { occurrenceBooked, occurrenceMissed } from './weekly.ts'
import { type Errand, errand, type Later, type Outcome, Superseded, type Work, workOn } from './work.ts'

/** An action found dead in the middle this often is given up: something about it kills us. */
const MAX_CRASHES = 5
/** Bugs in a row in one action before it is given up. */
const MAX_BUGS = 3
const LOCK_RETRY = 2 * SECOND
/** A message of its own waits this long for the caller to attach the action to a message. */
const ATTACH_GRACE = 10 * SECOND
/** What took longer than this is told in a message of its own, besides the edit of the old one. */
const LONG_AGO = 2 * MINUTE

const kinds: Record<ActionRow['kind'], (work: Work) => Promise<Outcome>> = {
  book,
  cancel,
  check,
  link,
  'dry-run': dryRun,
}

/** Takes an action up, or up again, and writes down how it went. A run for an action that is over does nothing. */
export async function runAction(desk: Desk, id: number, owner: string): Promise<void> {
  const row = getAction(desk, id)
  if (!row || isOver(row.status)) return
  if (!takeLock(desk, owner)) return setTimer(desk, `action:${id}`, desk.clock.now() + LOCK_RETRY)
  try {
    const recovered = row.status === 'processing'
    const begun = {
      worker: owner,
      attempts: row.attempts + 1,
      startedAt: row.startedAt ?? desk.clock.now(),
      crashes: row.crashes + (recovered ? 1 : 0),
    }
    if (recovered) patchAction(desk, id, begun)
    else moveAction(desk, row, 'processing', begun)
    const work = workOn(desk, id, owner, recovered)
    const outcome = await outcomeOf(work)
    settle(desk, work.row(), outcome)
  } catch (error) {
    if (!(error instanceof Superseded)) throw error
  } finally {
    releaseLock(desk, owner)
  }
}

async function outcomeOf(work: Work): Promise<Outcome> {
  const row = work.row()
  if (row.crashes > MAX_CRASHES) return { end: 'failed', reason: 'internal' }
  try {
    return await kinds[row.kind](work)
  } catch (error) {
    if (error instanceof Superseded) throw error
    log('error', 'action-broke', { action: row.id, kind: row.kind, error: describeError(error) })
    const bugs = (work.row().failures.internal ?? 0) + 1
    if (bugs >= MAX_BUGS) return { end: 'failed', reason: 'internal' }
    const failures = { ...work.row().failures, internal: bugs }
    const at = work.desk.clock.now() + MINUTE
    return { end: 'later', at, stage: 'retrying', reason: 'internal', patch: { failures } }
  }
}

/** Writes down how a run ended, with all that follows from it, in one go. */
function settle(desk: Desk, row: ActionRow, outcome: Outcome): void {
  if (outcome.end === 'later') {
    wait(desk, row, outcome)
    return
  }
  const { reason, message } =
    outcome.end === 'completed'
      ? { reason: null, message: null }
      : { reason: outcome.reason, message: outcome.end === 'failed' ? (outcome.message ?? null) : null }
  const over = moveAction(desk, row, outcome.end, {
    stage: 'done',
    worker: null,
    slot: null,
    reason,
    message,
    completedAt: desk.clock.now(),
    ...(outcome.end === 'completed' && outcome.bookingId !== undefined && { bookingId: outcome.bookingId }),
    ...(outcome.end === 'completed' && outcome.dryRun && { dryRun: outcome.dryRun }),
  })
  forgetTimers(desk, row.id)
  if (row.kind === 'link') forgetCandidate(desk, row.id)
  tally.add(`action:${row.kind}:${outcome.end}${reason === null ? '' : `:${reason}`}`)
  log('info', 'action-over', { action: row.id, kind: row.kind, status: over.status, reason })
  follow(desk, over)
  report(desk, over)
}

/** Back to `pending` until its time comes. */
function wait(desk: Desk, row: ActionRow, outcome: Later): void {
  const pending = moveAction(desk, row, 'pending', {
    worker: null,
    stage: outcome.stage,
    reason: outcome.reason ?? null,
    message: outcome.message ?? null,
    ...outcome.patch,
  })
  if (outcome.at === null) clearTimer(desk, `action:${row.id}`)
  else setTimer(desk, `action:${row.id}`, outcome.at)
  const target = targetOf(pending)
  const opening = target ? opensAt(target.date) : 0
  if (outcome.stage === 'opening' && desk.clock.now() < prepareAt(opening))
    setTimerBy(desk, `precheck:${row.id}`, Math.max(precheckAt(opening), desk.clock.now()))
  const sameLook = row.watching && outcome.stage === 'watching'
  if (!sameLook) showProgress(desk, pending)
}

/** What follows for history, weekly bookings and questions. */
function follow(desk: Desk, row: ActionRow): void {
  const { id: actionId, weeklyId, reason } = row
  const target = row.kind === 'book' || row.kind === 'cancel' ? targetOf(row) : null
  if (!target) return
  if (row.kind === 'book') {
    if (row.status === 'completed') {
      remember(desk, 'booked', target, { actionId, weeklyId })
      if (row.bookingId !== null) occurrenceBooked(desk, row, row.bookingId)
      return
    }
    remember(desk, 'not-booked', target, { actionId, weeklyId, reason })
    occurrenceMissed(desk, row)
    if (row.sent) setTimerBy(desk, 'sync', desk.clock.now() + MINUTE)
    return
  }
  const question = row.bookingId === null ? undefined : questionBehind(desk, row.bookingId)
  const done = row.status === 'completed'
  remember(desk, done ? (question ? 'released' : 'cancelled') : 'not-cancelled', target, {
    actionId,
    weeklyId,
    reason,
  })
  if (question) showQuestion(desk, question.id)
}

const needsWords = (row: ActionRow, tellSuccess: boolean): boolean => {
  if (row.status === 'cancelled') return false
  if (row.status === 'failed') return true
  return row.kind === 'book' ? tellSuccess || row.weeklyId === null : row.weeklyId === null
}

/** Says how an action ended: in the message that shows it, and in one of its own when nobody looks at that any more. */
function report(desk: Desk, row: ActionRow): void {
  showProgress(desk, row)
  if (!needsWords(row, preferences(desk).tellSuccess)) return
  const took = (row.completedAt ?? 0) - row.createdAt
  if (row.weeklyId !== null || took > LONG_AGO) tellOutcome(desk, row)
  else if (row.messageId === null) setTimer(desk, `outcome:${row.id}`, desk.clock.now() + ATTACH_GRACE)
}

const tellOutcome = (desk: Desk, row: ActionRow) =>
  tell(desk, eventOf(desk, `outcome:${row.id}`), { what: 'outcome', actionId: row.id })

/** An action that ended before a message was attached to it is told in one of its own. */
export function tellUnattached(desk: Desk, id: number): void {
  const row = getAction(desk, id)
  if (row && row.messageId === null) tellOutcome(desk, row)
}

/** Runs work that belongs to no action, under the lock. @returns false when the lock was not free */
export async function runErrand(
  desk: Desk,
  owner: string,
  work: (errand: Errand) => Promise<void>,
): Promise<boolean> {
  if (!takeLock(desk, owner)) return false
  try {
    await work(errand(desk, owner))
  } catch (error) {
    if (!(error instanceof Superseded)) throw error
  } finally {
    releaseLock(desk, owner)
  }
  return true
}
