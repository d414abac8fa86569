import { sql } from 'drizzle-orm'
import { type Database, transact } from '../../db/database.ts'
import { clearState } from '../../db/state.ts'
import type { Keyring } from '../../platform/crypto.ts'
import { describeError, log } from '../../platform/log.ts'
import { parsePaste } from '../../platform/paste.ts'
import type { Clock } from '../../platform/time.ts'
import type { PortalFailure } from '../model.ts'
import { makeDue } from '../poller/readings.ts'
import { PortalClient, showsLogin } from '../portal/portal-client.ts'
import type { PortalAddress } from '../portal/portal-http.ts'
import type { PortalSession } from '../portal/portal-session.ts'
import { openSession, readGood, type StoredSession, sealSession } from './session-store.ts'

/** The province whose offices are asked for to try a session; any will do. */
const TRIAL_PROVINCE = 'RM'
/** What handing one in costs on the operator's rate limit, in seconds: each session is tried at the portal. */
export const HAND_IN_COST = 10
/** The cookie that is the session. */
const SESSION_COOKIE = 'JSESSIONID'

/**
 * The result of a pasted session. `kept`: it works, `offices` were read. `untested`: kept, but the portal could not be
 * asked to the end, though the page may have opened. Not kept: `no-cookies`: the text holds none. `no-jsessionid`: the
 * cookie that matters is missing, and it does not work without. `refused`: the portal does not know it (any more).
 */
export type HandInOutcome =
  | { kind: 'kept'; id: number; offices: number }
  | { kind: 'untested'; id: number; page: boolean; reason: PortalFailure['reason'] }
  | { kind: 'no-cookies' | 'no-jsessionid' | 'refused' }

export interface HandInContext {
  db: Database
  keys: Keyring
  clock: Pick<Clock, 'now'>
  address: PortalAddress
}

/** The good session with that cookie, if somebody handed it in before. */
async function findSame(
  { db, keys }: HandInContext,
  cookie: string | undefined,
): Promise<StoredSession | null> {
  if (cookie === undefined) return null
  for (const row of await readGood(db)) {
    try {
      if ((await openSession(keys, row)).cookies[SESSION_COOKIE] === cookie) return row
    } catch (error) {
      log('warn', 'session-unreadable', { session: row.id, error: describeError(error) })
    }
  }
  return null
}

/** Keeps a session in one row, however often it is handed in, and ends the pause of polling. @returns its id */
async function keep(
  context: HandInContext,
  ownerId: number,
  cookie: string | undefined,
  session: PortalSession,
): Promise<number> {
  const now = context.clock.now()
  const same = await findSame(context, cookie)
  const sealed = await sealSession(context.keys, same ?? { ownerId, createdAt: now }, session)
  const [kept] = await transact(context.db, [
    same === null
      ? sql`INSERT INTO portal_sessions (owner_id, sealed, created_at, last_good_at)
            VALUES (${ownerId}, ${sealed}, ${now}, ${now}) RETURNING id`
      : sql`UPDATE portal_sessions SET sealed = ${sealed}, health = 'good', died_at = NULL, last_good_at = ${now}
            WHERE id = ${same.id} AND sealed = ${same.sealed} RETURNING id`,
    sql`DELETE FROM portal_sessions WHERE owner_id = ${ownerId} AND health = 'dead'`,
    clearState(context.db, 'polling-paused'),
    makeDue(sql`last_failure IN ('no-session', 'session-expired')`, now),
  ])
  const id = kept?.results[0]?.id
  // Another run renewed the session since it was read: look again. Its cookie differs now, so this one gets a row of its own.
  return id === undefined ? keep(context, ownerId, cookie, session) : Number(id)
}

/**
 * Whether a failed trial proves that the session is expired. A firewall's 403, a maintenance page, or a refusal while the
 * logged-in page opens proves nothing.
 */
async function isExpired({ address, clock }: HandInContext, { reason, evidence }: PortalFailure) {
  if (reason !== 'session-expired' || evidence === 'page') return false
  return evidence === 'login' || (await showsLogin(address, clock.now()))
}

/**
 * Takes a logged-in browser's request, as an operator pasted it, and tries it at once: the page with the token, then a
 * list of offices. A session that the portal refuses is not kept; one that cannot be tried now is kept, and its
 * owner is notified if it has expired. It replaces the owner's expired sessions.
 */
export async function handIn(
  context: HandInContext,
  ownerId: number,
  pasted: string,
): Promise<HandInOutcome> {
  const { cookies, headers } = parsePaste(pasted, context.address.origin)
  if (Object.keys(cookies).length === 0) return { kind: 'no-cookies' }
  const cookie = cookies[SESSION_COOKIE]
  const client = new PortalClient(context.address, context.clock, {
    cookies,
    csrf: headers['x-csrf-token'] || null,
    csrfAt: 0,
  })
  const offices = await client.listOffices(TRIAL_PROVINCE)
  if (!offices.ok && cookie === undefined) return { kind: 'no-jsessionid' }
  if (!offices.ok && (await isExpired(context, offices.failure))) return { kind: 'refused' }
  const id = await keep(context, ownerId, cookie, client.session)
  return offices.ok
    ? { kind: 'kept', id, offices: offices.value.length }
    : { kind: 'untested', id, page: client.session.csrfAt > 0, reason: offices.failure.reason }
}
