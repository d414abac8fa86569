/** The requests to the person's own installation. */

/** A paired installation. */
export interface Pairing {
  origin: string
  /** Sent in a header, never in an address. */
  token: string
}

/** What the installation knows of the session that this browser handed in. Instants in epoch ms. */
export interface HandedIn {
  own: { health: 'good' | 'dead'; lastGoodAt: number } | null
}

/** `unpaired`: the token or the code is not valid. `busy`: too many requests. `unreachable`: no usable answer. */
export type Failure = 'unpaired' | 'busy' | 'unreachable'
export type Answer<Value> = { ok: true; value: Value } | { ok: false; failure: Failure }

/** For one answer, ms: trying a session at the portal takes seconds. */
const TIMEOUT = 60_000

async function call<Value>(
  { origin, token }: { origin: string; token?: string },
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer<Value>> {
  try {
    const response = await fetch(`${origin}${path}`, {
      method,
      headers: {
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
      signal: AbortSignal.timeout(TIMEOUT),
    })
    const { status } = response
    if (status === 401 || status === 403) return { ok: false, failure: 'unpaired' }
    if (status === 429) return { ok: false, failure: 'busy' }
    if (!response.ok) return { ok: false, failure: 'unreachable' }
    return { ok: true, value: (status === 204 ? null : await response.json()) as Value }
  } catch (error) {
    // No connection, a timeout, a redirect, or no JSON: in each case there is no answer to use.
    console.warn('sportello:', error instanceof Error ? error.name : 'failed')
    return { ok: false, failure: 'unreachable' }
  }
}

/** Exchanges a code for a token. */
export async function pair(
  origin: string,
  code: string,
  browser: string,
): Promise<Answer<{ token: string }>> {
  const answer = await call<{ token?: unknown } | null>({ origin }, 'POST', '/operator/pairing', {
    code,
    browser,
  })
  if (!answer.ok) return answer
  const token = answer.value?.token
  // Another site may answer at a mistyped address.
  return typeof token === 'string' ? { ok: true, value: { token } } : { ok: false, failure: 'unreachable' }
}

/** Ends the pairing. */
export const unpair = (pairing: Pairing): Promise<Answer<null>> =>
  call(pairing, 'DELETE', '/operator/pairing')

/** Hands the portal's cookies in; the answer says what became of them. */
export const handIn = (
  pairing: Pairing,
  cookies: readonly { name: string; value: string }[],
): Promise<Answer<{ kind: string }>> =>
  call(
    pairing,
    'POST',
    '/operator/session',
    cookies.map(({ name, value }) => ({ name, value })),
  )

/** Asks whether the session works. */
export const askHandedIn = (pairing: Pairing): Promise<Answer<HandedIn>> =>
  call(pairing, 'GET', '/operator/session')
