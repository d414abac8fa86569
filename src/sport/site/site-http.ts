import { parseSetCookie } from 'set-cookie-parser'
import { describeError, log } from '../../platform/log.ts'
import { readBounded } from '../../platform/read-bounded.ts'
import type { Clock } from '../../platform/time.ts'
import { BOOKING_PAGE } from './booking-page.ts'
import type { ClockSample } from './server-clock.ts'
import type { SiteFailure, SiteSession } from './site-model.ts'
import { fail, safeUrl } from './site-result.ts'

export interface HttpOptions {
  /** Base of the site, no slash at the end. */
  base: string
  fetch: typeof fetch
  clock: Clock
  /** How long one request may take, ms. */
  timeoutMs: number
}

export interface SiteRequest {
  method?: 'GET' | 'POST' | 'HEAD'
  /** Form fields; with them come the headers of the page's own requests. */
  form?: Record<string, string>
  timeoutMs?: number
}

/** An answer of the site that is not a failure by itself. */
export interface SiteAnswer {
  text: string
  /** The site's `Date` header, epoch ms (whole seconds); null when absent. */
  date: number | null
  /** When the request left and when its answer was there, epoch ms by our clock. */
  sentAt: number
  answeredAt: number
  /** The session with the cookies that the site rotated; undefined when it rotated none. */
  renewed: SiteSession | undefined
}

/** `sent`: the request may have reached the site, so what it asks for may have been done. */
export type HttpResult = { ok: true; answer: SiteAnswer } | { ok: false; failure: SiteFailure; sent: boolean }

/** No honest answer is longer: a calendar of eight days is about 200 KB. */
const MAX_BODY_BYTES = 2 * 1024 * 1024

const cookieHeader = (session: SiteSession) =>
  Object.entries(session.cookies)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ')

/** The session after a `Set-Cookie`: changed values in, deleted cookies out. Undefined when nothing changed. */
export function rotate(session: SiteSession, setCookie: string[], now: number): SiteSession | undefined {
  const cookies = { ...session.cookies }
  for (const { name, value, maxAge, expires } of parseSetCookie(setCookie, {
    decodeValues: false,
    silent: true,
  })) {
    const dead =
      value === '' || (maxAge !== undefined && maxAge <= 0) || (expires && expires.getTime() <= now)
    if (dead) delete cookies[name]
    else cookies[name] = value
  }
  const names = Object.keys(cookies)
  const same =
    names.length === Object.keys(session.cookies).length &&
    names.every((name) => cookies[name] === session.cookies[name])
  return same ? undefined : { ...session, cookies }
}

/** `Retry-After` in ms: seconds or a date. */
function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) return undefined
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1_000
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

/** True for an address that leads to the login. */
export const isLogin = (location: string): boolean => /account\/log|aunicalogin|\blogin\b/i.test(location)

/** True for a page of the login that came with status 200. */
export const looksLikeLogin = (html: string): boolean =>
  /Accedi al tuo account|id="login"|action="[^"]*Account\/(External)?Log/i.test(html) &&
  !/id="event-repository"/.test(html)

function failureOf(response: Response, text: string, now: number): SiteFailure | null {
  const { status } = response
  const where = safeUrl(response.url)
  if (status >= 300 && status < 400) {
    const location = response.headers.get('location') ?? ''
    return isLogin(location)
      ? fail('session-expired', `sent to the login (${status})`).failure
      : fail('markup-changed', `${where} unexpectedly redirects to ${location.split('?')[0]}`).failure
  }
  if (status === 401) return fail('session-expired', `${where} answered 401`).failure
  if (status === 429 || status >= 500 || status === 403 || status === 408) {
    const wait = retryAfterMs(response.headers.get('retry-after'), now)
    const reason = status === 429 ? 'rate-limited' : 'site-down'
    return fail(reason, `${where} answered ${status}`, wait === undefined ? {} : { retryAfterMs: wait })
      .failure
  }
  // A refusal may come as an error status with its reason in the body: that is the caller's to read.
  if (status >= 400 && !text.trimStart().startsWith('{'))
    return fail('markup-changed', `${where} answered ${status}`).failure
  return null
}

/** Sends one request with the session's cookies; redirects are not followed, as one to the login means "expired". */
export async function send(
  options: HttpOptions,
  session: SiteSession,
  path: string,
  { method, form, timeoutMs }: SiteRequest = {},
): Promise<HttpResult> {
  const { clock } = options
  const url = `${options.base}${path}`
  const sentAt = clock.now()
  const headers: Record<string, string> = {
    cookie: cookieHeader(session),
    'accept-language': 'it-IT,it;q=0.9',
    ...(form
      ? { 'x-requested-with': 'XMLHttpRequest', accept: 'application/json, text/javascript, */*; q=0.01' }
      : {}),
  }
  try {
    const response = await options.fetch(url, {
      method: method ?? (form ? 'POST' : 'GET'),
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs ?? options.timeoutMs),
      ...(form ? { body: new URLSearchParams(form) } : {}),
    })
    const text = await readBounded(response, MAX_BODY_BYTES)
    const answeredAt = clock.now()
    if (text === null)
      return {
        ...fail('site-down', `${safeUrl(url)} answered more than ${MAX_BODY_BYTES} bytes`),
        sent: true,
      }
    const failure = failureOf(response, text, answeredAt)
    if (failure) return { ok: false, failure, sent: response.status >= 500 || response.status === 408 }
    const date = Date.parse(response.headers.get('date') ?? '')
    return {
      ok: true,
      answer: {
        text,
        date: Number.isNaN(date) ? null : date,
        sentAt,
        answeredAt,
        renewed: rotate(session, response.headers.getSetCookie(), answeredAt),
      },
    }
  } catch (error) {
    // Workers and Node throw differing errors for a dropped connection, a refused one and a timeout.
    return { ...fail('site-down', `${safeUrl(url)}: ${describeError(error)}`), sent: true }
  }
}

/**
 * Reads the site's clock by one light request without cookies, which the site answers with a redirect; any answer
 * with a `Date` will do. Not HEAD: some runtimes close the connection after one, and it should stay warm.
 */
export async function probeClock({
  base,
  fetch,
  clock,
  timeoutMs,
}: HttpOptions): Promise<ClockSample | null> {
  const sentAt = clock.now()
  try {
    const response = await fetch(`${base}${BOOKING_PAGE}`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(Math.min(timeoutMs, 5_000)),
    })
    const answeredAt = clock.now()
    const date = Date.parse(response.headers.get('date') ?? '')
    // An answer that is not read to its end would hold the connection.
    await readBounded(response, MAX_BODY_BYTES)
    return Number.isNaN(date) ? null : { sentAt, answeredAt, date }
  } catch (error) {
    log('warn', 'site-clock-unread', { error: describeError(error) })
    return null
  }
}
