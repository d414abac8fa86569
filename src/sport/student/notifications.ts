import { and, eq, isNotNull, lt, sql } from 'drizzle-orm'
import { type Statement, transact } from '../../db/database.ts'
import { chats } from '../../db/schema/chats.ts'
import type { Content } from '../../delivery/content.ts'
import { enqueue, type OutboundNudge, type OutboxMessage } from '../../delivery/outbox.ts'
import { traceId } from '../../platform/id.ts'
import { describeError, log } from '../../platform/log.ts'
import { DAY } from '../../platform/time.ts'
import { textsIn } from '../../texts/index.ts'
import type { ActionReason } from '../student-types.ts'
import { contentOf } from './notification-text.ts'
import { setTimerBy } from './object-store.ts'
import { outbox } from './schema.ts'
import type { StudentContext } from './student-context.ts'

/** What a message is about. Its text is made from the object's rows when it leaves, so that it says what is true then. */
export type StudentNotification =
  /** Edits the message that shows an action. */
  | { what: 'progress'; actionId: number }
  /** A message of its own about how an action ended. */
  | { what: 'outcome'; actionId: number }
  | { what: 'watching'; actionId: number }
  /** A booking that is still being tried some time after its opening. */
  | { what: 'delayed'; actionId: number }
  | { what: 'question'; confirmationId: number }
  /** Edits the question: answered, lapsed, of no use any more. */
  | { what: 'question-closed'; confirmationId: number }
  | { what: 'precheck'; actionId: number; reason: ActionReason }
  | { what: 'session-needed' }
  | { what: 'blocked'; reason: ActionReason }
  /** A booking that was said to have failed is in the list after all. */
  | { what: 'found'; bookingId: number }
  | { what: 'gone'; bookingId: number }

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

/** Enqueues the newest state of something that a message shows; a state that was not sent yet is replaced. */
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

/** Notices that D1 had two days ago are forgotten. */
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

/** Expires the edits of the same message that still wait: a newer one replaces them. */
const supersede = (event: string, chatId: number, now: number): Statement => sql`
  UPDATE deliveries SET status = 'expired', reason = 'superseded', done_at = ${now}
  WHERE event >= ${`${event}@`} AND event < ${`${event}A`} AND chat_id = ${chatId} AND status = 'queued'`

/**
 * Writes every unsent notification to D1, in the student's language, and nudges the sender. A row stays until D1 has it;
 * handing it on twice changes nothing.
 * @throws when D1 is down: to be tried again
 */
export async function flushOutbox(ctx: StudentContext): Promise<void> {
  const rows = unsentNotifications(ctx)
  if (rows.length === 0) return
  const chat = await ctx.d1
    .select({ language: chats.language })
    .from(chats)
    .where(eq(chats.id, ctx.userId))
    .get()
  const texts = textsIn(chat?.language ?? 'it')
  const now = ctx.clock.now()
  const trace = traceId()
  const statements: Statement[] = []
  const drafts: OutboxMessage[] = []
  for (const row of rows) {
    const content: Content | null = contentOf(ctx, texts, row.notice)
    if (!content) continue
    const edit = content.type === 'edit'
    if (edit) statements.push(supersede(row.event, row.chatId, now))
    drafts.push({
      event: edit ? `${row.event}@${row.createdAt}-${row.revision}` : row.event,
      chatId: row.chatId,
      priority: edit ? 'interactive' : 'alert',
      content,
      eventAt: row.createdAt,
      trace,
    })
  }
  if (drafts.length > 0) await transact(ctx.d1, [...statements, enqueue(drafts, now)])
  for (const row of rows) markSent(ctx, row.event, row.revision)
  if (drafts.length === 0) return
  const nudge: OutboundNudge = { version: 1, trace }
  try {
    await ctx.outbound.send(nudge)
  } catch (error) {
    log('warn', 'nudge-failed', { error: describeError(error) })
  }
}
