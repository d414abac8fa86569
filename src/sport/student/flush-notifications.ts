import { eq, sql } from 'drizzle-orm'
import { isWaiting } from '../../chats/open-deliveries.ts'
import { type Statement, transact } from '../../db/database.ts'
import { chats } from '../../db/schema/chats.ts'
import type { Content } from '../../delivery/content.ts'
import { enqueue, type OutboundNudge, type OutboxMessage } from '../../delivery/outbox.ts'
import { traceId } from '../../platform/id.ts'
import { describeError, log } from '../../platform/log.ts'
import { textsIn } from '../../texts/index.ts'
import { contentOf } from './notification-text.ts'
import { markSent, unsentNotifications } from './notifications.ts'
import type { StudentContext } from './student-context.ts'

/** Expires queued edits of the same message: a newer one replaces them. */
const supersede = (event: string, chatId: number, now: number): Statement => sql`
  UPDATE deliveries SET status = 'expired', reason = 'superseded', done_at = ${now}
  WHERE event >= ${`${event}@`} AND event < ${`${event}A`} AND chat_id = ${chatId}
    AND ${isWaiting()}`

/**
 * Writes every unsent notification to D1, in the student's language, and nudges the sender. A row stays until D1 has
 * it; writing it twice changes nothing.
 * @throws when D1 is down: try again later
 */
export async function flushNotifications(ctx: StudentContext): Promise<void> {
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
