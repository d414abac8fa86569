import { isLoopback } from '../../../platform/loopback.ts'

/** Whose pages may ask for a student's credentials: the university's single sign-on. */
const SIGN_ON = 'polimi.it'

/**
 * True for a page that credentials may be typed into: over HTTPS, of the university or of the booking site itself. A
 * simulator on this very machine signs on at this machine, over plain HTTP too.
 * @param base address of the booking site
 */
export function mayTypeCredentials(base: string, url: string): boolean {
  if (!URL.canParse(url)) return false
  const [site, page] = [new URL(base), new URL(url)]
  if (isLoopback(site.hostname)) return isLoopback(page.hostname) && /^https?:$/.test(page.protocol)
  if (page.protocol !== 'https:' || page.port !== site.port) return false
  return page.hostname === site.hostname || page.hostname === SIGN_ON || page.hostname.endsWith(`.${SIGN_ON}`)
}
