import { sql } from 'drizzle-orm'
import { type Database, transact } from '../db/client.ts'
import type { alerts } from '../db/schema/passport.ts'
import type { OutboxMessage } from '../delivery/outbox.ts'
import { RENDER } from './renderers.ts'

/** Deliveries looked at by one query. */
const PAGE = 1_000

/**
 * The edits that strike closed slots through: one for each message that told of them and was sent, or is being sent, to
 * chats that want it, page by page. A message still waiting needs none: it is written with what is open when it goes.
 * @param gone an alert of kind `gone`
 */
export async function* strikesOf(
  db: Database,
  gone: typeof alerts.$inferSelect,
): AsyncGenerator<OutboxMessage[]> {
  // An opening begins after the last time that followers were told that the slot was gone: the slot's own row may tell
  // of a later one already, when this alert is handed on late.
  const [told] = await transact(db, [
    sql`SELECT DISTINCT a.id FROM alerts a, json_each(a.slots) AS listed, json_each(${JSON.stringify(gone.slots)}) AS closed
        WHERE a.office_id = ${gone.officeId} AND a.kind = 'open' AND a.created_at <= ${gone.createdAt}
          AND listed.value = closed.value
          AND a.created_at > coalesce((
            SELECT max(g.created_at) FROM alerts g, json_each(g.slots) AS before
            WHERE g.office_id = ${gone.officeId} AND g.kind = 'gone' AND g.created_at < ${gone.createdAt}
              AND before.value = closed.value), 0)`,
  ])
  for (const { id } of told?.results ?? []) {
    const event = String(id)
    let after = Number.MIN_SAFE_INTEGER
    for (;;) {
      const [sent] = await transact(db, [
        sql`SELECT d.chat_id FROM deliveries d JOIN chats c ON c.id = d.chat_id
            WHERE d.event = ${event} AND d.chat_id > ${after} AND d.status IN ('sent', 'claimed')
              AND c.tell_gone = 1 AND c.status = 'active'
            ORDER BY d.chat_id LIMIT ${PAGE}`,
      ])
      const chatIds = (sent?.results ?? []).map((row) => Number(row.chat_id))
      if (chatIds.length > 0) yield chatIds.map((chatId) => strike(gone, event, chatId))
      if (chatIds.length < PAGE) break
      after = chatIds.at(-1) ?? after
    }
  }
}

const strike = (gone: typeof alerts.$inferSelect, event: string, chatId: number): OutboxMessage => ({
  event: `strike:${event}:${gone.id}`,
  chatId,
  priority: 'edit',
  content: { type: 'render', by: RENDER.strike, ref: event, edits: { event } },
  eventAt: gone.createdAt,
  trace: gone.trace,
})
