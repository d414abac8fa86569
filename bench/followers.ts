import type { Runtime } from '../scripts/local/runtime.ts'
import { ringHash } from '../src/platform/id.ts'

/**
 * Writes chats that follow provinces straight into D1. The provinces are watched from now on: one that was watched long
 * ago without a slot is dry, and by day its followers would get a message that no bench counts on.
 */
export async function seedFollowers(
  runtime: Runtime,
  pairs: readonly { chatId: number; province: string }[],
): Promise<void> {
  const db = await runtime.database()
  const rows = pairs.map(({ chatId, province }) => ({ chatId, province, ring: ringHash(String(chatId)) }))
  for (let at = 0; at < rows.length; at += 2_000) {
    const json = JSON.stringify(rows.slice(at, at + 2_000))
    await db.batch([
      db
        .prepare(
          `INSERT OR IGNORE INTO chats (id, kind, created_at, last_seen_at)
           SELECT DISTINCT value ->> 'chatId', 'private', 1, 1 FROM json_each(?)`,
        )
        .bind(json),
      db
        .prepare(
          `INSERT OR IGNORE INTO subscriptions (chat_id, province, ring, created_at)
           SELECT value ->> 'chatId', value ->> 'province', value ->> 'ring', 1 FROM json_each(?)`,
        )
        .bind(json),
      db
        .prepare(
          `INSERT OR IGNORE INTO provinces (code, watched_since)
           SELECT DISTINCT value ->> 'province', ? FROM json_each(?)`,
        )
        .bind(Date.now(), json),
    ])
  }
}
