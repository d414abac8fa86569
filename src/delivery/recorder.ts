import { type Database, type Statement, transact } from '../db/client.ts'
import { type Outcome, recordOutcomes } from './rows.ts'

/**
 * Writes outcomes down as fast as the database takes them: while one write is under way the next ones gather, then go
 * together. So a message is recorded a few milliseconds after Telegram took it, and many cost little.
 */
export class Recorder {
  readonly #db: Database
  readonly #now: () => number
  #waiting: Outcome[] = []
  #beside: Statement[] = []
  #writing: Promise<void> | undefined

  constructor(db: Database, now: () => number) {
    this.#db = db
    this.#now = now
  }

  /** Records what became of a delivery, together with statements that belong to it. */
  record(outcome: Outcome, beside: readonly Statement[] = []): void {
    this.#waiting.push(outcome)
    this.#beside.push(...beside)
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined
    })
    // A failed write is thrown by `settled`, which the sender awaits.
    this.#writing.catch(() => undefined)
  }

  /** Resolves when all that was recorded is written. @throws when the database refused it */
  async settled(): Promise<void> {
    await this.#writing
    if (this.#waiting.length > 0) await this.#writeAll()
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const outcomes = this.#waiting
      const beside = this.#beside
      this.#waiting = []
      this.#beside = []
      try {
        await transact(this.#db, [...beside, recordOutcomes(outcomes, this.#now())])
      } catch (error) {
        this.#waiting.unshift(...outcomes)
        this.#beside.unshift(...beside)
        throw error
      }
    }
  }
}
