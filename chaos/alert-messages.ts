import type { LedgerEntry } from '../test/simulators/telegram/index.ts'
import type { World } from './world.ts'

/** A slot's name: office id, Rome day, Rome time. */
export type SlotName = `${string} ${string} ${string}`

export const slotName = (office: string, date: string, time: string): SlotName => `${office} ${date} ${time}`

/** When a slot had a free place on the portal; the end is infinite while it still has one. */
export interface Opening {
  slot: SlotName
  province: string
  from: number
  until: number
}

/** Every opening of every slot, in order, as the portal recorded it. */
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

/** A message about new slots as Telegram accepted it: sent at once, or at the end of the chat's quiet hours. */
export interface AlertMessage {
  kind: 'alert' | 'digest'
  chatId: number
  at: number
  slots: SlotName[]
  messageId: number
  answerLost: boolean
}

/** How the second line begins; the first says where and when. */
const TITLES = { alert: '\nNuova disponibilità', digest: '\nSi sono liberati nelle tue ore' } as const

const SLOT_LINE = /(\d\d)\/(\d\d)\/(\d{4}) ore (\d\d:\d\d)/
const OFFICE_LINE = /^Sede: \w\wPQ(\d+)/

/** The slots that an alert or a digest lists. An office's slots come before its name. */
export function slotsIn(text: string): SlotName[] {
  const slots: SlotName[] = []
  let listed: [date: string, time: string][] = []
  for (const line of text.split('\n')) {
    const [, day, month, year, time = ''] = SLOT_LINE.exec(line) ?? []
    if (day) listed.push([`${year}-${month}-${day}`, time])
    const office = OFFICE_LINE.exec(line)?.[1]
    if (office === undefined) continue
    slots.push(...listed.map(([date, at]) => slotName(office, date, at)))
    listed = []
  }
  if (listed.length > 0 || slots.length === 0) throw new Error(`slots without an office: ${text}`)
  return slots
}

/** Parses an accepted message about open slots; undefined when it is another kind of message. */
export function readAlertMessage(entry: LedgerEntry): AlertMessage | undefined {
  const kind = (['alert', 'digest'] as const).find((each) => entry.text.includes(TITLES[each]))
  if (entry.kind !== 'sent' || !kind) return undefined
  const { chatId, at, messageId, answerLost } = entry
  return { kind, chatId, at, slots: slotsIn(entry.text), messageId, answerLost }
}

/** Every alert of new slots that Telegram accepted, in order. */
export const alertMessagesOf = ({ telegram }: World): AlertMessage[] =>
  telegram.ledger.sent.flatMap((entry) => readAlertMessage(entry) ?? [])
