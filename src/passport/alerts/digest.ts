import { sql } from 'drizzle-orm'
import { type Database, type Row, transact } from '../../db/database.ts'
import { enqueue, type OutboxMessage } from '../../delivery/outbox.ts'
import { RENDER, writeDigestRef } from './rendered-content.ts'

/**
 * The most that one digest holds, so that it fits into one message and can still be edited when its slots close: Telegram
 * allows 4,096 characters and 100 entities, and crossing a slot out takes an entity.
 */
const MOST_CHARACTERS = 3_700
const MOST_ENTITIES = 94
/** Room in a digest: for an alert's office, and for each slot that it lists. */
const ALERT = { characters: 300, entities: 4 }
const SLOT = { characters: 70, entities: 1 }
const MOST_LISTED = 40

/** The most chats whose digests one transaction writes, and the most alerts that it reads for them. */
export const MAX_CHATS = 500
const MAX_ALERTS = 5_000

/** Divides alerts into digests of one message each, by their numbers of open slots. An alert without open slots needs no room. */
function* digestsOf(rows: readonly Row[], openOf: (row: Row) => number): Generator<Row[]> {
  let digest: Row[] = []
  let [characters, entities] = [0, 0]
  for (const row of rows) {
    const open = Math.min(openOf(row), MOST_LISTED)
    const takes = open > 0 ? 1 : 0
    characters += takes * ALERT.characters + open * SLOT.characters
    entities += takes * ALERT.entities + open * SLOT.entities
    if (digest.length > 0 && (characters > MOST_CHARACTERS || entities > MOST_ENTITIES)) {
      yield digest
      digest = []
      characters = takes * ALERT.characters + open * SLOT.characters
      entities = takes * ALERT.entities + open * SLOT.entities
    }
    digest.push(row)
  }
  if (digest.length > 0) yield digest
}

/** How many slots of alerts are still open, by alert id; alerts without any are absent. */
async function readOpen(db: Database, ids: readonly string[]): Promise<Map<string, number>> {
  const [found] = await transact(db, [
    sql`SELECT a.id, count(*) AS open FROM json_each(${JSON.stringify(ids)}) AS wanted
        JOIN alerts a ON a.id = wanted.value, json_each(iif(a.slots = '[]', a.places, a.slots)) AS j
        JOIN slots s ON s.office_id = a.office_id AND s.date = j.value ->> 0 AND s.time = j.value ->> 1
        WHERE s.gone_at IS NULL AND s.opened_at <= a.created_at GROUP BY a.id`,
  ])
  return new Map((found?.results ?? []).map((row) => [String(row.id), Number(row.open)]))
}

/**
 * At the end of chats' quiet hours, merges held deliveries into one digest for each chat (in a forum, for each topic),
 * which lists what is still open. What does not fit into one message becomes several digests. Rows held during this call
 * wait for the next digest.
 * @returns how many digests were enqueued: call it until there are none
 */
export async function mergeHeld(db: Database, trace: string, now: number): Promise<number> {
  const [held] = await transact(db, [
    sql`SELECT held.id, held.chat_id, held.content ->> 'ref' AS alert, held.not_before, s.thread_id
        FROM deliveries AS held LEFT JOIN alerts ON alerts.id = held.content ->> 'ref'
             LEFT JOIN subscriptions s ON s.chat_id = held.chat_id AND s.province = alerts.province
        WHERE held.status = 'held' AND held.not_before <= ${now} AND held.chat_id IN (
          SELECT DISTINCT chat_id FROM deliveries WHERE status = 'held' AND not_before <= ${now}
          ORDER BY chat_id LIMIT ${MAX_CHATS})
        ORDER BY held.chat_id, held.id LIMIT ${MAX_ALERTS}`,
  ])
  const byTopic = Map.groupBy(held?.results ?? [], (row) => `${row.chat_id} ${row.thread_id}`)
  if (byTopic.size === 0) return 0
  const open = await readOpen(db, [...new Set((held?.results ?? []).map(({ alert }) => String(alert)))])
  const merged: { id: number; event: string }[] = []
  const parts = [...byTopic.values()].flatMap((rows) => [
    ...digestsOf(rows, ({ alert }) => open.get(String(alert)) ?? 0),
  ])
  const digests = parts.map((rows): OutboxMessage => {
    const event = `digest:${rows.at(-1)?.id}`
    merged.push(...rows.map(({ id }) => ({ id: Number(id), event })))
    return {
      event,
      chatId: Number(rows[0]?.chat_id),
      priority: 'alert',
      content: {
        type: 'render',
        by: RENDER.digest,
        ref: writeDigestRef(rows.map(({ alert }) => String(alert))),
      },
      // Its latency is measured from the end of the quiet hours, which the person chose.
      eventAt: Math.max(...rows.map((row) => Number(row.not_before))),
      trace,
    }
  })
  await transact(db, [
    enqueue(digests, now),
    sql`UPDATE deliveries SET status = 'merged', reason = j.value ->> 'event', done_at = ${now}
        FROM json_each(${JSON.stringify(merged)}) AS j
        WHERE deliveries.id = j.value ->> 'id' AND deliveries.status = 'held'`,
  ])
  return digests.length
}
