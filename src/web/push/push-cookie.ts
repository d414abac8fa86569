import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { isLoopback } from '../../platform/loopback.ts'
import { DAY, SECOND } from '../../platform/time.ts'

/** Browsers keep a cookie for no longer. */
const LIFETIME = 400 * DAY

/** Plain HTTP is for somebody's own machine only: on every other host the cookie is secure. */
function cookieOf(c: Context) {
  const { protocol, hostname } = new URL(c.req.url)
  const isLocal = protocol === 'http:' && isLoopback(hostname)
  return {
    name: isLocal ? 'push' : '__Host-push',
    attributes: { path: '/', httpOnly: true, secure: !isLocal, sameSite: 'Lax' as const },
  }
}

/** The secret by which a browser that gets Web Push is known; undefined: it has none. */
export const secretIn = (c: Context): string | undefined => getCookie(c, cookieOf(c).name)

export function giveSecret(c: Context, secret: string): void {
  const { name, attributes } = cookieOf(c)
  setCookie(c, name, secret, { ...attributes, maxAge: LIFETIME / SECOND })
}

export function dropSecret(c: Context): void {
  const { name, attributes } = cookieOf(c)
  deleteCookie(c, name, attributes)
}
