import { eq, sql } from 'drizzle-orm'
import type { Database, Statement } from '../db/database.ts'
import { erasures } from '../db/schema/sport.ts'

/** Objects called by one run of the cron, chosen by chance: those that never answer do not keep the others waiting. */
const AT_ONCE = 50

/** The statement that has a person's object erased later: it could not be reached when the person deleted everything. */
export const eraseLater = (userId: number, now: number): Statement =>
  sql`INSERT INTO erasures (user_id, since) VALUES (${userId}, ${now}) ON CONFLICT (user_id) DO NOTHING`

/**
 * Erases what could not be erased before.
 * @param erase erases a person's object, unless an account was linked after `since`; false: it could not
 * @returns how many are done, and how many wait for the next time
 */
export async function eraseWaiting(
  db: Database,
  erase: (userId: number, since: number) => Promise<boolean>,
): Promise<{ erased: number; waiting: number }> {
  const rows = await db.select().from(erasures).orderBy(sql`random()`).limit(AT_ONCE)
  const done = await Promise.all(
    rows.map(async ({ userId, since }) => {
      if (!(await erase(userId, since))) return false
      await db.delete(erasures).where(eq(erasures.userId, userId))
      return true
    }),
  )
  const erased = done.filter(Boolean).length
  return { erased, waiting: rows.length - erased }
}
