import { and, asc, eq, lte, sql } from 'drizzle-orm'
import type { Desk } from './desk.ts'
import { timers } from './schema.ts'

type Subject =
  /** An action goes on. */
  | 'action'
  /** Whether the booking of an action would work. */
  | 'precheck'
  /** An action that no message shows is told in a message of its own. */
  | 'outcome'
  /** A question is asked, and lapses. */
  | 'ask'
  | 'deadline'
/**
 * `plan`: weekly bookings. `sync`: the site's list. `courses`: the week's schedule, when nobody read it yet. `outbox`:
 * what is owed. `register`: the row in D1. `markup`: what surprised us. `tidy`: old rows.
 */
export type TimerName =
  | `${Subject}:${number}`
  | ('plan' | 'sync' | 'courses' | 'outbox' | 'register' | 'markup' | 'tidy')
export type TimerRow = typeof timers.$inferSelect

/** Sets a timer (epoch ms), in place of an older setting. Its effect must be idempotent. */
export function setTimer(desk: Pick<Desk, 'db'>, name: TimerName, dueAt: number): void {
  desk.db
    .insert(timers)
    .values({ name, dueAt })
    .onConflictDoUpdate({
      target: timers.name,
      set: { dueAt, revision: sql`${timers.revision} + 1`, failures: 0 },
    })
    .run()
}

/** Sets a timer unless it is set for an earlier instant already. */
export function setTimerBy(desk: Pick<Desk, 'db'>, name: TimerName, dueAt: number): void {
  const row = desk.db.select().from(timers).where(eq(timers.name, name)).get()
  if (!row || row.dueAt > dueAt) setTimer(desk, name, dueAt)
}

export function clearTimer(desk: Pick<Desk, 'db'>, name: TimerName): void {
  desk.db.delete(timers).where(eq(timers.name, name)).run()
}

/** The timers that are due, earliest first. */
export const dueTimers = (desk: Pick<Desk, 'db'>, now: number): TimerRow[] =>
  desk.db
    .select()
    .from(timers)
    .where(lte(timers.dueAt, now))
    .orderBy(asc(timers.dueAt), asc(timers.name))
    .all()

/** When the earliest timer is due, epoch ms; null: none is set. */
export const nextTimerAt = (desk: Pick<Desk, 'db'>): number | null =>
  desk.db.select().from(timers).orderBy(asc(timers.dueAt)).limit(1).get()?.dueAt ?? null

/** Removes a timer that was served, unless it was set anew meanwhile. */
export function timerServed(desk: Pick<Desk, 'db'>, row: TimerRow): void {
  desk.db
    .delete(timers)
    .where(and(eq(timers.name, row.name), eq(timers.revision, row.revision)))
    .run()
}

/** Moves a timer, unless it was set anew meanwhile. @param failed its run threw */
export function postponeTimer(desk: Pick<Desk, 'db'>, row: TimerRow, dueAt: number, failed: boolean): void {
  desk.db
    .update(timers)
    .set({ dueAt, failures: failed ? row.failures + 1 : row.failures })
    .where(and(eq(timers.name, row.name), eq(timers.revision, row.revision)))
    .run()
}
