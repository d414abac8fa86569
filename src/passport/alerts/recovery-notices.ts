import { sql } from 'drizzle-orm'
import { isClaimed, isWaiting } from '../../chats/open-deliveries.ts'
import { type Database, transact } from '../../db/database.ts'
import type { ReadPage } from './fanout-page.ts'
import { type Alert, outageOf, RENDER, renderedMessage } from './rendered-content.ts'

/**
 * Sends the recovery notice only to chats that received the outage notice, and drops outage notices still queued. The
 * cursor is the last chat id.
 */
export function recoveryNotices(db: Database, alert: Alert): ReadPage {
  const outage = outageOf(alert.id)
  return async (cursor, limit, now) => {
    const after = cursor === null ? Number.MIN_SAFE_INTEGER : Number(cursor)
    const [page] = await transact(db, [
      sql`SELECT id, chat_id, ${isWaiting()} AS waits, (status = 'sent' OR ${isClaimed()}) AS notified FROM deliveries WHERE event = ${outage} AND chat_id > ${after}
          ORDER BY chat_id LIMIT ${limit}`,
    ])
    const rows = page?.results ?? []
    const notified = rows.filter(({ notified }) => notified)
    const waiting = rows.filter(({ waits }) => waits).map(({ id }) => id)
    return {
      messages: notified.map((row) => renderedMessage(alert, Number(row.chat_id), RENDER.recoveryNotice)),
      extra:
        waiting.length === 0
          ? []
          : [
              sql`UPDATE deliveries SET status = 'expired', reason = 'sight-again', done_at = ${now}
                  WHERE id IN (SELECT value FROM json_each(${JSON.stringify(waiting)})) AND ${isWaiting()}`,
            ],
      next: rows.length === limit ? String(rows.at(-1)?.chat_id) : undefined,
    }
  }
}
