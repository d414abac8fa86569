import { sql } from 'drizzle-orm'
import { type Database, transact } from '../../db/database.ts'
import type { OutboxMessage } from '../../delivery/outbox.ts'
import { type Language, textsIn } from '../../texts/index.ts'
import { provinceName } from '../provinces/provinces.ts'
import type { ListSuspicion } from '../rules/suspicion.ts'

/** A warning for operators: one province's list is suspicious, or most provinces are empty at once. */
export type Suspicion = ListSuspicion | 'silent'

/** Warns the operators of suspicious readings, each in the language of their chat. One for each round. */
export class OperatorWarnings {
  readonly #db: Database
  readonly #adminIds: ReadonlySet<number>
  #languages: Promise<Map<number, Language>> | null = null
  #warnedOfMass = false

  constructor(db: Database, adminIds: ReadonlySet<number>) {
    this.#db = db
    this.#adminIds = adminIds
  }

  /** The warnings of a reading: once a province, and once a round when most provinces are empty at once. */
  async of(
    what: { province: string; suspicion: Suspicion; trace: string },
    now: number,
  ): Promise<OutboxMessage[]> {
    const { province, suspicion, trace } = what
    if (this.#adminIds.size === 0 || (suspicion === 'silent' && this.#warnedOfMass)) return []
    if (suspicion === 'silent') this.#warnedOfMass = true
    this.#languages ??= this.#readLanguages()
    const languages = await this.#languages
    const event = suspicion === 'silent' ? `portal-silent:${trace}` : `suspicious-list:${province}:${now}`
    return [...this.#adminIds].map((chatId): OutboxMessage => {
      const texts = textsIn(languages.get(chatId) ?? 'it').poller
      const text =
        suspicion === 'silent' ? texts.portalSilent : texts.suspiciousList[suspicion](provinceName(province))
      return {
        event,
        chatId,
        priority: 'alert',
        content: { type: 'message', message: { text } },
        eventAt: now,
        trace,
      }
    })
  }

  async #readLanguages(): Promise<Map<number, Language>> {
    const [found] = await transact(this.#db, [
      sql`SELECT id, language FROM chats
          WHERE id IN (SELECT value FROM json_each(${JSON.stringify([...this.#adminIds])}))`,
    ])
    return new Map((found?.results ?? []).map((row) => [Number(row.id), row.language as Language]))
  }
}
