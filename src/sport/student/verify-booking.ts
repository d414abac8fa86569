import { HOUR, MINUTE, SECOND } from '../../platform/time.ts'
import { findBooking } from '../class-match.ts'
import { type ActionRow, wishOf } from './actions.ts'
import { keepBooking } from './bookings.ts'
import { afterFailure, bookingBounds } from './failures.ts'
import { setTimerBy } from './object-store.ts'
import { readBookings } from './site-session.ts'
import type { ActionRun, Later, Outcome } from './site-task.ts'

/** When the site said OK and its list does not show the booking yet, the list is read again after these pauses. */
const LIST_LAG = [1, 2, 5, 10, 30, 30].map((seconds) => seconds * SECOND)
/** A booking that the site's list does not show this long after it was sent was not made. */
const LIST_SETTLES = 90 * SECOND
/** How often the list is read until then. */
const SETTLING_PAUSE = 10 * SECOND
/** The longest pause between two looks for a booking that may have been made while the list cannot be read. */
const LONGEST_DOUBT = HOUR

/** The site accepted the booking, or shows the slot as ours: the action is completed when the site's list shows it. */
export async function verify(run: ActionRun): Promise<Outcome> {
  const listed = await readList(run)
  if (listed) return listed
  const { ctx } = run
  const row = run.row()
  const before = row.failures.unseen ?? 0
  const pause = LIST_LAG[before]
  const now = ctx.clock.now()
  setTimerBy(ctx, 'sync', now + 5 * MINUTE)
  if (pause === undefined)
    return { end: 'failed', reason: row.sent?.already ? 'already-booked' : 'not-listed' }
  const failures = { ...row.failures, unseen: before + 1 }
  const sent = row.sent ?? { appointmentId: '', at: now, ok: true as const }
  return { end: 'later', at: now + pause, stage: 'verifying', patch: { failures, sent } }
}

/** The site says that the class is booked already: waits for its list, and books no alternative until then. */
export function verifyAlreadyBooked(run: ActionRun): Promise<Outcome> {
  const { sent } = run.row()
  run.patch({
    sent: { appointmentId: sent?.appointmentId ?? '', at: run.ctx.clock.now(), ok: true, already: true },
  })
  return verify(run)
}

/**
 * Completes the action when the site's list shows its booking.
 * @returns null when the list was read and does not show it: the booking may be sent again
 */
export async function lookForBooking(run: ActionRun): Promise<Outcome | null> {
  if (run.row().sent?.ok) return verify(run)
  const listed = await readList(run)
  if (listed) return listed
  const { unsureAt } = run.row()
  const settled = unsureAt !== null && run.ctx.clock.now() >= unsureAt + LIST_SETTLES
  run.patch({ sent: null, ...(settled && { unsureAt: null }) })
  return null
}

/** Reads the site's list of bookings: the outcome when it shows the class or cannot be read, else null. */
async function readList(run: ActionRun): Promise<Outcome | null> {
  const row = run.row()
  const wish = wishOf(row)
  run.stage('verifying')
  const list = await readBookings(run)
  if (!list.ok) return afterFailure(run, list.failure, bookingBounds(row))
  const shown = findBooking(list.value, wish)
  return shown ? { end: 'completed', bookingId: keepBooking(run.ctx, shown, wish, row.weeklyId).id } : null
}

/**
 * While the site's list may still come to show a booking whose answer was lost: when to look again.
 * @returns null when no answer was lost, or the list has settled
 */
export function untilSettled(run: ActionRun, why: Pick<Later, 'reason' | 'message'>): Later | null {
  const { unsureAt } = run.row()
  const now = run.ctx.clock.now()
  if (unsureAt === null || now >= unsureAt + LIST_SETTLES) return null
  return {
    end: 'later',
    at: Math.min(now + SETTLING_PAUSE, unsureAt + LIST_SETTLES),
    stage: 'verifying',
    ...why,
  }
}

/** True when the booking was sent and may have been made; false after an OK that the list did not confirm in time. */
export const inDoubt = ({ sent, failures }: ActionRow): boolean =>
  sent !== null && (failures.unseen ?? 0) < LIST_LAG.length

/**
 * Postpones a failure until the list could be read or somebody hands in a session. The first reason is kept for the
 * case that the list shows no booking.
 */
export function lookLater(run: ActionRun, { reason, message }: Extract<Outcome, { end: 'failed' }>): Later {
  const row = run.row()
  const looks = row.failures.doubt ?? 0
  const pause = Math.min(MINUTE * 2 ** looks, LONGEST_DOUBT)
  const last = bookingBounds(row).usefulUntil
  const at = reason === 'session-needed' ? last : Math.min(run.ctx.clock.now() + pause, last)
  return {
    end: 'later',
    at,
    stage: 'verifying',
    reason: looks > 0 ? (row.reason ?? reason) : reason,
    message: looks > 0 ? (row.message ?? message) : message,
    patch: { failures: { ...row.failures, doubt: looks + 1 } },
  }
}
