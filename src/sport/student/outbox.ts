import { eq, sql } from 'drizzle-orm'
import { type Statement, transact } from '../../db/client.ts'
import { chats } from '../../db/schema/chats.ts'
import type { Content } from '../../delivery/content.ts'
import { enqueue, type OutboundNudge, type OutboxMessage } from '../../delivery/outbox.ts'
import { traceId } from '../../platform/id.ts'
import { describeError, log } from '../../platform/log.ts'
import { textsIn } from '../../texts/index.ts'
import type { Desk } from './desk.ts'
import { noticeSent, openNotices } from './notices.ts'
import { contentOf } from './render.ts'

/** Edits of the same message that still wait are of no use once a newer one is owed. */
const supersede = (event: string, chatId: number, now: number): Statement => sql`
  UPDATE deliveries SET status = 'expired', reason = 'superseded', done_at = ${now}
  WHERE event >= ${`${event}@`} AND event < ${`${event}A`} AND chat_id = ${chatId} AND status = 'queued'`

/**
 * Hands every owed notice to D1, in the student's language, and nudges the sender. A row stays owed until D1 has it;
 * handing it on twice changes nothing.
 * @throws when D1 is down: to be tried again
 */
export async function flushOutbox(desk: Desk): Promise<void> {
  const rows = openNotices(desk)
  if (rows.length === 0) return
  const chat = await desk.d1
    .select({ language: chats.language })
    .from(chats)
    .where(eq(chats.id, desk.userId))
    .get()
  const texts = textsIn(chat?.language ?? 'it')
  const now = desk.clock.now()
  const trace = traceId()
  const statements: Statement[] = []
  const drafts: OutboxMessage[] = []
  for (const row of rows) {
    const content: Content | null = contentOf(desk, texts, row.notice)
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
  if (drafts.length > 0) await transact(desk.d1, [...statements, enqueue(drafts, now)])
  for (const row of rows) noticeSent(desk, row.event, row.revision)
  if (drafts.length === 0) return
  const nudge: OutboundNudge = { version: 1, trace }
  try {
    await desk.outbound.send(nudge)
  } catch (error) {
    log('warn', 'nudge-failed', { error: describeError(error) })
  }
}
