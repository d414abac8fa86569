import { noteRefusals, suspendChats } from '../chats/chat-status.ts'
import { migrateChat } from '../chats/group-migration.ts'
import { type Database, type Statement, transact } from '../db/database.ts'
import { describeError, log } from '../platform/log.ts'
import type { Clock } from '../platform/time.ts'
import { type Outcome, recordOutcomes } from './delivery-store.ts'

/** Outcomes are written at the latest this long (ms) after the first of them: the window for a repeated message. */
const FLUSH_MS = 300
/** Chats that are gone are written together, at most this often (ms). */
const SUSPEND_EVERY_MS = 2_000
/** How long a failing database is retried, ms: after that the claims expire. */
const GIVE_UP_MS = 40_000

/** What Telegram's answer means for a chat. */
export type ChatChange =
  | { kind: 'gone'; reason: string }
  | { kind: 'refuses' }
  | { kind: 'accepts' }
  | { kind: 'moved'; to: number }

/**
 * Records outcomes of messages, many in one statement. A failed write is retried: a lost outcome would send its message
 * twice.
 */
export class OutcomeRecorder {
  readonly #db: Database
  readonly #clock: Clock
  #outcomes = new Map<number, Outcome>()
  #chats = new Map<number, ChatChange>()
  #suspendedAt = Number.NEGATIVE_INFINITY
  #hurry: () => void = () => undefined
  #hurrying = false
  #work: Promise<void> | undefined
  #failed = false
  #error: unknown

  constructor(db: Database, clock: Clock) {
    this.#db = db
    this.#clock = clock
  }

  /** A write failed: send nothing more for now. */
  get failed(): boolean {
    return this.#failed
  }

  /** Records the outcome of a delivery. */
  record(outcome: Outcome): void {
    merge(this.#outcomes, outcome)
    this.#work ??= this.#writeAll()
  }

  /** Records what an answer says about a chat; it is written with the outcomes. */
  changeChat(chatId: number, change: ChatChange): void {
    this.#chats.set(chatId, change)
  }

  /**
   * Writes all that was recorded.
   * @throws when the database kept failing
   */
  async flush(): Promise<void> {
    this.#hurrying = true
    this.#hurry()
    await this.#work
    this.#hurrying = false
    if (this.#chats.size > 0) await this.#write(this.#clock.now(), true)
    if (this.#error !== undefined) throw this.#error
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#outcomes.size > 0) {
        const hurry = new Promise<void>((resolve) => {
          this.#hurry = resolve
        })
        if (!this.#hurrying) await Promise.race([this.#clock.sleep(FLUSH_MS), hurry])
        await this.#writeUntilTaken()
      }
    } catch (error) {
      this.#error = error // thrown by `flush`
    } finally {
      this.#work = undefined
    }
  }

  async #writeUntilTaken(): Promise<void> {
    const startedAt = this.#clock.now()
    for (let wait = 50; ; wait = Math.min(2_000, wait * 2)) {
      const now = this.#clock.now()
      try {
        return await this.#write(now, this.#hurrying)
      } catch (error) {
        this.#failed = true
        log('warn', 'outcomes-not-recorded', {
          outcomes: this.#outcomes.size,
          error: describeError(error),
        })
        if (now - startedAt > GIVE_UP_MS) throw error
        await this.#clock.sleep(wait)
      }
    }
  }

  async #write(now: number, withChats: boolean): Promise<void> {
    const outcomes = this.#outcomes
    const moved = [...this.#chats.values()].some(({ kind }) => kind === 'moved')
    const due = withChats || moved || now - this.#suspendedAt >= SUSPEND_EVERY_MS
    const chats = due ? this.#chats : new Map<number, ChatChange>()
    this.#outcomes = new Map()
    if (due) this.#chats = new Map()
    if (chats.size > 0) this.#suspendedAt = now
    try {
      await transact(this.#db, [...changeChats(chats, now), ...recordOutcomes([...outcomes.values()], now)])
    } catch (error) {
      for (const outcome of this.#outcomes.values()) merge(outcomes, outcome)
      this.#outcomes = outcomes
      this.#chats = new Map([...chats, ...this.#chats])
      throw error
    }
  }
}

/** Adds an outcome to those of its delivery before; the id of a message's first part stays. */
function merge(outcomes: Map<number, Outcome>, outcome: Outcome): void {
  const before = outcomes.get(outcome.id)
  const messageId = before?.messageId ?? outcome.messageId
  outcomes.set(outcome.id, { ...before, ...outcome, ...(messageId !== undefined && { messageId }) })
}

/** The statements for what was learned about chats: few, however many chats, but for those that moved. */
function changeChats(chats: ReadonlyMap<number, ChatChange>, now: number): Statement[] {
  const gone = new Map<number, string>()
  const refusing: number[] = []
  const accepting: number[] = []
  const moves: Statement[] = []
  for (const [id, change] of chats) {
    if (change.kind === 'gone') gone.set(id, change.reason)
    else if (change.kind === 'refuses') refusing.push(id)
    else if (change.kind === 'accepts') accepting.push(id)
    else moves.push(...migrateChat(id, change.to, now))
  }
  return [...moves, ...suspendChats(gone, now), ...noteRefusals(refusing, accepting, now)]
}
