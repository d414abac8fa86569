import { desc, eq, inArray } from 'drizzle-orm'
import { tally } from '../../db/tally.ts'
import { opensAt } from '../opening.ts'
import { mayGo } from '../states.ts'
import { activeBookings, bookingView } from './booking-view.ts'
import type { Desk } from './desk.ts'
import { eventOf, tellState } from './notices.ts'
import { actions, candidates, timers } from './schema.ts'
import { clearTimer, setTimer } from './timers.ts'
import type { ActionKind, ActionStatus, ActionView, ClassRef } from './views.ts'

export type ActionRow = typeof actions.$inferSelect
export type ActionPatch = Partial<Omit<ActionRow, 'id' | 'kind' | 'status'>>

export interface ActionDraft {
  kind: ActionKind
  wishes?: ClassRef[]
  watchUntil?: number | null
  eager?: boolean
  bookingId?: number | null
  weeklyId?: number | null
}

/** Writes a pending action down, to be taken up at once. */
export function addAction(desk: Desk, draft: ActionDraft): ActionRow {
  const now = desk.clock.now()
  const row = desk.db
    .insert(actions)
    .values({ ...draft, wishes: draft.wishes ?? [], failures: {}, createdAt: now })
    .returning()
    .get()
  setTimer(desk, `action:${row.id}`, now)
  return row
}

export const getAction = (desk: Desk, id: number): ActionRow | undefined =>
  desk.db.select().from(actions).where(eq(actions.id, id)).get()

export const lastActions = (desk: Desk, count: number): ActionRow[] =>
  desk.db.select().from(actions).orderBy(desc(actions.id)).limit(count).all()

/** Actions that are not over, oldest first. */
export const openActions = (desk: Desk): ActionRow[] =>
  desk.db
    .select()
    .from(actions)
    .where(inArray(actions.status, ['pending', 'processing']))
    .orderBy(actions.id)
    .all()

/** Changes an action without changing its status. */
export function patchAction(desk: Desk, id: number, patch: ActionPatch): ActionRow {
  return desk.db.update(actions).set(patch).where(eq(actions.id, id)).returning().get()
}

/**
 * Brings an action to another status.
 * @throws when it may not go there (a bug)
 */
export function moveAction(
  desk: Desk,
  row: ActionRow,
  status: ActionStatus,
  patch: ActionPatch = {},
): ActionRow {
  if (!mayGo(row.status, status)) throw new Error(`action ${row.id} may not go ${row.status} → ${status}`)
  return desk.db
    .update(actions)
    .set({ ...patch, status })
    .where(eq(actions.id, row.id))
    .returning()
    .get()
}

/** Ends a pending action, or one whose run has sent nothing yet. */
export function cancelAction(desk: Desk, row: ActionRow, reason: 'withdrawn' | 'weekly-off' | 'not-linked') {
  const cancelled = moveAction(desk, row, 'cancelled', {
    stage: 'done',
    reason,
    worker: null,
    completedAt: desk.clock.now(),
  })
  tally.add(`action:${row.kind}:cancelled:${reason}`)
  forgetTimers(desk, row.id)
  desk.db.delete(candidates).where(eq(candidates.actionId, row.id)).run()
  showProgress(desk, cancelled)
  return cancelled
}

/** An action that is over, or whose wish changed, needs its timers no more. */
export function forgetTimers(desk: Desk, id: number): void {
  clearTimer(desk, `action:${id}`)
  clearTimer(desk, `precheck:${id}`)
}

/** The message that shows the action, if there is one, is to say how it stands now. */
export function showProgress(desk: Desk, row: ActionRow): void {
  if (row.messageId === null || row.chatId === null) return
  tellState(
    desk,
    eventOf(desk, `action:${row.id}:${row.messageId}`),
    { what: 'progress', actionId: row.id },
    row.chatId,
  )
}

/** The wish whose turn it is, or what is cancelled. */
export const targetOf = (row: ActionRow): ClassRef | null => row.wishes[row.wishIndex] ?? null

export const withdrawable = (row: ActionRow): boolean =>
  row.status === 'pending' ? row.sent === null : row.status === 'processing' && row.sent === null

/** The openings that open actions wait for, epoch ms. */
export const openingsAhead = (desk: Desk): number[] =>
  openActions(desk).flatMap((row) => {
    const target = row.kind === 'book' ? targetOf(row) : null
    return target ? [opensAt(target.date)] : []
  })

export function actionView(desk: Desk, row: ActionRow): ActionView {
  const target = targetOf(row)
  const timer = desk.db
    .select()
    .from(timers)
    .where(eq(timers.name, `action:${row.id}`))
    .get()
  return {
    id: row.id,
    kind: row.kind,
    status: row.status,
    stage: row.stage,
    target,
    wishes: row.wishes,
    reason: row.reason,
    message: row.message,
    attempts: row.attempts,
    nextAt: row.status === 'pending' ? (timer?.dueAt ?? null) : null,
    opensAt: row.kind === 'book' && target ? opensAt(target.date) : null,
    watchUntil: row.watchUntil,
    booking: row.bookingId === null ? null : bookingView(desk, row.bookingId),
    dryRun: row.dryRun,
    weeklyId: row.weeklyId,
    createdAt: row.createdAt,
    startedAt: row.startedAt,
    completedAt: row.completedAt,
    withdrawable: withdrawable(row),
    bookingsAhead: activeBookings(desk).length,
  }
}
