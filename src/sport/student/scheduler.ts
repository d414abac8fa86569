import { describeError, log } from '../../platform/log.ts'
import { HOUR, MINUTE, SECOND } from '../../platform/time.ts'
import { inOpeningBlackout } from '../opening.ts'
import { notifyUnattached, runAction, runTask } from './action-run.ts'
import { canWait, getAction, openingsAhead } from './actions.ts'
import { firstSchedule, precheck, sync } from './jobs.ts'
import { deleteOldNotifications } from './notifications.ts'
import {
  deleteOldRequestKeys,
  dueTimers,
  postponeTimer,
  setTimer,
  type TimerRow,
  timerServed,
} from './object-store.ts'
import { registerStudent } from './registration.ts'
import { forgetWhatIsOver } from './retention.ts'
import { evidence } from './schema.ts'
import { saveSiteIncidents } from './site-incidents.ts'
import { BLACKOUT_PAUSE } from './site-task.ts'
import type { StudentContext } from './student-context.ts'
import { plan } from './weekly-bookings.ts'
import { ask, expireQuestion } from './weekly-questions.ts'

/** An alarm may run for 15 minutes: after this the next alarm continues. */
const LONGEST = 10 * MINUTE
const MAX_ROUNDS = 200
const LOCK_RETRY = 2 * SECOND
const TIDY_EVERY = 24 * HOUR

/** Serves every timer that is due, one after the other. A timer whose run throws is retried after growing pauses. */
export async function serveTimers(ctx: StudentContext, instance: string): Promise<void> {
  const until = ctx.clock.now() + LONGEST
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const now = ctx.clock.now()
    const row = dueTimers(ctx, now)[0]
    if (!row || now > until) return
    if (mayWait(ctx, row) && inOpeningBlackout(openingsAhead(ctx), now)) {
      postponeTimer(ctx, row, now + BLACKOUT_PAUSE, false)
      continue
    }
    try {
      await serve(ctx, row, `${instance}/${round}-${now}`)
      timerServed(ctx, row)
    } catch (error) {
      const pause = Math.min(5 * SECOND * 2 ** row.failures, 10 * MINUTE)
      postponeTimer(ctx, row, ctx.clock.now() + pause, true)
      log('warn', 'timer-failed', {
        timer: row.name,
        failures: row.failures + 1,
        error: describeError(error),
      })
    }
  }
}

/** True for work with the site that must not overlap the beginning of a race. */
function mayWait(ctx: StudentContext, row: TimerRow): boolean {
  const [subject, id] = row.name.split(':')
  if (subject === 'sync' || subject === 'precheck' || subject === 'courses') return true
  if (subject !== 'action') return false
  const action = getAction(ctx, Number(id))
  return action !== undefined && canWait(action, ctx.clock.now())
}

async function serve(ctx: StudentContext, row: TimerRow, owner: string): Promise<void> {
  const [subject = '', number] = row.name.split(':')
  const id = Number(number)
  const busy = () => setTimer(ctx, row.name as 'sync', ctx.clock.now() + LOCK_RETRY)
  switch (subject) {
    case 'action':
      return runAction(ctx, id, owner)
    case 'precheck':
      if (!(await runTask(ctx, owner, (task) => precheck(task, id)))) busy()
      return
    case 'sync':
      setTimer(ctx, 'sync', ctx.clock.now() + HOUR)
      if (!(await runTask(ctx, owner, sync))) busy()
      return
    case 'courses':
      if (!(await runTask(ctx, owner, firstSchedule))) busy()
      return
    case 'outcome':
      return notifyUnattached(ctx, id)
    case 'ask':
      return ask(ctx, id)
    case 'deadline':
      return expireQuestion(ctx, id)
    case 'plan':
      return plan(ctx)
    case 'outbox':
      return ctx.flush()
    case 'register':
      return registerStudent(ctx)
    case 'markup':
      return saveSiteIncidents(ctx)
    case 'tidy':
      deleteOldRequestKeys(ctx)
      deleteOldNotifications(ctx)
      ctx.db.delete(evidence).run()
      forgetWhatIsOver(ctx)
      setTimer(ctx, 'tidy', ctx.clock.now() + TIDY_EVERY)
      return
    default:
      log('error', 'timer-unknown', { timer: row.name })
  }
}
