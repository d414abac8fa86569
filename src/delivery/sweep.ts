import { sql } from 'drizzle-orm'
import { type Database, transact } from '../db/database.ts'
import { traceId } from '../platform/id.ts'
import { log } from '../platform/log.ts'
import { SECOND } from '../platform/time.ts'
import { markSettled, nextDueAt } from './claimed-deliveries.ts'
import type { AvailabilityNudge } from './outbox.ts'

/** The nudge of an alert that waits longer than this (ms) was lost. */
const OVERDUE_MS = 5 * SECOND
/** Alerts nudged by one sweep; a queue takes as many in one call. */
const MAX_NUDGES = 100
/** Pages of digests made by one sweep: enough for ten thousand chats whose quiet hours end together. */
export const MAX_DIGEST_PAGES = 20

export interface SweepContext {
  db: Database
  now: number
  /** Makes a page of digests of what was held back in quiet hours. @returns how many; 0: there are no more */
  mergeHeld(db: Database, trace: string, now: number): Promise<number>
  nudge(trace: string): Promise<void>
  nudgeAlerts(nudges: AvailabilityNudge[]): Promise<void>
}

/**
 * The steps that run each minute to find what no nudge reached (a crash, a lost message, the end of quiet hours). Each
 * may reject without harm to the others.
 */
export function sweep(context: SweepContext): Record<string, () => Promise<void>> {
  const trace = traceId()
  return {
    alerts: () => nudgeOverdueAlerts(context, trace),
    digests: () => makeDigests(context, trace),
    deliveries: () => nudgeDue(context, trace),
    mark: async () => void (await transact(context.db, [markSettled(context.now)])),
  }
}

async function nudgeOverdueAlerts({ db, now, nudgeAlerts }: SweepContext, trace: string): Promise<void> {
  const [waiting] = await transact(db, [
    sql`SELECT id, trace FROM alerts WHERE fanned_out_at IS NULL AND created_at <= ${now - OVERDUE_MS}
        ORDER BY created_at LIMIT ${MAX_NUDGES}`,
  ])
  const overdue = (waiting?.results ?? []).map((row) => ({
    version: 1 as const,
    alertId: String(row.id),
    trace: String(row.trace),
  }))
  if (overdue.length === 0) return
  log('info', 'alerts-overdue', { trace, alerts: overdue.length })
  await nudgeAlerts(overdue)
}

async function makeDigests({ db, now, mergeHeld }: SweepContext, trace: string): Promise<void> {
  let digests = 0
  for (let page = 0; page < MAX_DIGEST_PAGES; page++) {
    const made = await mergeHeld(db, trace, now)
    digests += made
    if (made === 0) break
  }
  if (digests > 0) log('info', 'digests', { trace, digests })
}

async function nudgeDue({ db, now, nudge }: SweepContext, trace: string): Promise<void> {
  const due = Object.values(await nextDueAt(db))
  if (due.some((at) => at <= now)) await nudge(trace)
}
