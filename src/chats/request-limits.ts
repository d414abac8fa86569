import { type SQL, sql } from 'drizzle-orm'
import type { Database, Row, Statement } from '../db/database.ts'
import { transact } from '../db/database.ts'
import { MINUTE, SECOND } from '../platform/time.ts'

/**
 * Rate limits: each request costs seconds, and a bucket drains by one second a second. Each limit is one conditional
 * statement, so that concurrent requests cannot exceed it together.
 */

/** What every update and every page of the Mini App costs, ms; a group's own bucket takes a quarter of it. */
export const ORDINARY_COST = SECOND
/** How many members may write at their own limit before the whole group has to wait. */
const MEMBERS_AT_ONCE = 4
/** Costly requests are refused above this level of the bucket, ms … */
const MOST_COSTLY = MINUTE
/** … and all others above this one, so that buttons still work after costly requests. */
const MOST_ORDINARY = 2 * MINUTE

/** Who acts, and where: the same id in a private chat; a channel's post has no author. */
export interface Actors {
  chatId: number
  userId: number | undefined
}

/** `go`: within the limit. `refused`: over it, tell the person. `silent`: over it, and the person was told already. */
export type Admission = 'go' | 'refused' | 'silent'

/**
 * The statement that takes an ordinary request's cost from one bucket. It returns a row that says whether the request
 * was refused, or no row for `silent`.
 */
function takeOrdinary(id: number, cost: number, now: number, condition: SQL): Statement {
  const fits = sql`CASE WHEN refused THEN used_until <= ${now}
                        ELSE max(used_until, ${now}) + ${cost} <= ${now + MOST_ORDINARY} END`
  return sql`
    INSERT INTO rate_limits (id, used_until, refused) SELECT ${id}, ${now + cost}, 0 WHERE ${condition}
    ON CONFLICT (id) DO UPDATE SET
      used_until = CASE WHEN ${fits} THEN max(used_until, ${now}) + ${cost} ELSE used_until END,
      refused = NOT (${fits})
    WHERE NOT refused OR ${fits}
    RETURNING refused`
}

/**
 * The statements that take an ordinary request's cost: from the person's bucket and, within the person's limit, from
 * the group's, so that no member can use up a group's limit alone. Pass their results to `admissionOf`.
 * @param now epoch ms
 * @param condition counts the request only if it holds, e.g. not for an update that is done
 */
export function admit({ chatId, userId }: Actors, now: number, condition: SQL = sql`true`): Statement[] {
  if (userId === undefined || userId === chatId) return [takeOrdinary(chatId, ORDINARY_COST, now, condition)]
  const personHadRoom = sql`EXISTS (SELECT 1 FROM rate_limits WHERE id = ${userId} AND NOT refused)`
  return [
    takeOrdinary(userId, ORDINARY_COST, now, condition),
    takeOrdinary(chatId, ORDINARY_COST / MEMBERS_AT_ONCE, now, sql`${condition} AND ${personHadRoom}`),
  ]
}

/** Reads the results of `admit`. */
export function admissionOf(results: readonly { results: Row[] }[]): Admission {
  const answers = results.map(({ results: [row] }) => row?.refused)
  if (answers.includes(1)) return 'refused'
  return answers.every((refused) => refused === 0) ? 'go' : 'silent'
}

/**
 * Takes a costly request's cost, beyond the ordinary one.
 * @param id the person's, or the chat's that has no author
 * @param seconds the whole cost of the request
 * @param now epoch ms
 * @returns false when the limit is reached: nothing was taken
 */
export async function takeCostly(db: Database, id: number, seconds: number, now: number): Promise<boolean> {
  const cost = Math.max(0, seconds * SECOND - ORDINARY_COST)
  const [taken] = await transact(db, [
    sql`INSERT INTO rate_limits (id, used_until) VALUES (${id}, ${now + cost})
        ON CONFLICT (id) DO UPDATE SET used_until = max(used_until, ${now}) + ${cost}
        WHERE max(used_until, ${now}) + ${cost} <= ${now + MOST_COSTLY}
        RETURNING id`,
  ])
  return taken?.results.length === 1
}
