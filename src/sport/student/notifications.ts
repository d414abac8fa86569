import { and, eq, isNotNull, lt, sql } from 'drizzle-orm'
import { DAY } from '../../platform/time.ts'
import { setTimerBy } from './object-store.ts'
import { outbox } from './schema.ts'
import type { StudentContext } from './student-context.ts'
import type { StudentNotification } from './student-notification.ts'

/** The delivery event of a student's notice: with the chat it is unique. */
export const eventOf = (ctx: Pick<StudentContext, 'userId'>, what: string) => `sport:${ctx.userId}:${what}`

/** Enqueues a notification once; a repeated event changes nothing. */
export function notify(
  ctx: StudentContext,
  event: string,
  notice: StudentNotification,
  chatId: number = ctx.userId,
): void {
  ctx.db
    .insert(outbox)
    .values({ event, chatId, notice, createdAt: ctx.clock.now() })
    .onConflictDoNothing()
    .run()
  soon(ctx)
}

/** Enqueues the newest state of a message that is edited; it replaces a state not sent yet. */
export function upsertNotification(
  ctx: StudentContext,
  event: string,
  notice: StudentNotification,
  chatId: number = ctx.userId,
): void {
  const createdAt = ctx.clock.now()
  ctx.db
    .insert(outbox)
    .values({ event, chatId, notice, createdAt })
    .onConflictDoUpdate({
      target: outbox.event,
      set: { chatId, notice, createdAt, doneAt: null, revision: sql`${outbox.revision} + 1` },
    })
    .run()
  soon(ctx)
}

function soon(ctx: StudentContext): void {
  setTimerBy(ctx, 'outbox', ctx.clock.now())
  ctx.flushSoon()
}

/** Deletes notifications that D1 has had for two days. */
export function deleteOldNotifications(ctx: StudentContext): void {
  ctx.db
    .delete(outbox)
    .where(and(isNotNull(outbox.doneAt), lt(outbox.doneAt, ctx.clock.now() - 2 * DAY)))
    .run()
}

export const unsentNotifications = (ctx: StudentContext) =>
  ctx.db.select().from(outbox).where(sql`${outbox.doneAt} is null`).orderBy(outbox.createdAt).limit(50).all()

export function markSent(ctx: StudentContext, event: string, revision: number): void {
  ctx.db
    .update(outbox)
    .set({ doneAt: ctx.clock.now() })
    .where(and(eq(outbox.event, event), eq(outbox.revision, revision)))
    .run()
}
