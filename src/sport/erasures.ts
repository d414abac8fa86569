import { asc, eq, sql } from 'drizzle-orm'
import type { Database, Statement } from '../db/database.ts'
import { erasures, students } from '../db/schema/sport.ts'

/** Objects called by one run of the cron. */
const AT_ONCE = 50

/** The statement that has a person's object erased later: it could not be reached when the person deleted everything. */
export const eraseLater = (userId: number, now: number): Statement =>
  sql`INSERT INTO erasures (user_id, since) VALUES (${userId}, ${now}) ON CONFLICT (user_id) DO NOTHING`

/**
 * Erases what could not be erased before, oldest first. Somebody who has linked an account since keeps it.
 * @param erase erases a person's object; false: it could not
 * @returns how many are done, and how many wait for the next time
 */
export async function eraseWaiting(
  db: Database,
  erase: (userId: number) => Promise<boolean>,
): Promise<{ erased: number; waiting: number }> {
  const rows = await db
    .select({ userId: erasures.userId, since: erasures.since, linkedAt: students.linkedAt })
    .from(erasures)
    .leftJoin(students, eq(students.userId, erasures.userId))
    .orderBy(asc(erasures.since))
    .limit(AT_ONCE)
  const done = await Promise.all(
    rows.map(async ({ userId, since, linkedAt }) => {
      const isBack = linkedAt !== null && linkedAt > since
      if (!isBack && !(await erase(userId))) return false
      await db.delete(erasures).where(eq(erasures.userId, userId))
      return true
    }),
  )
  const erased = done.filter(Boolean).length
  return { erased, waiting: rows.length - erased }
}
