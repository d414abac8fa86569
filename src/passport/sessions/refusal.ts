import type { PortalFailure, PortalResult } from '../model.ts'
import { type PortalClient, showsLogin } from '../portal/portal-client.ts'
import type { PortalAddress } from '../portal/portal-http.ts'

/** Other sessions that are asked whether the portal refuses them too. */
const MOST_WITNESSES = 3

/**
 * Why the portal refused a request: only that request (`request`), this session because it expired (`session`), or
 * everybody (`portal`).
 */
export type RefusalCause = 'request' | 'session' | 'portal'

const isRefused = (result: PortalResult<unknown>) => !result.ok && result.failure.reason === 'session-expired'

/**
 * Finds out why the portal refused a request of a session. As a session costs somebody a login, it counts as expired
 * only when the portal refuses another list of offices too and, at the same time, serves others: another session, or,
 * if there is none, the login page, unless it showed us the login itself. What all sessions see at once is an outage.
 * @param control a province whose list was not refused just now
 */
export async function causeOfRefusal(
  client: PortalClient,
  others: readonly PortalClient[],
  { evidence }: Pick<PortalFailure, 'evidence'>,
  control: string,
  { address, now }: { address: PortalAddress; now: number },
): Promise<RefusalCause> {
  const again = await client.listOffices(control)
  if (!isRefused(again)) return 'request'
  if (others.length > 0) {
    for (const other of others.slice(0, MOST_WITNESSES)) {
      if ((await other.listOffices(control)).ok) return 'session'
    }
    return 'portal'
  }
  if (evidence === 'login') return 'session'
  return evidence === 'status' && (await showsLogin(address, now)) ? 'session' : 'portal'
}
