import { type Database, type Statement, transact } from '../db/client.ts'
import { describeError, log } from '../platform/log.ts'
import type { Clock } from '../platform/time.ts'
import { type Outcome, recordOutcomes } from './delivery-store.ts'

/** A database that refuses for longer than this (ms) is given up on. */
const GIVE_UP_MS = 120_000

/**
 * Writes outcomes down as fast as the database takes them: while one write is under way the next ones gather, then go
 * together. So a message is recorded a few milliseconds after Telegram took it, and many cost little. What the database
 * refuses is tried again: forgetting it would send messages twice.
 */
export class Recorder {
  readonly #db: Database
  readonly #clock: Clock
  #waiting: Outcome[] = []
  #beside: Statement[] = []
  #writing: Promise<void> | undefined
  #failingSince: number | undefined

  constructor(db: Database, clock: Clock) {
    this.#db = db
    this.#clock = clock
  }

  /** The database refuses what is to be recorded: nothing more should be sent until it takes it. */
  get stuck(): boolean {
    return this.#failingSince !== undefined
  }

  /** Records what became of a delivery, together with statements that belong to it. */
  record(outcome: Outcome, beside: readonly Statement[] = []): void {
    this.#waiting.push(outcome)
    this.#beside.push(...beside)
    this.#write().catch(() => undefined) // thrown by `settled`, which the sender awaits
  }

  /** Resolves when all that was recorded is written. @throws when the database went on refusing it */
  async settled(): Promise<void> {
    await this.#write()
  }

  async #write(): Promise<void> {
    if (this.#waiting.length > 0) this.#writing ??= this.#writeAll()
    await this.#writing
  }

  async #writeAll(): Promise<void> {
    try {
      await this.#writeEach()
    } finally {
      this.#writing = undefined
    }
  }

  async #writeEach(): Promise<void> {
    let wait = 50
    while (this.#waiting.length > 0) {
      const outcomes = this.#waiting
      const beside = this.#beside
      this.#waiting = []
      this.#beside = []
      const now = this.#clock.now()
      try {
        await transact(this.#db, [...beside, recordOutcomes(outcomes, now)])
        this.#failingSince = undefined
      } catch (error) {
        this.#waiting.unshift(...outcomes)
        this.#beside.unshift(...beside)
        this.#failingSince ??= now
        log('warn', 'record-refused', { outcomes: outcomes.length, error: describeError(error) })
        if (now - this.#failingSince > GIVE_UP_MS) throw error
        await this.#clock.sleep(wait)
        wait = Math.min(2_000, wait * 2)
      }
    }
  }
}
