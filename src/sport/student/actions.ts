import { desc, eq, inArray, sql } from 'drizzle-orm'
import { tally } from '../../db/tally.ts'
import { MINUTE } from '../../platform/time.ts'
import { inOpeningBlackout, opensAt } from '../opening.ts'
import { isOver, mayGo } from '../states.ts'
import type { ActionKind, ActionStatus, ActionView, ClassRef } from '../student-types.ts'
import { eventOf, upsertNotification } from './notifications.ts'
import { clearTimer, setTimer } from './object-store.ts'
import { prepared } from './prepared.ts'
import { actions, candidates, timers } from './schema.ts'
import type { StudentContext } from './student-context.ts'
import { activeBookings, bookingView } from './views.ts'

/** What comes later than this after a request gets a message of its own: the edit of an old message is easily missed. */
export const LONG_AGO = 2 * MINUTE

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

/** Adds a pending action, due at once. */
export function addAction(ctx: StudentContext, draft: ActionDraft): ActionRow {
  const now = ctx.clock.now()
  const row = ctx.db
    .insert(actions)
    .values({ ...draft, wishes: draft.wishes ?? [], failures: {}, createdAt: now })
    .returning()
    .get()
  setTimer(ctx, `action:${row.id}`, now)
  return row
}

/** The id that the next action gets: ids are never used twice. */
export const nextActionId = (ctx: StudentContext): number =>
  (ctx.db.get<{ seq: number }>(sql`SELECT seq FROM sqlite_sequence WHERE name = 'actions'`)?.seq ?? 0) + 1

const actionById = prepared((db) =>
  db
    .select()
    .from(actions)
    .where(eq(actions.id, sql.placeholder('id')))
    .prepare(),
)

export const getAction = (ctx: StudentContext, id: number): ActionRow | undefined =>
  actionById(ctx).get({ id })

export const lastActions = (ctx: StudentContext, count: number): ActionRow[] =>
  ctx.db.select().from(actions).orderBy(desc(actions.id)).limit(count).all()

const notOver = prepared((db) =>
  db
    .select()
    .from(actions)
    .where(inArray(actions.status, ['pending', 'processing']))
    .orderBy(actions.id)
    .prepare(),
)

/** Actions that are not over, oldest first. */
export const openActions = (ctx: StudentContext): ActionRow[] => notOver(ctx).all()

/** Changes an action without changing its status. */
export function patchAction(ctx: StudentContext, id: number, patch: ActionPatch): ActionRow {
  return ctx.db.update(actions).set(patch).where(eq(actions.id, id)).returning().get()
}

/**
 * Brings an action to another status.
 * @throws when it may not go there (a bug)
 */
export function moveAction(
  ctx: StudentContext,
  row: ActionRow,
  status: ActionStatus,
  patch: ActionPatch = {},
): ActionRow {
  if (!mayGo(row.status, status)) throw new Error(`action ${row.id} may not go ${row.status} → ${status}`)
  return ctx.db
    .update(actions)
    .set({ ...patch, status })
    .where(eq(actions.id, row.id))
    .returning()
    .get()
}

/** Ends a pending action, or one whose run has sent nothing yet. */
export function cancelAction(
  ctx: StudentContext,
  row: ActionRow,
  reason: 'withdrawn' | 'weekly-off' | 'not-linked',
) {
  const cancelled = moveAction(ctx, row, 'cancelled', {
    stage: 'done',
    reason,
    worker: null,
    completedAt: ctx.clock.now(),
  })
  tally.add(`action:${row.kind}:cancelled:${reason}`)
  forgetTimers(ctx, row.id)
  ctx.db.delete(candidates).where(eq(candidates.actionId, row.id)).run()
  showProgress(ctx, cancelled)
  return cancelled
}

/** Clears an action's timers: it is over, or its wish changed. */
export function forgetTimers(ctx: StudentContext, id: number): void {
  clearTimer(ctx, `action:${id}`)
  clearTimer(ctx, `precheck:${id}`)
}

/** Updates the action's progress message, if there is one. */
export function showProgress(ctx: StudentContext, row: ActionRow): void {
  if (row.messageId === null || row.chatId === null) return
  upsertNotification(
    ctx,
    eventOf(ctx, `action:${row.id}:${row.messageId}`),
    { what: 'progress', actionId: row.id },
    row.chatId,
  )
}

/** The wish whose turn it is, or what is cancelled. */
export const targetOf = (row: ActionRow): ClassRef | null => row.wishes[row.wishIndex] ?? null

/** The class that a booking action is trying to book. @throws when it has none (a bug) */
export function wishOf(row: ActionRow): ClassRef {
  const wish = targetOf(row)
  if (!wish) throw new Error(`action ${row.id} books nothing`)
  return wish
}

/** True while nothing that was sent to the site may have had an effect. */
export const withdrawable = (row: ActionRow): boolean =>
  !isOver(row.status) && row.sent === null && row.unsureAt === null

/** The openings that pending and running bookings wait for, epoch ms. */
export const openingsAhead = (ctx: StudentContext): number[] =>
  openActions(ctx).flatMap((row) => {
    const target = row.kind === 'book' ? targetOf(row) : null
    return target ? [opensAt(target.date)] : []
  })

/** True for an action that must not overlap the beginning of a race: any but a booking whose own opening is near. */
export function canWait(row: ActionRow, now: number): boolean {
  const target = row.kind === 'book' && !row.watching ? targetOf(row) : null
  return !target || !inOpeningBlackout([opensAt(target.date)], now)
}

export function actionView(ctx: StudentContext, row: ActionRow): ActionView {
  const target = targetOf(row)
  const timer = ctx.db
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
    booking: row.bookingId === null ? null : bookingView(ctx, row.bookingId),
    dryRun: row.dryRun,
    weeklyId: row.weeklyId,
    createdAt: row.createdAt,
    startedAt: row.startedAt,
    completedAt: row.completedAt,
    withdrawable: withdrawable(row),
    bookingsAhead: activeBookings(ctx).length,
  }
}
