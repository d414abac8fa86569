import { sql } from 'drizzle-orm'
import { type Database, type Statement, transact } from '../db/client.ts'
import { describeError, log } from '../platform/log.ts'

/** The sender's lease ends by itself after this, when its holder died. */
export const SENDER_LEASE_MS = 30_000

/** With less than this left of the lease (ms), nothing more is sent: another sender may be near. */
const RESERVE_MS = 5_000

/** `until`: when the lease of whoever holds it ends (epoch ms). */
export interface LeaseAnswer {
  held: boolean
  until: number
}

/** Takes or prolongs the one sender's lease. @returns whether `token` holds it now, and until when it is held */
export async function holdSenderLease(db: Database, token: string, now: number): Promise<LeaseAnswer> {
  const value = JSON.stringify({ token, until: now + SENDER_LEASE_MS })
  const [, answer] = await transact(db, [
    sql`INSERT INTO state (name, value, at) VALUES ('sender-lease', ${value}, ${now})
        ON CONFLICT (name) DO UPDATE SET value = excluded.value, at = excluded.at
        WHERE state.value ->> 'until' <= ${now} OR state.value ->> 'token' = ${token}`,
    sql`SELECT value ->> 'token' = ${token} AS held, value ->> 'until' AS until FROM state WHERE name = 'sender-lease'`,
  ])
  const row = answer?.results[0]
  return { held: row?.held === 1, until: Number(row?.until ?? now) }
}

/** Lets the lease go, if `token` holds it. */
export async function releaseSenderLease(db: Database, token: string): Promise<void> {
  await transact(db, [sql`DELETE FROM state WHERE name = 'sender-lease' AND value ->> 'token' = ${token}`])
}

/** A lease in use: prolonged three times in its time, and known to be lost. */
export class SenderLease {
  readonly #db: Database
  readonly #token: string
  #renewedAt: number
  #renewing: Promise<void> | undefined
  #lost = false

  /** @param heldAt when it was taken, epoch ms */
  constructor(db: Database, token: string, heldAt: number) {
    this.#db = db
    this.#token = token
    this.#renewedAt = heldAt
  }

  /** Another sender has it. */
  get lost(): boolean {
    return this.#lost
  }

  /** Whether there is enough of it left to send a message. */
  lasts(now: number): boolean {
    return !this.#lost && now - this.#renewedAt < SENDER_LEASE_MS - RESERVE_MS
  }

  /** Prolongs it when it is time, in the background, and writes something down on the occasion. */
  keep(now: number, beside: () => Statement): void {
    if (this.#renewing !== undefined || now - this.#renewedAt < SENDER_LEASE_MS / 3) return
    this.#renewing = this.#renew(now, beside)
      .catch((error) => log('warn', 'lease-not-renewed', { error: describeError(error) }))
      .finally(() => {
        this.#renewing = undefined
      })
  }

  /** Resolves when no renewal is under way. */
  async settled(): Promise<void> {
    await this.#renewing
  }

  async #renew(now: number, beside: () => Statement): Promise<void> {
    const { held } = await holdSenderLease(this.#db, this.#token, now)
    if (!held) {
      this.#lost = true
      return
    }
    this.#renewedAt = now
    await transact(this.#db, [beside()])
  }
}
