import { sql } from 'drizzle-orm'
import { type Database, type Row, type Statement, transact } from '../../db/client.ts'
import type { SessionHealth } from '../../db/schema/passport.ts'
import { clearState } from '../../db/state.ts'
import { type Keyring, seal, sealedWithOldKey, UnsealError, unseal } from '../../platform/crypto.ts'
import { describeError, log } from '../../platform/log.ts'
import type { PortalSession } from '../portal/session.ts'

/** What sessions are sealed for: the text opens nowhere else. */
const PURPOSE = 'portal-session'

/** A good session as the database has it. */
export interface StoredSession {
  id: number
  ownerId: number
  session: PortalSession
  /** As it stands in the row: tells whether another run renewed it meanwhile. */
  sealed: string
  /** When the portal last answered to it, epoch ms. */
  lastGoodAt: number
}

/** A session as an operator sees it. */
export interface SessionInfo {
  id: number
  ownerId: number
  health: SessionHealth
  /** Epoch ms. */
  createdAt: number
  lastGoodAt: number
  diedAt: number | null
}

async function open(keys: Keyring, row: Row): Promise<StoredSession | undefined> {
  const sealed = String(row.sealed)
  try {
    const session = JSON.parse(await unseal(keys, PURPOSE, sealed)) as PortalSession
    return {
      id: Number(row.id),
      ownerId: Number(row.owner_id),
      session,
      sealed,
      lastGoodAt: Number(row.last_good_at),
    }
  } catch (error) {
    if (!(error instanceof UnsealError)) throw error
    log('error', 'session-unreadable', { session: Number(row.id), error: describeError(error) })
    return undefined
  }
}

/** The good sessions, the one that answered last first; those that no configured key opens are left out, with a log line. */
export async function readGoodSessions(db: Database, keys: Keyring): Promise<StoredSession[]> {
  const [rows] = await transact(db, [
    sql`SELECT id, owner_id, sealed, last_good_at FROM portal_sessions WHERE health = 'good'
        ORDER BY last_good_at DESC, id DESC`,
  ])
  const opened = await Promise.all((rows?.results ?? []).map((row) => open(keys, row)))
  return opened.filter((session) => session !== undefined)
}

/** One session as it stands now; undefined when it is gone or dead. */
export async function readSession(
  db: Database,
  keys: Keyring,
  id: number,
): Promise<StoredSession | undefined> {
  const [rows] = await transact(db, [
    sql`SELECT id, owner_id, sealed, last_good_at FROM portal_sessions WHERE id = ${id} AND health = 'good'`,
  ])
  const row = rows?.results[0]
  return row && open(keys, row)
}

/** Saves what the portal renewed; a session that died meanwhile stays dead. @returns the sealed text */
export async function saveSession(
  db: Database,
  keys: Keyring,
  id: number,
  session: PortalSession,
  now: number,
): Promise<string> {
  const sealed = await seal(keys, PURPOSE, JSON.stringify(session))
  await transact(db, [
    sql`UPDATE portal_sessions SET sealed = ${sealed}, last_good_at = ${now} WHERE id = ${id} AND health = 'good'`,
  ])
  return sealed
}

/** Notes that the portal answered to a session. */
export const touchSession = (db: Database, id: number, now: number): Promise<unknown> =>
  transact(db, [sql`UPDATE portal_sessions SET last_good_at = ${now} WHERE id = ${id} AND health = 'good'`])

/** Sets a dead session aside. @returns true for the one run that did, whose owner is to be told */
export async function burySession(db: Database, id: number, sealed: string, now: number): Promise<boolean> {
  const [buried] = await transact(db, [
    sql`UPDATE portal_sessions SET health = 'dead', died_at = ${now}
        WHERE id = ${id} AND health = 'good' AND sealed = ${sealed}`,
  ])
  return (buried?.meta.changes ?? 0) > 0
}

/** Keeps a session that was tried; the owner's dead ones go, polling is no longer paused. @returns its id */
export async function addSession(
  db: Database,
  keys: Keyring,
  ownerId: number,
  session: PortalSession,
  now: number,
): Promise<number> {
  const sealed = await seal(keys, PURPOSE, JSON.stringify(session))
  const [, added] = await transact(db, [
    sql`DELETE FROM portal_sessions WHERE owner_id = ${ownerId} AND health = 'dead'`,
    sql`INSERT INTO portal_sessions (owner_id, sealed, created_at, last_good_at)
        VALUES (${ownerId}, ${sealed}, ${now}, ${now}) RETURNING id`,
    clearState(db, 'polling-paused'),
    sql`UPDATE provinces SET due_at = 0 WHERE last_failure IN ('no-session', 'session-expired')`,
  ])
  return Number(added?.results[0]?.id)
}

/** All sessions, newest first, without their secrets. */
export async function listSessions(db: Database): Promise<SessionInfo[]> {
  const [rows] = await transact(db, [
    sql`SELECT id, owner_id, health, created_at, last_good_at, died_at FROM portal_sessions ORDER BY id DESC`,
  ])
  return (rows?.results ?? []).map((row) => ({
    id: Number(row.id),
    ownerId: Number(row.owner_id),
    health: row.health as SessionHealth,
    createdAt: Number(row.created_at),
    lastGoodAt: Number(row.last_good_at),
    diedAt: row.died_at as number | null,
  }))
}

/** The statement that removes a session. */
export const removeSession = (id: number): Statement => sql`DELETE FROM portal_sessions WHERE id = ${id}`

/**
 * Seals again, with the newest key, what an older one sealed: the last step of a rotation of ENCRYPTION_KEY.
 * @returns how many were sealed again
 */
export async function resealSessions(db: Database, keys: Keyring): Promise<number> {
  let resealed = 0
  for (const { id, session, sealed } of await readGoodSessions(db, keys)) {
    if (!(await sealedWithOldKey(keys, sealed))) continue
    const renewed = await seal(keys, PURPOSE, JSON.stringify(session))
    const [done] = await transact(db, [
      sql`UPDATE portal_sessions SET sealed = ${renewed} WHERE id = ${id} AND sealed = ${sealed}`,
    ])
    resealed += done?.meta.changes ?? 0
  }
  return resealed
}
