import { addDays, romeDate } from '../../src/platform/time.ts'
import type { PortalSimulator } from '../../test/simulators/portal/simulator.ts'
import type { LedgerEntry, TelegramSimulator } from '../../test/simulators/telegram/index.ts'
import { rounded } from '../bench.ts'

/** A slot that a bench freed, as its alert shows it. */
export interface FreedSlot {
  province: string
  officeId: string
  date: string
  time: string
  /** The office's code and the slot's line: both are in every message about it. */
  marks: [code: string, line: string]
}

/** Frees the `nth` slot of a province: another office, then another time, for each `nth`. */
export function freeNth(portal: PortalSimulator, province: string, nth: number): FreedSlot {
  const offices = portal.offices(province)
  const office = offices[nth % offices.length]
  if (!office) throw new Error(`${province} has no office`)
  const officeId = String(office.id)
  portal.setHour(officeId, '')
  const taken = new Set(portal.slots(officeId).map(({ date, time }) => `${date} ${time}`))
  for (let i = 0; ; i++) {
    const date = addDays(romeDate(portal.now()), 3 + (i % 20))
    const time = `${String(8 + (Math.floor(i / 20) % 10)).padStart(2, '0')}:${i % 2 ? '40' : '10'}`
    if (taken.has(`${date} ${time}`)) continue
    portal.freeSlot(officeId, date, time, 1)
    const line = `${date.split('-').reverse().join('/')} ore ${time}`
    return { province, officeId, date, time, marks: [office.code, line] }
  }
}

/** True when a message lists a slot. */
export const tells = (text: string, { marks }: FreedSlot): boolean =>
  marks.every((mark) => text.includes(mark))

/** A broadcast's figures, from the server's ledger. */
export interface BroadcastFigures {
  messages: number
  /** Seconds from the event to the last message. */
  seconds: number
  /** Time to the last message ÷ (messages ÷ allowed rate). */
  ratio: number
  tooManyPerThousand: number
  firstMs: number
}

/** Reads the ledger's entries since a point. */
export class LedgerView {
  readonly #telegram: TelegramSimulator
  readonly #accepted: number
  readonly #refused: number

  constructor(telegram: TelegramSimulator) {
    this.#telegram = telegram
    this.#accepted = telegram.ledger.accepted.length
    this.#refused = telegram.ledger.refused.length
  }

  /** How many calls were accepted since that point. */
  get size(): number {
    return this.#telegram.ledger.accepted.length - this.#accepted
  }

  get accepted(): LedgerEntry[] {
    return this.#telegram.ledger.accepted.slice(this.#accepted)
  }

  get sent(): LedgerEntry[] {
    return this.accepted.filter((entry) => entry.kind === 'sent')
  }

  get tooMany(): number {
    return this.#telegram.ledger.refused.slice(this.#refused).filter(({ code }) => code === 429).length
  }

  /** @param since the event, epoch ms of the server's clock. @param allowed messages a second. */
  figures(since: number, allowed: number): BroadcastFigures {
    const entries = this.accepted
    const seconds = ((entries.at(-1)?.at ?? since) - since) / 1_000
    return {
      messages: entries.length,
      seconds: rounded(seconds, 1),
      ratio: rounded(seconds / (entries.length / allowed), 3),
      tooManyPerThousand: rounded((this.tooMany / Math.max(1, entries.length)) * 1_000, 1),
      firstMs: (entries[0]?.at ?? Number.NaN) - since,
    }
  }

  /** Resolves when `count` calls were accepted, or none for `quietMs` (of the machine's clock). */
  async reaches(count: number, quietMs: number): Promise<void> {
    let size = -1
    let changedAt = Date.now()
    while (this.size < count && Date.now() - changedAt < quietMs) {
      if (this.size !== size) changedAt = Date.now()
      size = this.size
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

/**
 * Counts followers who got no message about a slot, and those who got two.
 * @param followers chats that should get a message about each slot
 */
export function audit(
  sent: readonly LedgerEntry[],
  expected: readonly { slot: FreedSlot; followers: readonly number[] }[],
): { lost: number; doubled: number } {
  const byChat = new Map<number, string[]>()
  for (const { chatId, text } of sent) byChat.set(chatId, [...(byChat.get(chatId) ?? []), text])
  let lost = 0
  let doubled = 0
  for (const { slot, followers } of expected) {
    for (const chatId of followers) {
      const told = (byChat.get(chatId) ?? []).filter((text) => tells(text, slot)).length
      if (told === 0) lost++
      if (told > 1) doubled += told - 1
    }
  }
  return { lost, doubled }
}
