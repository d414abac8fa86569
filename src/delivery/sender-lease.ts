import { sql } from 'drizzle-orm'
import { type Database, type Statement, transact } from '../db/database.ts'
import type { StateValues } from '../db/state.ts'
import { describeError, log } from '../platform/log.ts'
import { channelNames } from './channels/channel.ts'
import { type Learned, learnedName } from './learned.ts'

/** The lease ends by itself after this (ms) when the run that holds it crashed. */
export const SENDER_LEASE_MS = 30_000

/** With less than this left of the lease (ms), nothing more is sent: another run may start soon. */
const RESERVE_MS = 5_000

const NAME = 'sender-lease'

export interface LeaseAnswer {
  /** Whether the caller holds the lease now. */
  held: boolean
  /** When the lease of its holder ends, epoch ms. */
  until: number
  /** Its holder is about to release it. */
  finishing: boolean
  /** What earlier runs learned. */
  learned: Learned
}

/** The statement that takes or prolongs the lease; it returns a row if `token` holds it now. */
const hold = (token: string, now: number, finishing: boolean): Statement => {
  const value = JSON.stringify({ token, until: now + SENDER_LEASE_MS, ...(finishing && { finishing }) })
  return sql`INSERT INTO state (name, value, at) VALUES (${NAME}, ${value}, ${now})
      ON CONFLICT (name) DO UPDATE SET value = excluded.value, at = excluded.at
      WHERE state.value ->> 'until' <= ${now} OR state.value ->> 'token' = ${token}
      RETURNING 1`
}

/** Takes the lease that lets only one send run work at a time, and reads what earlier runs learned. */
export async function holdSenderLease(db: Database, token: string, now: number): Promise<LeaseAnswer> {
  const [taken, read] = await transact(db, [
    hold(token, now, false),
    sql`SELECT name, value FROM state WHERE name IN (${NAME}, ${sql.join(channelNames.map(learnedName), sql`, `)})`,
  ])
  const values = Object.fromEntries(
    (read?.results ?? []).map(({ name, value }) => [name, JSON.parse(String(value))]),
  )
  const lease: StateValues['sender-lease'] | undefined = values[NAME]
  return {
    held: taken?.results.length === 1,
    until: lease?.until ?? now,
    finishing: lease?.finishing ?? false,
    learned: Object.fromEntries(
      channelNames.flatMap((name) => {
        const learned = values[learnedName(name)]
        return learned ? [[name, learned]] : []
      }),
    ),
  }
}

/** The statement that releases the lease, if `token` holds it. */
export const releaseLease = (token: string): Statement =>
  sql`DELETE FROM state WHERE name = ${NAME} AND value ->> 'token' = ${token}`

/** The lease of a run at work: prolonged three times before it ends. */
export class SenderLease {
  readonly #db: Database
  readonly #token: string
  #renewedAt: number
  #renewing: Promise<void> | undefined
  #lost = false
  #finishing = false

  /** @param heldAt when it was taken, epoch ms */
  constructor(db: Database, token: string, heldAt: number) {
    this.#db = db
    this.#token = token
    this.#renewedAt = heldAt
  }

  /** Another run has it. */
  get lost(): boolean {
    return this.#lost
  }

  /** Whether enough of it is left to send a message. */
  lasts(now: number): boolean {
    return !this.#lost && now - this.#renewedAt < SENDER_LEASE_MS - RESERVE_MS
  }

  /** Prolongs it in the background when it is time, together with `extra`. */
  keep(now: number, extra: () => readonly Statement[]): void {
    if (this.#renewing !== undefined || now - this.#renewedAt < SENDER_LEASE_MS / 3) return
    this.#renewing = this.#renew(now, extra())
      .catch((error) => log('warn', 'lease-not-renewed', { error: describeError(error) }))
      .finally(() => {
        this.#renewing = undefined
      })
  }

  /** Prolongs it and marks it as about to be released, so that a successor waits for it. */
  async announceEnd(now: number): Promise<void> {
    // A renewal after this must not take the mark away.
    this.#finishing = true
    await transact(this.#db, [hold(this.#token, now, true)])
  }

  /** Resolves when no renewal is under way. */
  async settled(): Promise<void> {
    await this.#renewing
  }

  async #renew(now: number, extra: readonly Statement[]): Promise<void> {
    const [held] = await transact(this.#db, [hold(this.#token, now, this.#finishing), ...extra])
    if (held?.results.length === 1) this.#renewedAt = now
    else this.#lost = true
  }
}
