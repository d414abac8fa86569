import type { LedgerEntry } from '../test/simulators/telegram/index.ts'
import type { World } from './world.ts'

/** A slot's name: office id, Rome day, Rome time. */
export type SlotName = `${string} ${string} ${string}`

export const slotName = (office: string, date: string, time: string): SlotName => `${office} ${date} ${time}`

/** From when to when a slot had a free place on the portal; the end is infinite while it has. */
export interface Opening {
  slot: SlotName
  province: string
  from: number
  until: number
}

/** Every opening of every slot, in order, by the portal's own book. */
export function openingsOf({ portal }: World): Opening[] {
  const openings: Opening[] = []
  const open = new Map<SlotName, Opening>()
  for (const change of portal.slotChanges()) {
    const slot = slotName(change.officeId, change.date, change.time)
    const known = open.get(slot)
    if (change.free > 0 && !known) {
      const opening = { slot, province: change.province, from: change.at, until: Number.POSITIVE_INFINITY }
      openings.push(opening)
      open.set(slot, opening)
    } else if (change.free === 0 && known) {
      known.until = change.at
      open.delete(slot)
    }
  }
  return openings
}

/** A message that told a chat of new slots, as Telegram accepted it. */
export interface AlertMessage {
  chatId: number
  at: number
  slots: SlotName[]
  messageId: number
  answerLost: boolean
}

/** Reads an accepted message as an alert of new slots; undefined when it is something else. */
export function readAlertMessage(entry: LedgerEntry): AlertMessage | undefined {
  if (entry.kind !== 'sent' || !entry.text.includes('\nNuova disponibilità')) return undefined
  const office = /Sede: \w\wPQ(\d+)/.exec(entry.text)?.[1]
  if (office === undefined) throw new Error(`an alert without an office: ${entry.text}`)
  const lines = entry.text.matchAll(/(\d\d)\/(\d\d)\/(\d{4}) ore (\d\d:\d\d)/g)
  const slots = [...lines].map(([, day, month, year, time = '']) =>
    slotName(office, `${year}-${month}-${day}`, time),
  )
  const { chatId, at, messageId, answerLost } = entry
  return { chatId, at, slots, messageId, answerLost }
}

/** Every alert of new slots that Telegram accepted, in order. */
export const alertMessagesOf = ({ telegram }: World): AlertMessage[] =>
  telegram.ledger.sent.flatMap((entry) => readAlertMessage(entry) ?? [])
