import { count, desc, eq, sql } from 'drizzle-orm'
import { type Database, transact } from '../db/database.ts'
import { deadLetters } from '../db/schema/delivery.ts'

export type DeadLetter = typeof deadLetters.$inferSelect

/** Keeps a queue message that failed too often; one delivered twice is kept once. */
export async function keepDeadLetter(
  db: Database,
  letter: { queue: string; messageId: string; body: unknown },
  now: number,
): Promise<void> {
  // As JSON text, so that an undefined body becomes `null` and the column stays NOT NULL.
  const body = JSON.stringify(letter.body ?? null)
  await transact(db, [
    sql`INSERT INTO dead_letters (queue, message_id, body, at)
        VALUES (${letter.queue}, ${letter.messageId}, ${body}, ${now}) ON CONFLICT DO NOTHING`,
  ])
}

/** The newest dead letters. */
export const listDeadLetters = (db: Database, limit: number): Promise<DeadLetter[]> =>
  db.select().from(deadLetters).orderBy(desc(deadLetters.id)).limit(limit)

/** How many dead letters there are. */
export async function countDeadLetters(db: Database): Promise<number> {
  const [counted] = await db.select({ total: count() }).from(deadLetters)
  return counted?.total ?? 0
}

/**
 * Sends a dead letter's message again and deletes the letter. The rows it points to are the truth, so a replay of
 * finished work is harmless.
 * @param send false: the queue is not known, and the letter is kept
 * @returns false when there is no such letter any more
 */
export async function replayDeadLetter(
  db: Database,
  id: number,
  send: (queue: string, body: unknown) => Promise<boolean>,
): Promise<boolean> {
  const [letter] = await db.select().from(deadLetters).where(eq(deadLetters.id, id))
  if (!letter) return false
  if (await send(letter.queue, letter.body)) await dropDeadLetter(db, id)
  return true
}

/** Deletes a dead letter. @returns false when there is no such letter any more */
export async function dropDeadLetter(db: Database, id: number): Promise<boolean> {
  const dropped = await db.delete(deadLetters).where(eq(deadLetters.id, id)).returning({ id: deadLetters.id })
  return dropped.length > 0
}
