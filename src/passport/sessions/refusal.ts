import type { PortalFailure, PortalResult } from '../model.ts'
import { type PortalClient, showsLogin } from '../portal/portal-client.ts'
import type { PortalAddress } from '../portal/portal-http.ts'

/** How many other sessions are tried, to see whether the portal refuses them too. */
const MOST_WITNESSES = 3

/**
 * What the portal refused: only that request (`request`), this expired session (`session`), or every session
 * (`portal`).
 */
export type RefusalCause = 'request' | 'session' | 'portal'

const isRefused = (result: PortalResult<unknown>) => !result.ok && result.failure.reason === 'session-expired'

/**
 * Finds out why the portal refused a request of a session. Since a new session costs an operator a login, it counts as
 * expired only if the portal refuses the list of another province too, and serves another session at the same time. With
 * no other session, the refusal must have shown the login, or the login page must open. A refusal of all sessions is an
 * outage.
 * @param control another province than the refused one
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
