import { describeError, log } from '../../platform/log.ts'
import { HOUR, MINUTE, SECOND } from '../../platform/time.ts'
import { calmNeeded } from '../opening.ts'
import { getAction, openingsAhead } from './actions.ts'
import { ask, lapse } from './confirmations.ts'
import { firstCourses } from './courses.ts'
import type { Desk } from './desk.ts'
import { precheck, sync } from './errands.ts'
import { forgetOldEvidence, reportMarkup } from './evidence.ts'
import { forgetOldNotices } from './notices.ts'
import { register } from './register.ts'
import { forgetOldRequests } from './requests.ts'
import { runAction, runErrand, tellUnattached } from './run.ts'
import { dueTimers, postponeTimer, setTimer, type TimerRow, timerServed } from './timers.ts'
import { plan } from './weekly.ts'

/** An alarm may run for 15 minutes: what is left after this goes to the next one. */
const LONGEST = 10 * MINUTE
const MAX_ROUNDS = 200
const LOCK_RETRY = 2 * SECOND
const CALM_PAUSE = 30 * SECOND
const TIDY_EVERY = 24 * HOUR

/** Serves every timer that is due, one after the other. A timer whose run throws is tried again later, ever rarer. */
export async function serveTimers(desk: Desk, instance: string): Promise<void> {
  const until = desk.clock.now() + LONGEST
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const now = desk.clock.now()
    const row = dueTimers(desk, now)[0]
    if (!row || now > until) return
    if (canWait(desk, row) && calmNeeded(openingsAhead(desk), now)) {
      postponeTimer(desk, row, now + CALM_PAUSE, false)
      continue
    }
    try {
      await serve(desk, row, `${instance}/${round}-${now}`)
      timerServed(desk, row)
    } catch (error) {
      const pause = Math.min(5 * SECOND * 2 ** row.failures, 10 * MINUTE)
      postponeTimer(desk, row, desk.clock.now() + pause, true)
      log('warn', 'timer-failed', {
        timer: row.name,
        failures: row.failures + 1,
        error: describeError(error),
      })
    }
  }
}

/** Work with the site that nothing hurries must not be under way when a race begins. */
function canWait(desk: Desk, row: TimerRow): boolean {
  const [subject, id] = row.name.split(':')
  if (subject === 'sync' || subject === 'precheck' || subject === 'courses') return true
  if (subject !== 'action') return false
  const action = getAction(desk, Number(id))
  return action?.kind === 'check' || action?.kind === 'dry-run' || action?.watching === true
}

async function serve(desk: Desk, row: TimerRow, owner: string): Promise<void> {
  const [subject = '', number] = row.name.split(':')
  const id = Number(number)
  const busy = () => setTimer(desk, row.name as 'sync', desk.clock.now() + LOCK_RETRY)
  switch (subject) {
    case 'action':
      return runAction(desk, id, owner)
    case 'precheck':
      if (!(await runErrand(desk, owner, (errand) => precheck(errand, id)))) busy()
      return
    case 'sync':
      setTimer(desk, 'sync', desk.clock.now() + HOUR)
      if (!(await runErrand(desk, owner, sync))) busy()
      return
    case 'courses':
      if (!(await runErrand(desk, owner, firstCourses))) busy()
      return
    case 'outcome':
      return tellUnattached(desk, id)
    case 'ask':
      return ask(desk, id)
    case 'deadline':
      return lapse(desk, id)
    case 'plan':
      return plan(desk)
    case 'outbox':
      return desk.flush()
    case 'register':
      return register(desk)
    case 'markup':
      return reportMarkup(desk)
    case 'tidy':
      forgetOldRequests(desk)
      forgetOldNotices(desk)
      setTimer(desk, 'tidy', desk.clock.now() + TIDY_EVERY)
      forgetOldEvidence(desk)
      return
    default:
      log('error', 'timer-unknown', { timer: row.name })
  }
}
