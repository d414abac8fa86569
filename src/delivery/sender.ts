import { transact } from '../db/database.ts'
import { traceId } from '../platform/id.ts'
import { nextDueAt } from './claimed-deliveries.ts'
import { SendRun } from './send-run.ts'
import type { SendReport } from './send-stats.ts'
import type { SenderContext } from './sender-context.ts'
import { holdSenderLease, type LeaseAnswer, releaseLease } from './sender-lease.ts'

/** A nudge is delayed by at most this (s); the sweep finds what is due later. */
const MAX_NUDGE_SECONDS = 600
/** How often, and how many times, a successor looks whether the run before it has ended. */
const LOOK_EVERY_MS = 250
const MAX_LOOKS = 20

/** Takes the lease; waits for it a little when the run that holds it is about to end. */
async function takeLease({ db, clock }: SenderContext, token: string): Promise<LeaseAnswer> {
  for (let look = 1; ; look++) {
    const lease = await holdSenderLease(db, token, clock.now())
    if (lease.held || !lease.finishing || look === MAX_LOOKS) return lease
    await clock.sleep(LOOK_EVERY_MS)
  }
}

/**
 * Sends all that is due, at each channel's one rate, until nothing is due or the invocation's budget is spent; then a
 * successor goes on. Only one run works at a time: while another one holds the lease this returns at once, and nudges
 * again for when that lease ends.
 * @returns what was sent; undefined when another run is at work
 * @throws when the database is out of reach
 */
export async function sendDue(context: SenderContext): Promise<SendReport | undefined> {
  const { db, clock } = context
  const token = traceId()
  const nudgeAt = (at: number) =>
    context.nudge(Math.min(Math.max(0, Math.ceil((at - clock.now()) / 1_000)), MAX_NUDGE_SECONDS))
  const lease = await takeLease(context, token)
  if (!lease.held) {
    await nudgeAt(lease.until + 1)
    return undefined
  }
  const run = new SendRun(context, token, lease.learned)
  try {
    return await run.work()
  } finally {
    if (!run.released) await transact(db, [releaseLease(token)])
    if (!run.successorCalled) {
      const next = run.resumesAt(await nextDueAt(db))
      if (next !== undefined) await nudgeAt(next)
    }
  }
}
