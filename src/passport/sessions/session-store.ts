import { type SQL, sql } from 'drizzle-orm'
import * as z from 'zod'
import { type Database, type Statement, transact } from '../../db/database.ts'
import type { SessionHealth } from '../../db/schema/passport.ts'
import { type Keyring, needsResealing, seal, unseal } from '../../platform/crypto.ts'
import { describeError, log } from '../../platform/log.ts'
import type { PortalSession } from '../portal/portal-session.ts'

/** The purpose that portal sessions are sealed for. */
const PURPOSE = 'portal-session'

const shape = z.object({
  cookies: z.record(z.string(), z.string()),
  csrf: z.string().nullable(),
  csrfAt: z.number(),
  cookiesAt: z.number().optional(),
})

/** Identifies a session's row before it has an id: nobody hands in two within a millisecond. */
export interface SessionRow {
  ownerId: number
  createdAt: number
}

const place = ({ ownerId, createdAt }: SessionRow) =>
  `portal_sessions.sealed/${ownerId}-${createdAt}` as const

export const sealSession = (keys: Keyring, row: SessionRow, session: PortalSession): Promise<string> =>
  seal(keys, PURPOSE, place(row), JSON.stringify(session))

/** @throws UnsealError when no configured key opens it, SyntaxError or ZodError when another version wrote it */
export const openSession = async (
  keys: Keyring,
  row: SessionRow & { sealed: string },
): Promise<PortalSession> =>
  shape.parse(JSON.parse(await unseal(keys, PURPOSE, place(row), row.sealed))) as PortalSession

/** A session as it is kept. */
export interface StoredSession extends SessionRow {
  id: number
  sealed: string
  lastGoodAt: number
  /** Since when the portal refuses all sessions, epoch ms; null: it does not. */
  refusedSince: number | null
}

/** A session as operators see it. Instants in epoch ms. */
export interface SessionView {
  id: number
  ownerId: number
  health: SessionHealth
  createdAt: number
  lastGoodAt: number
  diedAt: number | null
}

async function query<Row>(db: Database, statement: SQL): Promise<Row[]> {
  const [result] = await transact(db, [statement])
  return (result?.results ?? []) as Row[]
}

const stored = sql.raw(`id, owner_id AS ownerId, created_at AS createdAt, sealed, last_good_at AS lastGoodAt,
  (SELECT value ->> 'since' FROM state WHERE name = 'portal-refuses-all') AS refusedSince`)

/** The good sessions, oldest first. */
export const readGood = (db: Database): Promise<StoredSession[]> =>
  query(db, sql`SELECT ${stored} FROM portal_sessions WHERE health = 'good' ORDER BY id`)

/** One session while it is good; undefined: it is dead or was removed. */
export const readIfGood = async (db: Database, id: number): Promise<StoredSession | undefined> =>
  (
    await query<StoredSession>(
      db,
      sql`SELECT ${stored} FROM portal_sessions WHERE id = ${id} AND health = 'good'`,
    )
  )[0]

/** Every session: good ones first, then expired ones, the latest first. */
export const listSessions = (db: Database): Promise<SessionView[]> =>
  query(
    db,
    sql`SELECT id, owner_id AS ownerId, health, created_at AS createdAt, last_good_at AS lastGoodAt, died_at AS diedAt
        FROM portal_sessions ORDER BY health = 'dead', coalesce(died_at, 0) DESC, id`,
  )

/**
 * Saves renewed cookies and token, unless another run saved since `replaces` was read.
 * @returns false when it did, or when the session is not good any more
 */
export async function saveRenewed(
  db: Database,
  { id, sealed, lastGoodAt }: Pick<StoredSession, 'id' | 'sealed' | 'lastGoodAt'>,
  replaces: string,
): Promise<boolean> {
  const saved = await query(
    db,
    sql`UPDATE portal_sessions SET sealed = ${sealed}, last_good_at = max(last_good_at, ${lastGoodAt})
        WHERE id = ${id} AND health = 'good' AND sealed = ${replaces} RETURNING id`,
  )
  return saved.length > 0
}

/** Records when the portal last accepted a session. @returns false when it is not good any more */
export async function recordGood(db: Database, id: number, at: number): Promise<boolean> {
  const saved = await query(
    db,
    sql`UPDATE portal_sessions SET last_good_at = max(last_good_at, ${at})
        WHERE id = ${id} AND health = 'good' RETURNING id`,
  )
  return saved.length > 0
}

/** The statement that marks a session as expired. */
export const markExpired = (id: number, now: number): Statement =>
  sql`UPDATE portal_sessions SET health = 'dead', died_at = ${now} WHERE id = ${id} AND health = 'good'`

/** The statement that pauses polling when no good session is left; an earlier pause keeps its beginning. */
export const pauseIfNoneLeft = (now: number): Statement =>
  sql`INSERT INTO state (name, value, at)
      SELECT 'polling-paused', json_object('since', ${now}), ${now}
      WHERE NOT EXISTS (SELECT 1 FROM portal_sessions WHERE health = 'good')
      ON CONFLICT (name) DO NOTHING`

/** The statements that remove a session, and pause polling if it was the last good one. */
export const removeSession = (id: number, now: number): Statement[] => [
  sql`DELETE FROM portal_sessions WHERE id = ${id}`,
  pauseIfNoneLeft(now),
]

/** The statements that remove everything that one operator handed in. */
export const removeSessionsOf = (ownerId: number, now: number): Statement[] => [
  sql`DELETE FROM portal_sessions WHERE owner_id = ${ownerId}`,
  pauseIfNoneLeft(now),
]

/** The sessions that one operator handed in, for the export of their data. */
export const sessionsOf = async (db: Database, ownerId: number): Promise<SessionView[]> =>
  (await listSessions(db)).filter((session) => session.ownerId === ownerId)

/** The statements that delete the sessions that a person handed in; none for most people. */
export const forgetSessionsOf = async (db: Database, ownerId: number, now: number): Promise<Statement[]> =>
  (await sessionsOf(db, ownerId)).length > 0 ? removeSessionsOf(ownerId, now) : []

/**
 * Seals again, with the newest key, every session sealed with an older one or bound to another row: for the rotation of
 * `ENCRYPTION_KEY`. A session renewed at the same time is skipped: the renewal seals it with the newest key.
 * @returns how many were sealed again, and how many no configured key opens
 */
export async function resealAll(
  db: Database,
  keys: Keyring,
): Promise<{ resealed: number; unreadable: number }> {
  const rows = await query<StoredSession>(db, sql`SELECT ${stored} FROM portal_sessions`)
  const outcome = { resealed: 0, unreadable: 0 }
  for (const row of rows) {
    const { id, sealed } = row
    if (!(await needsResealing(keys, sealed))) continue
    try {
      const renewed = await sealSession(keys, row, await openSession(keys, row))
      await transact(db, [
        sql`UPDATE portal_sessions SET sealed = ${renewed} WHERE id = ${id} AND sealed = ${sealed}`,
      ])
      outcome.resealed += 1
    } catch (error) {
      log('warn', 'session-unreadable', { session: id, error: describeError(error) })
      outcome.unreadable += 1
    }
  }
  return outcome
}
