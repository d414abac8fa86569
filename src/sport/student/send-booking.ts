import { log } from '../../platform/log.ts'
import { opensAt } from '../opening.ts'
import type { ClassSlot, SiteResult, SiteSession } from '../site/site-model.ts'
import { wishOf } from './actions.ts'
import type { ActionRun } from './site-task.ts'

/** After one of these answers the booking may have been made all the same. */
const UNSURE: readonly string[] = ['answer-lost', 'site-down', 'markup-changed']

/** True when a booking that ended with this reason may have been made. */
export const mayHaveBooked = (reason: string): boolean => UNSURE.includes(reason)

/**
 * Sends the booking of a slot: as a race at the opening, or at once. `sent` is written to the action first, so that a
 * crash during the request leaves a trace.
 */
export async function sendBooking(
  run: ActionRun,
  slot: ClassSlot,
  { raced }: { raced: boolean },
): Promise<SiteResult<null>> {
  const { ctx } = run
  const { inPage } = run.row()
  const opening = opensAt(wishOf(run.row()).date)
  run.patch({ sent: { appointmentId: slot.appointmentId, at: ctx.clock.now() } })
  run.stage('booking')
  const result = await run.inside(inPage ? 'book-in-page' : 'book', (session) => {
    if (inPage) return ctx.site.bookInPage(session, slot)
    return raced ? race(run, session, slot, opening) : ctx.site.book(session, slot, { opensAt: opening })
  })
  if (result.ok) run.patch({ sent: { appointmentId: slot.appointmentId, at: ctx.clock.now(), ok: true } })
  return result
}

/** Repeats the booking request around the opening (`booking-race.ts`). */
async function race(
  run: ActionRun,
  session: SiteSession,
  slot: ClassSlot,
  opening: number,
): Promise<SiteResult<null>> {
  const { site, clock } = run.ctx
  const raced = await run.ctx.race({ site, session, slot, opensAt: opening, clock })
  const { result, attempts, serverClock } = raced
  const last = attempts.at(-1)
  log('info', 'race-over', {
    requests: attempts.length,
    answer: last?.answer,
    afterOpeningMs: (last?.answeredAt ?? clock.now()) - opening,
    siteAheadMs: serverClock?.offsetMs,
  })
  const lost = attempts.find(({ answer }) => mayHaveBooked(answer) || answer === 'already-booked')
  if (lost) run.patch({ unsureAt: lost.sentAt })
  return result.ok && raced.session !== session ? { ...result, renewed: raced.session } : result
}
