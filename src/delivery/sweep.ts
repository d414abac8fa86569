import { sql } from 'drizzle-orm'
import { type Database, transact } from '../db/client.ts'
import { traceId } from '../platform/id.ts'
import { log } from '../platform/log.ts'
import { SECOND } from '../platform/time.ts'
import type { AvailabilityNudge } from './outbox.ts'
import { nextDeliveryAt } from './rows.ts'

/** An alert that waits longer than this has lost its nudge. */
const OVERDUE_MS = 5 * SECOND
/** Alerts nudged by one sweep; a queue takes as many in one call. */
const MAX_NUDGES = 100

export interface SweepContext {
  db: Database
  now: number
  /** Makes digests of what was held back in quiet hours. @returns how many */
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
  const digests = await mergeHeld(db, trace, now)
  const dueAt = await nextDeliveryAt(db, now)
  const due = dueAt !== undefined && dueAt <= now
  if (due) await nudge(trace)
  if (overdue.length > 0 || digests > 0)
    log('info', 'sweep', { trace, overdue: overdue.length, digests, due })
}
