import type { PortalResult } from '../model.ts'
import { failure, value } from './portal-result.ts'

/** Where a person logs in; shown to anybody. */
export const LOGIN_PATH = '/cittadino/n/sc/loginCittadino/sceltaLogin'

/** The CSRF token that a logged-in page holds in its head; null when there is none. */
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

/** True for the login page, recognised by its words and links. */
export const isLoginPage = (html: string): boolean =>
  /loginCittadino|sceltaLogin|entra con (?:spid|cie)/i.test(html) && !/logout/i.test(html)

/** The failure that an HTML page in place of data means. */
export function failureOfPage(html: string): PortalResult<never> {
  if (isLoginPage(html))
    return failure('session-expired', 'the login where data was due', { evidence: 'login' })
  return readCsrf(html) === null
    ? failure('unavailable', 'a page where data was due, perhaps of maintenance')
    : failure('session-expired', 'a logged-in page where data was due', { evidence: 'page' })
}

/** The CSRF token of the booking page; a page without one is the login, or nothing that tells of the session. */
export function readToken(html: string): PortalResult<string> {
  const csrf = readCsrf(html)
  if (csrf !== null) return value(csrf)
  return isLoginPage(html)
    ? failure('session-expired', 'the login instead of the page with the token', { evidence: 'login' })
    : failure('unavailable', 'a page without a CSRF token that is not the login')
}
