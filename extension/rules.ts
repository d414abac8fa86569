/** When the extension sends the portal's session, and how it reads what a person pastes. */

/** Why the extension looks at the session. */
export type Cause =
  /** A page was opened that the portal shows only to logged-in people. */
  | 'page'
  /** The portal renewed the session's cookie, or another one began. */
  | 'cookie'
  /** A few minutes have passed. */
  | 'clock'
  /** The person asks for it. */
  | 'person'

/** What became of the session that was sent last. */
export interface Sent {
  /** A hash of its cookie: the cookie itself is not kept. */
  fingerprint: string
  /** `taken`: the installation keeps it. `refused`: the portal does not know it, or not any more. `failed`: the installation did not answer. */
  outcome: 'taken' | 'refused' | 'failed'
  /** Epoch ms. */
  at: number
}

/**
 * How long a refused session is not sent again, ms. Shorter than a login takes: a login may keep the cookie that was refused
 * before it.
 */
const PATIENCE = 15_000

/**
 * True when the session should be sent now. A cookie alone says nothing of a login, since the portal gives one to everybody:
 * a new session is sent once a page for logged-in people has opened, or when it renews one that was taken.
 * @param fingerprint of the session's cookie now; null: there is none
 */
export function shouldSend(
  cause: Cause,
  fingerprint: string | null,
  sent: Sent | undefined,
  now: number,
): boolean {
  if (fingerprint === null) return false
  if (cause === 'person') return true
  if (sent?.outcome === 'failed') return true
  const same = sent?.fingerprint === fingerprint
  if (sent?.outcome === 'taken') return !same
  if (cause !== 'page') return false
  return !same || now - sent.at >= PATIENCE
}

/**
 * What became of the session that was sent last, now that the installation says whether it works: an expired one counts as
 * refused, because the next login may keep its cookie.
 */
export const withHealth = (sent: Sent | undefined, health: 'good' | 'dead' | undefined): Sent | undefined =>
  sent?.outcome === 'taken' && health === 'dead' ? { ...sent, outcome: 'refused' } : sent

/** Where sessions are sent, and the code that allows it once. */
export interface PairingLine {
  origin: string
  code: string
}

const isThisMachine = (hostname: string) => hostname === 'localhost' || hostname === '127.0.0.1'

/** Reads the line that the bot gave: an address and a code; null when it is none. Only https, or this machine. */
export function readPairingLine(line: string): PairingLine | null {
  const [, address = '', code = ''] = /^\s*(https?:\/\/\S+)\s+([\w-]{8,40})\s*$/.exec(line) ?? []
  if (!URL.canParse(address)) return null
  const { protocol, hostname, origin } = new URL(address)
  return protocol === 'https:' || isThisMachine(hostname) ? { origin, code } : null
}

/** A pattern of permissions for an address: every port, as Firefox knows none. */
export function permissionFor(origin: string): string {
  const { protocol, hostname } = new URL(origin)
  return `${protocol}//${hostname}/*`
}

/** True for a page that the portal shows only to logged-in people. */
export const isLoggedInPage = (url: string | undefined, portal: string): boolean =>
  url?.startsWith(`${portal}/cittadino/a/`) === true

/** The browser by what it calls itself. */
export const browserName = (userAgent: string): 'chrome' | 'edge' | 'firefox' =>
  /Firefox\//.test(userAgent) ? 'firefox' : /Edg\//.test(userAgent) ? 'edge' : 'chrome'
