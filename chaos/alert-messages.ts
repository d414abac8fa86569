import { FIRST_PUSH_ID } from '../src/delivery/channels/channel.ts'
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

/** A message that Telegram or the push service accepted. */
interface Accepted {
  chatId: number
  /** What names it for its recipient, as `messageKey` does. */
  key: string
  at: number
  text: string
  answerLost: boolean
}

/** A message about new slots as it was accepted: sent at once, or at the end of the chat's quiet hours. */
export interface AlertMessage extends Omit<Accepted, 'text'> {
  kind: 'alert' | 'digest'
  slots: SlotName[]
}

/** Names a sent message: by Telegram's id, or as a push service gives none, by its event. */
export const messageKey = (chatId: number, messageId: number | null, event: string): string =>
  `${chatId} ${chatId >= FIRST_PUSH_ID ? event : messageId}`

/** Every message that Telegram and the push service accepted, in order for each. */
export function acceptedMessages({ telegram, push, browsers }: World): Accepted[] {
  const chats = new Map(browsers.map(({ chatId, subscriber }) => [subscriber.endpoint, chatId]))
  return [
    ...telegram.ledger.sent.map(({ chatId, messageId, at, text, answerLost }) => ({
      chatId,
      key: messageKey(chatId, messageId, ''),
      at,
      text,
      answerLost,
    })),
    ...push.service.taken.map(({ endpoint, text, at, answerLost }) => {
      const { title, body, tag } = JSON.parse(text) as { title: string; body: string; tag: string }
      const chatId = chats.get(endpoint) ?? 0
      // The tag is the event and the chat.
      const key = messageKey(chatId, null, tag.slice(0, tag.lastIndexOf(' ')))
      return { chatId, key, at, text: `${title}\n${body}`, answerLost }
    }),
  ]
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

/** Every alert of new slots that was accepted, in order; other kinds of messages are left out. */
export const alertMessagesOf = (world: World): AlertMessage[] =>
  acceptedMessages(world).flatMap(({ text, ...message }) => {
    const kind = (['alert', 'digest'] as const).find((each) => text.includes(TITLES[each]))
    return kind ? [{ ...message, kind, slots: slotsIn(text) }] : []
  })
