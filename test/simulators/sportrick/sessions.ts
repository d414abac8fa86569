import { randomBytes } from 'node:crypto'

export const AUTH_COOKIE = '.ASPXAUTH_SOCIALBOOKING'
export const ASP_COOKIE = 'ASP.NET_SessionId'
export const FORGERY_COOKIE = '__RequestVerificationToken'

interface Session {
  username: string
  expiresAt: number
  /** Past this instant the site hands out a new cookie, as sliding expiry does. */
  renewAt: number
}

export const token = (bytes = 24) => randomBytes(bytes).toString('hex').toUpperCase()

/** Logged-in sessions by the value of their cookie. Instants are epoch ms by the site's clock. */
export class Sessions {
  readonly #byToken = new Map<string, Session>()
  readonly #lifeMs: number

  constructor(lifeMs: number) {
    this.#lifeMs = lifeMs
  }

  /** @param value of the cookie; default: a new one @returns it */
  open(username: string, now: number, value = token(64)): string {
    this.#byToken.set(value, { username, expiresAt: now + this.#lifeMs, renewAt: now + this.#lifeMs / 2 })
    return value
  }

  /** Who this cookie belongs to, and a new value for it when it is half-way through its life. */
  read(value: string | undefined, now: number): { username: string; renewed: string | null } | null {
    const session = value === undefined ? undefined : this.#byToken.get(value)
    if (!session || session.expiresAt <= now) return null
    return {
      username: session.username,
      renewed: now >= session.renewAt ? this.open(session.username, now) : null,
    }
  }

  /** Ends the sessions of a student, or everybody's. */
  expire(username?: string): void {
    for (const [value, session] of this.#byToken) {
      if (username === undefined || session.username === username) this.#byToken.delete(value)
    }
  }

  get lifeSeconds(): number {
    return Math.floor(this.#lifeMs / 1000)
  }
}
