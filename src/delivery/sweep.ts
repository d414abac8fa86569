import { sql } from 'drizzle-orm'
import { type Database, transact } from '../db/client.ts'
import { traceId } from '../platform/id.ts'
import { log } from '../platform/log.ts'
import { SECOND } from '../platform/time.ts'
import { nextDeliveryAt } from './delivery-store.ts'
import type { AvailabilityNudge } from './outbox.ts'

/** An alert that waits longer than this has lost its nudge. */
const OVERDUE_MS = 5 * SECOND
/** Alerts nudged by one sweep; a queue takes as many in one call. */
const MAX_NUDGES = 100
/** Pages of digests made by one sweep: ten thousand chats whose quiet hours end together are served at once. */
const MAX_DIGEST_PAGES = 20

export interface SweepContext {
  db: Database
  now: number
  /** Makes a page of digests of what was held back in quiet hours. @returns how many; 0: there are no more */
  mergeHeld(db: Database, trace: string, now: number): Promise<number>
  nudge(trace: string): Promise<void>
  nudgeAlerts(nudges: AvailabilityNudge[]): Promise<void>
}

/** Each minute: finds what no nudge reached (a crash, a lost message, the end of quiet hours) and nudges again. */
export async function sweep({ db, now, mergeHeld, nudge, nudgeAlerts }: SweepContext): Promise<void> {
  const trace = traceId()
  const [waiting] = await transact(db, [
    sql`SELECT id, trace FROM alerts WHERE fanned_out_at IS NULL AND created_at <= ${now - OVERDUE_MS}
        ORDER BY created_at LIMIT ${MAX_NUDGES}`,
  ])
  const overdue = (waiting?.results ?? []).map((row) => ({
    version: 1 as const,
    alertId: String(row.id),
    trace: String(row.trace),
  }))
  if (overdue.length > 0) await nudgeAlerts(overdue)
  let digests = 0
  for (let page = 0; page < MAX_DIGEST_PAGES; page++) {
    const made = await mergeHeld(db, trace, now)
    digests += made
    if (made === 0) break
  }
  const dueAt = await nextDeliveryAt(db, now)
  const due = dueAt !== undefined && dueAt <= now
  if (due) await nudge(trace)
  if (overdue.length > 0 || digests > 0)
    log('info', 'sweep', { trace, overdue: overdue.length, digests, due })
}
