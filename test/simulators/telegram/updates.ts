import type { Update } from 'grammy/types'
import { Signal } from './waiting.ts'

/** The kinds of updates; `update_id` aside, the fields of an Update. */
export type UpdateKind = Exclude<keyof Update, 'update_id'>

/** What Telegram sends only when asked for by name. */
const ON_REQUEST: ReadonlySet<string> = new Set(['chat_member', 'message_reaction', 'message_reaction_count'])

/** How many updates are remembered after they went. */
const MOST_RECENT = 1_000

/** An update that the bot has not acknowledged yet. */
export interface PendingUpdate {
  update: Update
  /** Updates with the same lane come one by one, in order: the chat's id. */
  lane: number
}

/** The updates on their way to the bot, whichever way they take. */
export class UpdateQueue {
  readonly added = new Signal<PendingUpdate>()
  readonly settled = new Signal<number>()
  /** The latest updates that were sent on their way, oldest first, acknowledged or not. */
  readonly recent: PendingUpdate[] = []
  readonly #pending = new Map<number, PendingUpdate>()
  #nextId: number
  #allowed: ReadonlySet<string> | undefined
  #names: readonly string[] = []

  constructor(firstId: number) {
    this.#nextId = firstId
  }

  get size(): number {
    return this.#pending.size
  }

  /** What the bot asked for; empty for Telegram's default. */
  get allowed(): readonly string[] {
    return this.#names
  }

  /** An empty list means everything but what comes on request only. */
  allow(kinds: readonly string[]): void {
    this.#names = kinds
    this.#allowed = kinds.length > 0 ? new Set(kinds) : undefined
  }

  pending(): PendingUpdate[] {
    return [...this.#pending.values()]
  }

  has(updateId: number): boolean {
    return this.#pending.has(updateId)
  }

  /** Queues an update made here. @returns undefined when the bot does not want this kind */
  push<Kind extends UpdateKind>(kind: Kind, lane: number, content: Update[Kind]): Update | undefined {
    const wanted = this.#allowed ? this.#allowed.has(kind) : !ON_REQUEST.has(kind)
    if (!wanted) return undefined
    return this.inject({ [kind]: content }, lane)
  }

  /**
   * Queues an update exactly as given: a hostile one, or a second delivery of one already acknowledged. It gets the
   * next id when it brings none.
   */
  inject(content: Partial<Update>, lane: number): Update {
    const update = { update_id: this.#nextId, ...content }
    const pending = { update, lane }
    this.#nextId = Math.max(this.#nextId, update.update_id + 1)
    this.#pending.set(update.update_id, pending)
    this.recent.push(pending)
    if (this.recent.length > MOST_RECENT) this.recent.shift()
    this.added.emit(pending)
    return update
  }

  /** The bot has it. */
  acknowledge(updateId: number): void {
    if (this.#pending.delete(updateId)) this.settled.emit(updateId)
  }

  /** Forgets everything before `updateId`, as `getUpdates` with that offset does. */
  acknowledgeBefore(updateId: number): void {
    for (const id of [...this.#pending.keys()]) if (id < updateId) this.acknowledge(id)
  }

  clear(): void {
    for (const id of [...this.#pending.keys()]) this.acknowledge(id)
  }
}
