import { parseSetCookie } from 'set-cookie-parser'

/** What a logged-in person's browser sends to the portal. */
export interface PortalSession {
  /** By name, values as they are sent. */
  cookies: Record<string, string>
  /** The token that requests carry; null: to be read from the page. */
  csrf: string | null
  /** When the token was last read from the page, epoch ms; 0: never. */
  csrfAt: number
  /** When the portal last renewed the cookies, epoch ms; absent: never. */
  cookiesAt?: number
}

/**
 * Merges two versions of a session that two runs renewed: the newer cookies and the newer token. Returns `ours` or
 * `theirs` itself when that one has both.
 */
export function mergeSessions(ours: PortalSession, theirs: PortalSession): PortalSession {
  const cookies = (theirs.cookiesAt ?? 0) >= (ours.cookiesAt ?? 0) ? theirs : ours
  const token = theirs.csrfAt >= ours.csrfAt ? theirs : ours
  return cookies === token ? cookies : { ...cookies, csrf: token.csrf, csrfAt: token.csrfAt }
}

/** The `Cookie` header that sends these cookies. */
export const cookieHeader = (cookies: PortalSession['cookies']): string =>
  Object.entries(cookies)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ')

/**
 * The cookies after a `Set-Cookie`: changed values in, deleted ones out. The same object when nothing changed.
 * @param now epoch ms, for cookies that the portal deletes by an expiry in the past
 */
export function rotateCookies(
  cookies: Record<string, string>,
  setCookie: string[],
  now: number,
): Record<string, string> {
  const after = new Map(Object.entries(cookies))
  for (const { name, value, maxAge, expires } of parseSetCookie(setCookie, {
    decodeValues: false,
    silent: true,
  })) {
    const over = (maxAge !== undefined && maxAge <= 0) || (expires !== undefined && expires.getTime() <= now)
    if (value === '' || over) after.delete(name)
    else after.set(name, value)
  }
  const same =
    after.size === Object.keys(cookies).length && [...after].every(([name, value]) => cookies[name] === value)
  return same ? cookies : Object.fromEntries(after)
}
