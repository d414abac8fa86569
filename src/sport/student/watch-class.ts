import { opensAt, startsAt, usefulUntil } from '../opening.ts'
import { nextLook, watchEnd } from '../place-watch.ts'
import { ruleOf } from '../reasons.ts'
import { type ActionPatch, type ActionRow, wishOf } from './actions.ts'
import { afterFailure } from './failures.ts'
import { findSlot } from './find-slot.ts'
import { mayHaveBooked, sendBooking } from './send-booking.ts'
import type { ActionRun, Later, Outcome } from './site-task.ts'
import { verify, verifyAlreadyBooked } from './verify-booking.ts'

/** When the watch on an action's classes ends, epoch ms. */
export const watchLimit = (row: ActionRow): number =>
  watchEnd(row.watchUntil ?? 0, Math.max(...row.wishes.map(usefulUntil)))

/** Waits for the next look; the looks become more frequent as the preferred class comes nearer. */
export function nextWatch(run: ActionRun, patch: ActionPatch = {}): Later {
  const { ctx } = run
  const row = run.row()
  const at = nextLook(ctx.clock.now(), startsAt(row.wishes[0] ?? wishOf(row)), ctx.random())
  return {
    end: 'later',
    at: Math.min(at, watchLimit(row)),
    stage: 'watching',
    patch: { wishIndex: 0, failures: {}, ...patch },
  }
}

/** One look at the watched classes, in the student's order; books the first that has a free place. */
export async function watchOnce(run: ActionRun): Promise<Outcome> {
  const { ctx } = run
  const row = run.row()
  if (ctx.clock.now() >= watchLimit(row)) return { end: 'failed', reason: 'watch-ended' }
  const bounds = { usefulUntil: watchLimit(row), opensAt: null }
  for (const [wishIndex, wish] of row.wishes.entries()) {
    const now = ctx.clock.now()
    if (now < opensAt(wish.date) || now >= usefulUntil(wish)) continue
    const read = await findSlot(run, wish)
    if (!read.ok) return afterFailure(run, read.failure, bounds)
    const slot = read.value?.slot
    if (!slot || slot.state === 'closed' || slot.places === 0) continue
    run.patch({ wishIndex })
    if (slot.state === 'mine') return verify(run)
    const result = await sendBooking(run, slot, { raced: false })
    if (result.ok) return verify(run)
    const { reason } = result.failure
    if (reason === 'already-booked') return verifyAlreadyBooked(run)
    const rule = ruleOf(reason)
    if (rule.nothingBooked || rule.subject === 'class') run.patch({ sent: null })
    // The site may keep a freed place for its own waiting list for some minutes: the watch goes on.
    if (rule.subject === 'class') continue
    if (mayHaveBooked(reason)) run.patch({ unsureAt: run.row().sent?.at ?? now })
    return afterFailure(run, result.failure, bounds)
  }
  run.patch({ wishIndex: 0 })
  return nextWatch(run)
}
