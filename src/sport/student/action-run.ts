import { tally } from '../../db/tally.ts'
import { describeError, log } from '../../platform/log.ts'
import { MINUTE, SECOND } from '../../platform/time.ts'
import { opensAt, precheckAt, prepareAt } from '../opening.ts'
import { isOver } from '../states.ts'
import {
  type ActionRow,
  forgetTimers,
  getAction,
  LONG_AGO,
  moveAction,
  patchAction,
  showProgress,
  targetOf,
} from './actions.ts'
import { book } from './book-class.ts'
import { recordHistory } from './booking-history.ts'
import { cancel, check, dryRun, link } from './jobs.ts'
import { forgetCandidate } from './linked-account.ts'
import { eventOf, notify } from './notifications.ts'
import { clearTimer, preferences, setTimer, setTimerBy } from './object-store.ts'
import {
  type ActionRun,
  actionRun,
  BLACKOUT_PAUSE,
  type Later,
  type Outcome,
  releaseLock,
  SHOWN_ATTEMPTS,
  StoodAside,
  Superseded,
  type Task,
  takeLock,
  task,
} from './site-task.ts'
import type { StudentContext } from './student-context.ts'
import { occurrenceBooked, occurrenceMissed } from './weekly-bookings.ts'
import { questionBehind, showQuestion, wasAsked } from './weekly-questions.ts'

/** An action whose run crashed this often fails: something about it crashes the object. */
const MAX_CRASHES = 5
/** Bugs in a row before an action fails. */
const MAX_BUGS = 3
const LOCK_RETRY = 2 * SECOND
/** A message of its own waits this long for the caller to attach the action to a message. */
const ATTACH_GRACE = 10 * SECOND
/** A retry this soon is not shown. */
const QUICK_RETRY = 30 * SECOND
/** After this long a booking or a cancellation still being retried gets one message of its own. */
const DELAYED_AFTER = 3 * MINUTE

const kinds: Record<ActionRow['kind'], (run: ActionRun) => Promise<Outcome>> = {
  book,
  cancel,
  check,
  link,
  'dry-run': dryRun,
}

/** Runs an action, or continues it, and records the outcome. Does nothing when the action is over. */
export async function runAction(ctx: StudentContext, id: number, owner: string): Promise<void> {
  const row = getAction(ctx, id)
  if (!row || isOver(row.status)) return
  if (!takeLock(ctx, owner)) return setTimer(ctx, `action:${id}`, ctx.clock.now() + LOCK_RETRY)
  try {
    const recovered = row.status === 'processing'
    const begun = {
      worker: owner,
      attempts: row.attempts + 1,
      startedAt: row.startedAt ?? ctx.clock.now(),
      crashes: row.crashes + (recovered ? 1 : 0),
    }
    if (recovered) patchAction(ctx, id, begun)
    else moveAction(ctx, row, 'processing', begun)
    const run = actionRun(ctx, id, owner, recovered)
    const outcome = await outcomeOf(run)
    settle(ctx, run.row(), outcome)
  } catch (error) {
    if (!(error instanceof Superseded)) throw error
  } finally {
    releaseLock(ctx, owner)
  }
}

async function outcomeOf(run: ActionRun): Promise<Outcome> {
  const row = run.row()
  if (row.crashes > MAX_CRASHES) return { end: 'failed', reason: 'internal' }
  try {
    return await kinds[row.kind](run)
  } catch (error) {
    if (error instanceof Superseded) throw error
    if (error instanceof StoodAside) return afterOpening(run, row)
    log('error', 'action-broke', { action: row.id, kind: row.kind, error: describeError(error) })
    const bugs = (run.row().failures.internal ?? 0) + 1
    if (bugs >= MAX_BUGS) return { end: 'failed', reason: 'internal' }
    const failures = { ...run.row().failures, internal: bugs }
    const at = run.ctx.clock.now() + MINUTE
    return { end: 'later', at, stage: 'retrying', reason: 'internal', patch: { failures } }
  }
}

/** The action stood aside for an opening: it begins again afterwards, and looks as it did before. */
const afterOpening = ({ ctx }: ActionRun, { stage, reason, message }: ActionRow): Later => ({
  end: 'later',
  at: ctx.clock.now() + BLACKOUT_PAUSE,
  stage,
  ...(reason && { reason }),
  ...(message !== null && { message }),
})

/** Records how a run ended, and all consequences. */
function settle(ctx: StudentContext, row: ActionRow, outcome: Outcome): void {
  if (outcome.end === 'later') {
    wait(ctx, row, outcome)
    return
  }
  const { reason, message } =
    outcome.end === 'completed'
      ? { reason: null, message: null }
      : { reason: outcome.reason, message: outcome.end === 'failed' ? (outcome.message ?? null) : null }
  const over = moveAction(ctx, row, outcome.end, {
    stage: 'done',
    worker: null,
    slot: null,
    reason,
    message,
    completedAt: ctx.clock.now(),
    ...(outcome.end === 'completed' && outcome.bookingId !== undefined && { bookingId: outcome.bookingId }),
    ...(outcome.end === 'completed' && outcome.dryRun && { dryRun: outcome.dryRun }),
  })
  forgetTimers(ctx, row.id)
  if (row.kind === 'link') forgetCandidate(ctx, row.id)
  tally.add(`action:${row.kind}:${outcome.end}${reason === null ? '' : `:${reason}`}`)
  log('info', 'action-over', { action: row.id, kind: row.kind, status: over.status, reason })
  follow(ctx, over)
  report(ctx, over)
}

/** Back to `pending` until its time comes. */
function wait(ctx: StudentContext, row: ActionRow, outcome: Later): void {
  const pending = moveAction(ctx, row, 'pending', {
    worker: null,
    stage: outcome.stage,
    reason: outcome.reason ?? null,
    message: outcome.message ?? null,
    ...outcome.patch,
  })
  if (outcome.at === null) clearTimer(ctx, `action:${row.id}`)
  else setTimer(ctx, `action:${row.id}`, outcome.at)
  const target = targetOf(pending)
  const opening = target ? opensAt(target.date) : 0
  if (outcome.stage === 'opening' && ctx.clock.now() < prepareAt(opening))
    setTimerBy(ctx, `precheck:${row.id}`, Math.max(precheckAt(opening), ctx.clock.now()))
  if (!isRoutine(ctx, row, outcome)) showProgress(ctx, pending)
  if (isDelayed(ctx, pending))
    notify(ctx, eventOf(ctx, `delayed:${row.id}`), { what: 'delayed', actionId: row.id })
}

/** True when the progress message need not change: another look of a watch, another quick retry. */
function isRoutine(ctx: StudentContext, row: ActionRow, outcome: Later): boolean {
  if (row.watching) return outcome.stage === 'watching'
  const soon = outcome.at !== null && outcome.at - ctx.clock.now() < QUICK_RETRY
  return row.attempts > SHOWN_ATTEMPTS && soon && row.reason === (outcome.reason ?? null)
}

/**
 * True when the student should be notified of a delay: the site rejects the booking without a known reason, or failures
 * last.
 */
function isDelayed(ctx: StudentContext, row: ActionRow): boolean {
  const target = row.kind === 'book' || row.kind === 'cancel' ? targetOf(row) : null
  if (!target || row.stage !== 'retrying' || row.watching) return false
  if (row.reason === 'refused') return (row.failures.refused ?? 0) > 1
  const since = row.kind === 'book' ? Math.max(opensAt(target.date), row.createdAt) : row.createdAt
  return ctx.clock.now() - since >= DELAYED_AFTER
}

/** Updates history, weekly bookings and questions. */
function follow(ctx: StudentContext, row: ActionRow): void {
  const { id: actionId, weeklyId, reason } = row
  const target = row.kind === 'book' || row.kind === 'cancel' ? targetOf(row) : null
  if (!target) return
  if (row.kind === 'book') {
    if (row.status === 'completed') {
      recordHistory(ctx, 'booked', target, { actionId, weeklyId })
      if (row.bookingId !== null) occurrenceBooked(ctx, row, row.bookingId)
      return
    }
    recordHistory(ctx, 'not-booked', target, { actionId, weeklyId, reason })
    occurrenceMissed(ctx, row)
    if (row.sent) setTimerBy(ctx, 'sync', ctx.clock.now() + MINUTE)
    return
  }
  const question = row.bookingId === null ? undefined : questionBehind(ctx, row.bookingId)
  const done = row.status === 'completed'
  recordHistory(ctx, done ? (question ? 'released' : 'cancelled') : 'not-cancelled', target, {
    actionId,
    weeklyId,
    reason,
  })
  if (question && wasAsked(question)) showQuestion(ctx, question.id)
}

/** True when the message that asked about the booking says what became of it. */
function toldByQuestion(ctx: StudentContext, { bookingId }: ActionRow): boolean {
  const question = bookingId === null ? undefined : questionBehind(ctx, bookingId)
  return question !== undefined && wasAsked(question)
}

function needsWords(ctx: StudentContext, row: ActionRow): boolean {
  if (row.status === 'cancelled') return false
  if (row.status === 'failed' || row.weeklyId === null) return true
  if (row.kind === 'book') return preferences(ctx).tellSuccess
  // A weekly booking that is skipped gives its place back before anything was asked: nothing else would say so.
  return row.kind === 'cancel' && !toldByQuestion(ctx, row)
}

/** Reports how an action ended: in its progress message, and in a message of its own when that one is old. */
function report(ctx: StudentContext, row: ActionRow): void {
  showProgress(ctx, row)
  if (!needsWords(ctx, row)) return
  const took = (row.completedAt ?? 0) - row.createdAt
  if (row.weeklyId !== null || took > LONG_AGO) notifyOutcome(ctx, row)
  else if (row.messageId === null) setTimer(ctx, `outcome:${row.id}`, ctx.clock.now() + ATTACH_GRACE)
}

const notifyOutcome = (ctx: StudentContext, row: ActionRow) =>
  notify(ctx, eventOf(ctx, `outcome:${row.id}`), { what: 'outcome', actionId: row.id })

/** Sends a message about an action that ended before a message was attached to it. */
export function notifyUnattached(ctx: StudentContext, id: number): void {
  const row = getAction(ctx, id)
  if (row && row.messageId === null) notifyOutcome(ctx, row)
}

/** Runs work that belongs to no action, under the lock. @returns false when it has to wait: the lock was not free, or an opening is near */
export async function runTask(
  ctx: StudentContext,
  owner: string,
  run: (task: Task) => Promise<void>,
): Promise<boolean> {
  if (!takeLock(ctx, owner)) return false
  try {
    await run(task(ctx, owner))
  } catch (error) {
    if (error instanceof StoodAside) return false
    if (!(error instanceof Superseded)) throw error
  } finally {
    releaseLock(ctx, owner)
  }
  return true
}
