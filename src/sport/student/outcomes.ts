import { startLineAt } from '../opening.ts'
import { decide, ruleOf } from '../reasons.ts'
import type { SiteFailure } from '../site/site-model.ts'
import type { Desk } from './desk.ts'
import { readFact, writeFact } from './facts.ts'
import { eventOf, tell } from './notices.ts'
import type { NoSession } from './session.ts'
import { blockAccount, readAccount } from './session-store.ts'
import { because, type Outcome, type Work } from './work.ts'

/** What bounds the new tries of an action: both epoch ms. */
export interface Bounds {
  usefulUntil: number
  opensAt: number | null
}

/** No bounds but the reason's own: for actions that nothing hurries. */
export const unbounded: Bounds = { usefulUntil: Number.MAX_SAFE_INTEGER, opensAt: null }

/** Counts a failure. @returns how often it came before */
export function countFailure(work: Work, reason: string): number {
  const { failures } = work.row()
  const before = failures[reason] ?? 0
  work.patch({ failures: { ...failures, [reason]: before + 1 } })
  return before
}

/** What an action does after a failure that is not about its class. */
export function afterFailure(work: Work, failure: SiteFailure, bounds: Bounds): Outcome {
  const { desk } = work
  const before = countFailure(work, failure.reason)
  const decision = decide(failure.reason, {
    ...bounds,
    before,
    now: desk.clock.now(),
    random: desk.random(),
    retryAfterMs: failure.retryAfterMs,
  })
  if (decision.do === 'retry') {
    const at = notPastOpening(decision.at, bounds.opensAt, desk.clock.now())
    return { end: 'later', at, stage: 'retrying', ...because(failure) }
  }
  // The site's clock seemed ahead of the nominal opening, and was not.
  if (decision.do === 'wait' && decision.for === 'opening')
    return { end: 'later', at: decision.until, stage: 'opening', ...because(failure) }
  if (ruleOf(failure.reason).blocksAccount) blockAccount(desk, failure.reason)
  return { end: 'failed', ...because(failure) }
}

/** A new try must not oversleep the opening. All epoch ms. */
function notPastOpening(at: number, opening: number | null, now: number): number {
  if (opening === null || now >= opening) return at
  return Math.min(at, now < startLineAt(opening) ? startLineAt(opening) : opening)
}

/** What an action does when it got no session. */
export function withoutSession(work: Work, none: NoSession, bounds: Bounds): Outcome {
  switch (none.why) {
    case 'failure':
      return afterFailure(work, none.failure, bounds)
    case 'session-needed':
      tellSessionNeeded(work.desk)
      return { end: 'failed', reason: 'session-needed' }
    case 'not-linked':
      return { end: 'failed', reason: 'not-linked' }
  }
}

/** Tells once that the pasted session died and how to renew it. */
export function tellSessionNeeded(desk: Desk): void {
  if (readFact(desk, 'session-told')) return
  writeFact(desk, 'session-told', true)
  tell(desk, eventOf(desk, `session-needed:${desk.clock.now()}`), { what: 'session-needed' })
}

/** Tells once that the site refuses the account, when no action's own message says so. */
export function tellBlocked(desk: Desk): void {
  const row = readAccount(desk)
  if (row?.blockedBy)
    tell(desk, eventOf(desk, `blocked:${row.linkedAt}:${row.blockedBy}`), {
      what: 'blocked',
      reason: row.blockedBy,
    })
}
