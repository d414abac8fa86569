import type { Database } from '../../db/client.ts'
import type { Keyring } from '../../platform/crypto.ts'
import { parsePaste } from '../../platform/paste.ts'
import type { Clock } from '../../platform/time.ts'
import { PortalClient } from '../portal/client.ts'
import type { PortalAddress } from '../portal/http.ts'
import { addSession } from './store.ts'

/** The province whose offices are listed to try a session. */
const TRIED = 'RM'

/**
 * What came of a pasted session. `kept`: it works. `no-cookies`: the text holds none. `no-jsessionid`: the cookie that
 * matters is missing, and it does not work. `refused`: the portal does not take it. `unreachable`: the portal could not
 * be asked, nothing is known of the session.
 */
export type HandInOutcome =
  | { kind: 'kept'; id: number; offices: number }
  | { kind: 'no-cookies' | 'no-jsessionid' | 'refused' | 'unreachable' }

export interface HandInContext {
  db: Database
  keys: Keyring
  clock: Clock
  address: PortalAddress
}

/** Tries what an operator pasted against the portal at once, and keeps it when it works. */
export async function handIn(
  { db, keys, clock, address }: HandInContext,
  ownerId: number,
  pasted: string,
): Promise<HandInOutcome> {
  const { cookies, headers } = parsePaste(pasted)
  if (Object.keys(cookies).length === 0) return { kind: 'no-cookies' }
  const client = new PortalClient(address, clock, {
    cookies,
    csrf: headers['x-csrf-token'] ?? null,
    csrfAt: 0,
  })
  const offices = await client.listOffices(TRIED)
  if (offices.ok) {
    const id = await addSession(db, keys, ownerId, client.session, clock.now())
    return { kind: 'kept', id, offices: offices.value.length }
  }
  if (offices.failure.reason !== 'session-expired') return { kind: 'unreachable' }
  return { kind: cookies.JSESSIONID === undefined ? 'no-jsessionid' : 'refused' }
}
