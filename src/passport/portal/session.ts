import { parseSetCookie } from 'set-cookie-parser'

/** What a logged-in person's browser shows to the portal. */
export interface PortalSession {
  /** By name, values as they are sent. */
  cookies: Record<string, string>
  /** The token that requests carry; null: to be read from the page. */
  csrf: string | null
  /** When the token was last read from the page, epoch ms; 0: never. */
  csrfAt: number
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

/** The CSRF token that a logged-in page holds in its head; null when there is none (nobody is logged in). */
export function readCsrf(html: string): string | null {
  for (const [tag] of html.matchAll(/<meta\b[^>]{0,500}>/gi)) {
    const name = /\bname\s*=\s*["']?([^"'\s/>]+)/i.exec(tag)?.[1]
    if (name?.toLowerCase() !== '_csrf') continue
    const content = /\bcontent\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'/>]+))/i.exec(tag)
    const token = (content?.[1] ?? content?.[2] ?? content?.[3] ?? '').trim()
    if (/^[\x21-\x7e]{1,500}$/.test(token)) return token
  }
  return null
}
