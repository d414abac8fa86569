import { sql } from 'drizzle-orm'
import { transact } from '../../db/database.ts'
import * as tables from './schema.ts'
import type { StudentContext } from './student-context.ts'

/** Deletes all rows of the object, the student's row in D1, and their messages in the outbox. */
export async function deleteStudent(ctx: StudentContext): Promise<void> {
  const { db, d1, userId } = ctx
  for (const table of Object.values(tables)) db.delete(table).run()
  // One that is under way writes messages to D1 still: they are deleted after it.
  await ctx.flush()
  const prefix = `sport:${userId}:`
  await transact(d1, [
    sql`DELETE FROM students WHERE user_id = ${userId}`,
    sql`DELETE FROM deliveries WHERE event >= ${prefix} AND event < ${`${prefix}~`} AND chat_id = ${userId}`,
  ])
}
