import { type AlertMessage, messageKey, type Opening, type SlotName, slotName } from './alert-messages.ts'
import { isWanted, type Recipient } from './recipients.ts'
import { readRows } from './stored-rows.ts'
import type { World } from './world.ts'

export interface DeliveryRow {
  alert: string
  chatId: number
  status: string
  reason: string | null
  messageId: number | null
  doneAt: number | null
}

export interface AlertRow {
  id: string
  officeId: string
  province: string
  slots: string
  createdAt: number
}

const ALERTS = `SELECT id, office_id AS officeId, province, slots, created_at AS createdAt FROM alerts WHERE kind = 'open'`
const DELIVERIES = `SELECT d.event AS alert, d.chat_id AS chatId, d.status, d.reason, d.message_id AS messageId,
  d.done_at AS doneAt FROM deliveries d JOIN alerts a ON a.id = d.event WHERE a.kind = 'open'`

/** Every alert of new slots. */
export const readAlerts = ({ stateDir }: World): AlertRow[] => readRows(stateDir, ALERTS)

/** Every message that such an alert led to. */
export const readDeliveries = ({ stateDir }: World): DeliveryRow[] => readRows(stateDir, DELIVERIES)

/** The slots of an alert. */
export const slotsOf = ({ officeId, slots }: AlertRow): SlotName[] =>
  (JSON.parse(slots) as [string, string][]).map(([date, time]) => slotName(officeId, date, time))

/**
 * A message whose id is known must cross out every closed slot. A slot that closed before its message was sent is
 * not listed.
 */
export function auditEdits(
  world: World,
  recipients: ReadonlyMap<number, Recipient>,
  openings: ReadonlyMap<string, Opening[]>,
  messages: readonly AlertMessage[],
): { unedited: string[]; unread: string[]; examined: number } {
  const unedited: string[] = []
  const unread: string[] = []
  let examined = 0
  const alerts = new Map(readAlerts(world).map((alert) => [alert.id, alert]))
  const acceptedAt = new Map(messages.map(({ key, at }) => [key, at]))
  const closedBefore = (slot: SlotName, { createdAt }: AlertRow, sentAt = 0): boolean =>
    openings.get(slot)?.some(({ from, until }) => from <= createdAt && until <= sentAt) ?? false
  for (const { alert, chatId, status, messageId } of readDeliveries(world)) {
    const row = alerts.get(alert)
    const message =
      messageId === null ? undefined : world.telegram.world.chats.get(chatId)?.message(messageId)
    const recipient = recipients.get(chatId)
    if (status !== 'sent' || !row || !message || !recipient) continue
    const crossedOut = message.entities
      .filter((entity) => entity.type === 'strikethrough')
      .map((entity) => message.text.slice(entity.offset, entity.offset + entity.length))
    for (const slot of slotsOf(row)) {
      if (!isWanted(world, recipient, row.province, slot)) continue
      const [, date = '', time = ''] = slot.split(' ')
      const shown = `${date.split('-').reverse().join('/')} ore ${time}`
      const isOpen = openings.get(slot)?.some(({ until }) => until === Number.POSITIVE_INFINITY)
      if (!message.text.includes(shown)) {
        if (!closedBefore(slot, row, acceptedAt.get(messageKey(chatId, messageId, alert))))
          unread.push(`${alert} in ${chatId}: ${shown} is not in "${message.text}"`)
      } else if (!isOpen) {
        examined++
        if (!crossedOut.some((text) => text.includes(shown))) unedited.push(`${alert} in ${chatId}: ${shown}`)
      }
    }
  }
  return { unedited, unread, examined }
}
