import {
  alertMessagesOf,
  messageKey,
  type Opening,
  openingsOf,
  type SlotName,
  slotName,
  slotsIn,
} from './alert-messages.ts'
import { isWanted, type Recipient } from './recipients.ts'
import { readRows } from './stored-rows.ts'
import type { World } from './world.ts'

/** The audit's findings about alerts that were held in quiet hours. */
export interface DigestFindings {
  /** Held alerts with an open slot that no digest lists; alerts that arrived in quiet hours. */
  lost: string[]
  /** Held alerts that are part of exactly one digest. */
  held: number
  /** Digests that were accepted. */
  digests: number
  /** Digests that still show a closed slot as open. */
  unedited: string[]
}

interface HeldRow {
  alert: string
  chatId: number
  officeId: string
  province: string
  slots: string
  createdAt: number
  digest: string | null
  status: string | null
  reason: string | null
  messageId: number | null
  doneAt: number | null
}

const HELD = `SELECT d.event AS alert, d.chat_id AS chatId, a.office_id AS officeId, a.province, a.slots,
    a.created_at AS createdAt, digest.event AS digest, digest.status, digest.reason,
    digest.message_id AS messageId, digest.done_at AS doneAt
  FROM deliveries d JOIN alerts a ON a.id = d.event
  LEFT JOIN deliveries digest ON digest.event = d.reason AND digest.chat_id = d.chat_id
  WHERE d.status = 'merged'`

const SENT_DIGESTS = `SELECT event AS digest, chat_id AS chatId, message_id AS messageId FROM deliveries
  WHERE event LIKE 'digest:%' AND status = 'sent' AND message_id IS NOT NULL`

const slotsOf = ({ officeId, slots }: HeldRow): SlotName[] =>
  (JSON.parse(slots) as [string, string][]).map(([date, time]) => slotName(officeId, date, time))

/**
 * Compares held alerts with the digests that were accepted: each wanted slot that is still open when the quiet hours
 * end is in the digest of its alert, and nothing arrived earlier.
 */
export function auditDigests(world: World, recipients: ReadonlyMap<number, Recipient>): DigestFindings {
  const bySlot = Map.groupBy(openingsOf(world), ({ slot }: Opening) => slot)
  const messages = alertMessagesOf(world).filter(({ chatId }) => recipients.get(chatId)?.isQuiet)
  const told = new Map(messages.map((message) => [message.key, message]))
  const lost = messages
    .filter(({ kind, at }) => at < world.quietUntil && kind === 'alert')
    .map(({ chatId, at }) => `${chatId} got an alert in its quiet hours, at ${at}`)
  const held = readRows<HeldRow>(world.stateDir, HELD)
  for (const row of held) {
    const name = `${row.alert} held for ${row.chatId}`
    const key = messageKey(row.chatId, row.messageId, row.digest ?? '')
    const message = told.get(key)
    const recipient = recipients.get(row.chatId)
    if (row.status === 'sent' && message?.kind !== 'digest') {
      lost.push(`${name}: nobody accepted the digest ${key}`)
      continue
    }
    // A browser that has ended gets no digest.
    if (recipient?.endedAt !== undefined && row.status !== 'sent') continue
    const endedAt = message?.at ?? row.doneAt ?? world.clock.now()
    const untold = slotsOf(row).filter(
      (slot) =>
        !message?.slots.includes(slot) &&
        recipient !== undefined &&
        isWanted(world, recipient, row.province, slot) &&
        bySlot.get(slot)?.some(({ from, until }) => from <= row.createdAt && until > endedAt),
    )
    // A digest without an open slot is not sent.
    const excused = row.status === 'sent' || (row.status === 'expired' && row.reason === 'slot-gone')
    if (untold.length > 0 || !excused)
      lost.push(
        `${name}: ${row.digest ?? 'no digest'} ${row.status} ${row.reason}, without ${untold.join(', ')}`,
      )
  }
  return {
    lost,
    held: held.length,
    digests: messages.filter(({ kind }) => kind === 'digest').length,
    unedited: uneditedDigests(world, bySlot),
  }
}

/** Closed slots that a digest does not cross out. */
function uneditedDigests(world: World, openings: ReadonlyMap<SlotName, Opening[]>): string[] {
  const sent = readRows<{ digest: string; chatId: number; messageId: number }>(world.stateDir, SENT_DIGESTS)
  return sent.flatMap(({ digest, chatId, messageId }) => {
    const message = world.telegram.world.chats.get(chatId)?.message(messageId)
    if (!message) return []
    const crossedOut = message.entities
      .filter(({ type }) => type === 'strikethrough')
      .map(({ offset, length }) => message.text.slice(offset, offset + length))
    return slotsIn(message.text)
      .filter((slot) => !openings.get(slot)?.some(({ until }) => until === Number.POSITIVE_INFINITY))
      .filter((slot) => {
        const [, date = '', time = ''] = slot.split(' ')
        const shown = `${date.split('-').reverse().join('/')} ore ${time}`
        return !crossedOut.some((text) => text.includes(shown))
      })
      .map((slot) => `${digest} in ${chatId}: ${slot}`)
  })
}
