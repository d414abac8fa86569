import type { ExpiryShape, IssuedSession, PortalOptions } from './model.ts'
import { Random } from './random.ts'

interface Session {
  number: number
  jsession: string
  csrf: string
  usedAt: number
  requests: number
  ended: ExpiryShape | null
  /** What to renew at the next request. */
  due: { csrf: boolean } | null
}

/** What the portal finds about the sender of a request. */
export type Standing =
  | { ok: true; session: Session; setCookie: string[] }
  | { ok: false; shape: ExpiryShape; number?: number }

const cookieValue = (header: string, name: string) =>
  new RegExp(`(?:^|;)\\s*${name}=([^;]*)`).exec(header)?.[1]?.trim()

/** Logged-in sessions by cookie, with renewal and expiry. */
export class Sessions {
  readonly #options: PortalOptions
  readonly #now: () => number
  #random: Random
  #sessions: Session[] = []
  /** By JSESSIONID; an old cookie is taken until `until`. */
  #byCookie = new Map<string, { session: Session; until: number }>()

  constructor(options: PortalOptions, now: () => number) {
    this.#options = options
    this.#now = now
    this.#random = new Random(`session:${options.seed ?? 1}`)
  }

  /** A new session, as a login by SPID makes one. */
  issue(origin: string): IssuedSession {
    const session: Session = {
      number: this.#sessions.length + 1,
      jsession: this.#random.token(32),
      csrf: this.#csrf(),
      usedAt: this.#now(),
      requests: 0,
      ended: null,
      due: null,
    }
    this.#sessions.push(session)
    this.#byCookie.set(session.jsession, { session, until: Number.POSITIVE_INFINITY })
    const cookie = `JSESSIONID=${session.jsession}; AGPID=${this.#random.token(12)}; AGPID_FE=!${this.#random.token(8)}%3D; spid_domain_jwt=eyJ.${this.#random.token(20)}.a_b-c`
    return {
      number: session.number,
      cookie,
      csrf: session.csrf,
      asCurl: {
        bash: bashCurl(origin, cookie, session.csrf),
        windows: cmdCurl(origin, cookie, session.csrf),
      },
    }
  }

  expire(shape: ExpiryShape, number?: number): void {
    for (const session of this.#sessions) {
      if (number === undefined || session.number === number) session.ended = shape
    }
  }

  rotate(csrf: boolean): void {
    for (const session of this.#sessions) session.due = { csrf }
  }

  /** Looks the sender up and counts the request; says which cookies to set. */
  enter(cookieHeader: string): Standing {
    const now = this.#now()
    const shape = this.#options.expiry ?? 'redirect'
    const found = this.#byCookie.get(cookieValue(cookieHeader, 'JSESSIONID') ?? '')
    if (!found) return { ok: false, shape }
    const { session, until } = found
    if (session.ended) return { ok: false, shape: session.ended, number: session.number }
    const idleMs = this.#options.idleMs ?? Number.POSITIVE_INFINITY
    if (now > until || now - session.usedAt > idleMs) return { ok: false, shape, number: session.number }
    session.usedAt = now
    session.requests += 1
    const { rotateEvery } = this.#options
    const due = session.due ?? (rotateEvery && session.requests % rotateEvery === 0 ? { csrf: false } : null)
    return { ok: true, session, setCookie: due ? this.#renew(session, due.csrf) : [] }
  }

  #renew(session: Session, csrf: boolean): string[] {
    const graceMs = this.#options.graceMs ?? 5_000
    this.#byCookie.set(session.jsession, { session, until: this.#now() + graceMs })
    session.jsession = this.#random.token(32)
    this.#byCookie.set(session.jsession, { session, until: Number.POSITIVE_INFINITY })
    if (csrf) session.csrf = this.#csrf()
    session.due = null
    return [
      `JSESSIONID=${session.jsession}; Path=/; HttpOnly; Secure`,
      `AGPID=${this.#random.token(12)}; Path=/; Expires=Fri, 31 Dec 2094 23:00:00 GMT`,
    ]
  }

  #csrf = (): string => [8, 4, 4, 4, 12].map((length) => this.#random.token(length).toLowerCase()).join('-')
}

const BODY = '{"comune":{"provinciaQuestura":"TO"},"pageInfo":{"maxResults":15}}'

/** Headers of a request that a browser's "Copy as cURL" would hold, cookies apart. */
const copied = (origin: string, csrf: string): string[] => [
  'accept: application/json, text/plain, */*',
  'accept-language: it-IT,it;q=0.9',
  'content-type: application/json',
  `origin: ${origin}`,
  'sec-ch-ua: "Chromium";v="130", "Not?A_Brand";v="99"',
  'user-agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36',
  `x-csrf-token: ${csrf}`,
]

const address = (origin: string) => `${origin}/cittadino/a/rc/v1/appuntamento/elenca-sede-prima-disponibilita`

/** As Chrome writes it for bash: single quotes, or `$'…'` for a text with `!` or `'`. */
function bashCurl(origin: string, cookie: string, csrf: string): string {
  const quote = (text: string) =>
    /[!']/.test(text)
      ? `$'${text.replace(/\\/g, '\\\\').replace(/'/g, "\\'").replace(/!/g, '\\u0021')}'`
      : `'${text}'`
  return [
    `curl ${quote(address(origin))}`,
    ...copied(origin, csrf).map((header) => `-H ${quote(header)}`),
    `-b ${quote(cookie)}`,
    `--data-raw ${quote(BODY)}`,
  ].join(' \\\n  ')
}

/** As Chrome writes it for Windows' cmd: `^"` around, and `^` before everything that cmd would read. */
function cmdCurl(origin: string, cookie: string, csrf: string): string {
  const quote = (text: string) =>
    `^"${text
      .replace(/\\/g, '\\\\')
      .replace(/"/g, '\\"')
      .replace(/[^a-zA-Z0-9\s_\-:=+~'/.,?;()*`]/g, '^$&')
      .replace(/%(?=[a-zA-Z0-9_])/g, '%^')}^"`
  return [
    `curl ${quote(address(origin))}`,
    ...copied(origin, csrf).map((header) => `-H ${quote(header)}`),
    `-b ${quote(cookie)}`,
    `--data-raw ${quote(BODY)}`,
  ].join(' ^\r\n  ')
}
