import { describeError } from '../../platform/log.ts'
import { readBounded } from '../../platform/read-bounded.ts'
import { SECOND } from '../../platform/time.ts'
import type { PortalFailure, PortalResult } from '../model.ts'
import { failureOfPage } from './portal-pages.ts'
import { failure, value } from './portal-result.ts'

/** Timeout of one whole answer. */
const TIMEOUT = 10 * SECOND
/** Longest answer accepted: a page of offices with their notes is some tens of KB. */
const MAX_BODY_BYTES = 4 * 1024 * 1024
/** A requested wait is obeyed up to an hour. */
const LONGEST_WAIT = 3600 * SECOND
const USER_AGENT =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36'

/** How to reach the portal. */
export interface PortalAddress {
  /** The portal itself, no slash at the end: what `Origin` and `Referer` say. */
  origin: string
  /** Address of a relay, for when the portal refuses Cloudflare's addresses; undefined: none. */
  relay: string | undefined
  fetch: typeof fetch
  /** For one whole answer, ms; default 10 s. */
  timeoutMs?: number
}

export interface PortalRequest {
  method: 'GET' | 'POST'
  path: string
  /** `Cookie` header; empty: none is sent. */
  cookie: string
  csrf: string | null
  /** Sent as JSON. */
  body?: unknown
}

/** The body of an answer with status 200, or what any other outcome means; and the cookies that came with it. */
export interface PortalAnswer {
  answer: PortalResult<string>
  setCookie: string[]
}

/** `Retry-After` (seconds or a date) in ms; undefined when it is missing or means nothing. */
export function readRetryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined
  const seconds = /^\s*(\d{1,9})(?:\.\d+)?\s*$/.exec(header)?.[1]
  const wait = seconds === undefined ? Date.parse(header) - now : Number(seconds) * SECOND
  return Number.isFinite(wait) ? Math.min(LONGEST_WAIT, Math.max(0, wait)) : undefined
}

/** The failure that a status means; null for 200. */
function failureOfStatus(response: Response, now: number): PortalFailure | null {
  const { status } = response
  const fail = (...args: Parameters<typeof failure>) => failure(...args).failure
  if (status === 200) return null
  if (status === 401 || status === 403) {
    return fail('session-expired', `the portal answered ${status}`, { evidence: 'status' })
  }
  if (status === 429 || status >= 500) {
    const retryAfterMs = readRetryAfter(response.headers.get('retry-after'), now)
    const reason = status === 429 ? 'rate-limited' : 'unavailable'
    return fail(reason, `the portal answered ${status}`, retryAfterMs === undefined ? {} : { retryAfterMs })
  }
  if (status >= 300 && status < 400) {
    const target = (response.headers.get('location') ?? '').split(/[?#;]/)[0]?.slice(0, 200) ?? ''
    return /login/i.test(target)
      ? fail('session-expired', `the portal redirected to the login (${status})`, { evidence: 'login' })
      : fail('malformed', `an unexpected redirect (${status})`)
  }
  return fail('malformed', `the portal answered ${status}`)
}

/**
 * Sends one request as the portal's own pages would, follows no redirect, and reads the whole answer.
 * @param now epoch ms, for a `Retry-After` that is a date
 */
export async function send(
  { origin, relay, fetch, timeoutMs = TIMEOUT }: PortalAddress,
  { method, path, cookie, csrf, body }: PortalRequest,
  now: number,
): Promise<PortalAnswer> {
  const headers: Record<string, string> = {
    accept: method === 'POST' ? 'application/json, text/plain, */*' : 'text/html,application/json,*/*',
    'accept-language': 'it-IT',
    origin,
    referer: `${origin}/cittadino/a/sc/wizardAppuntamentoCittadino/sceltaComune`,
    'user-agent': USER_AGENT,
    ...(cookie && { cookie }),
    ...(csrf && method === 'POST' && { 'x-csrf-token': csrf }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
  }
  try {
    const response = await fetch(`${relay ?? origin}${path}`, {
      method,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const setCookie = response.headers.getSetCookie()
    const bad = failureOfStatus(response, now)
    if (bad) {
      await response.body?.cancel()
      return { answer: { ok: false, failure: bad }, setCookie }
    }
    const text = await readBounded(response, MAX_BODY_BYTES)
    return { answer: text === null ? failure('malformed', 'an endless answer') : value(text), setCookie }
  } catch (error) {
    const name = error instanceof Error ? error.name : ''
    if (name === 'TimeoutError' || name === 'AbortError') {
      return { answer: failure('timeout', `no whole answer in ${timeoutMs / SECOND} s`), setCookie: [] }
    }
    // Node and Workers throw differing errors for a refused and for a dropped connection.
    return { answer: failure('unavailable', describeError(error)), setCookie: [] }
  }
}

/** An answer's body as JSON. HTML where JSON was due may be the login, a page for a stale token, or maintenance. */
export function readJson(text: string): PortalResult<unknown> {
  const start = text.trimStart()
  if (start.startsWith('<')) return failureOfPage(start)
  try {
    return value(JSON.parse(start))
  } catch (error) {
    if (error instanceof SyntaxError) return failure('malformed', 'broken JSON')
    throw error
  }
}
