import { opensAt, startLineAt, usefulUntil } from '../opening.ts'
import { decide } from '../reasons.ts'
import type { SiteFailure } from '../site/site-model.ts'
import { type ActionRow, wishOf } from './actions.ts'
import { readAccount } from './linked-account.ts'
import { eventOf, notify } from './notifications.ts'
import { readValue, writeValue } from './object-store.ts'
import type { NoSession } from './site-session.ts'
import { type ActionRun, type Outcome, reasonOf } from './site-task.ts'
import type { StudentContext } from './student-context.ts'

/** Until when an action is retried, and the opening that a retry must not miss. Both epoch ms. */
export interface Bounds {
  usefulUntil: number
  opensAt: number | null
}

/** For actions without a deadline: only the reason's own rule limits the retries. */
export const unbounded: Bounds = { usefulUntil: Number.POSITIVE_INFINITY, opensAt: null }

/** The bounds of booking the class whose turn it is. */
export function bookingBounds(row: ActionRow): Bounds {
  const wish = wishOf(row)
  return { usefulUntil: usefulUntil(wish), opensAt: opensAt(wish.date) }
}

/** Counts a failure. @returns how often it came before */
export function countFailure(run: ActionRun, reason: string): number {
  const { failures } = run.row()
  const before = failures[reason] ?? 0
  run.patch({ failures: { ...failures, [reason]: before + 1 } })
  return before
}

/** What an action does after a failure that is not about its class. */
export function afterFailure(run: ActionRun, failure: SiteFailure, bounds: Bounds): Outcome {
  const { ctx } = run
  const before = countFailure(run, failure.reason)
  const decision = decide(failure.reason, {
    ...bounds,
    before,
    now: ctx.clock.now(),
    random: ctx.random(),
    retryAfterMs: failure.retryAfterMs,
  })
  if (decision.do === 'retry') {
    const at = notPastOpening(decision.at, bounds.opensAt, ctx.clock.now())
    return { end: 'later', at, stage: 'retrying', ...reasonOf(failure) }
  }
  // The site's clock seemed ahead of the nominal opening, and was not.
  if (decision.do === 'wait' && decision.for === 'opening')
    return { end: 'later', at: decision.until, stage: 'opening', ...reasonOf(failure) }
  return { end: 'failed', ...reasonOf(failure) }
}

/** A retry happens no later than the next step before the opening. All epoch ms. */
function notPastOpening(at: number, opening: number | null, now: number): number {
  if (opening === null || now >= opening) return at
  return Math.min(at, now < startLineAt(opening) ? startLineAt(opening) : opening)
}

/** What an action does when it got no session. */
export function withoutSession(run: ActionRun, none: NoSession, bounds: Bounds): Outcome {
  switch (none.why) {
    case 'failure':
      return afterFailure(run, none.failure, bounds)
    case 'session-needed':
      notifySessionNeeded(run.ctx)
      return { end: 'failed', reason: 'session-needed' }
    case 'not-linked':
      return { end: 'failed', reason: 'not-linked' }
  }
}

/** Notifies once that the pasted session expired and how to renew it. */
export function notifySessionNeeded(ctx: StudentContext): void {
  if (readValue(ctx, 'session-told')) return
  writeValue(ctx, 'session-told', true)
  notify(ctx, eventOf(ctx, `session-needed:${ctx.clock.now()}`), { what: 'session-needed' })
}

/** Notifies once that the site refuses the account, when no action's own message says so. */
export function notifyBlocked(ctx: StudentContext): void {
  const row = readAccount(ctx)
  if (row?.blockedBy)
    notify(ctx, eventOf(ctx, `blocked:${row.linkedAt}:${row.blockedBy}`), {
      what: 'blocked',
      reason: row.blockedBy,
    })
}
