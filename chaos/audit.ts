import {
  type AlertMessage,
  acceptedMessages,
  alertMessagesOf,
  messageKey,
  type Opening,
  openingsOf,
  slotName,
} from './alert-messages.ts'
import { auditEdits, type DeliveryRow, readAlerts, readDeliveries, slotsOf } from './audit-edits.ts'
import { excessOf, type InDoubt } from './in-doubt.ts'
import { isWanted, type Recipient } from './recipients.ts'
import { readRows } from './stored-rows.ts'
import type { World } from './world.ts'

/** Between the portal's answer and the write of its slots, ms. */
const COMMIT_MS = 3_000

/** The audit's findings once nothing is left to do. */
export interface Findings {
  openings: number
  /** Alerts that were accepted: one message to one chat each. */
  alerts: number
  /** Of these, to browsers. */
  toBrowsers: number
  lost: string[]
  doubled: string[]
  /** Slots that somebody heard of though they do not want them. */
  unwanted: string[]
  /** Sent twice where the Workers could not know that the first was accepted. */
  inDoubt: InDoubt
  /** Not sent, because the slot had closed. */
  late: number
  /** Messages that still show a closed slot as open. */
  unedited: string[]
  /**
   * Messages that the audit could not parse, for example after a change of wording; their content was not checked.
   */
  unread: string[]
  /** How much each check looked at. */
  examined: { openings: number; deliveries: number; edits: number; filtered: number }
}

const group = <Item>(items: readonly Item[], name: (item: Item) => string): Map<string, Item[]> =>
  Map.groupBy(items, name) as Map<string, Item[]>

/** True if the portal showed this opening in a complete, correct answer and the Workers had time to write it. */
function wasShown(world: World, opening: Opening): boolean {
  const [office, date] = opening.slot.split(' ') as [string, string]
  const requests = world.portal.requests()
  return requests.some(
    (request) =>
      request.endpoint === 'agenda' &&
      request.officeId === office &&
      request.month === date.slice(0, 7) &&
      request.status === 200 &&
      request.fault === undefined &&
      request.at > opening.from + 100 &&
      request.at + COMMIT_MS < opening.until &&
      world.disturbances.every(({ from, until }) => until < request.at || from > request.at + COMMIT_MS),
  )
}

/**
 * Since when a slot looks open to who did not notice the moments in between: it was taken and freed again between two
 * readings, or while nothing could be read or believed.
 * @param openings of one slot, in order, the last one lasting
 */
function seenOpenSince(world: World, openings: readonly Opening[]): number {
  const [office, date, time] = (openings[0]?.slot ?? '').split(' ')
  const closings = readRows<{ at: number }>(
    world.stateDir,
    `SELECT at FROM slot_events WHERE kind = 'gone' AND office_id = '${office}' AND date = '${date}' AND time = '${time}'`,
  )
  let since = openings.at(-1)?.from ?? 0
  for (const [i, opening] of [...openings.entries()].reverse()) {
    const next = openings[i + 1]
    if (!next) continue
    const noticed = closings.some(({ at }) => at >= opening.until && at <= next.from + COMMIT_MS)
    if (noticed) break
    since = opening.from
  }
  return since
}

/** Compares the portal's history with the messages that were accepted and with D1. */
export function audit(world: World, recipients: ReadonlyMap<number, Recipient>): Findings {
  const openings = openingsOf(world)
  const messages = alertMessagesOf(world)
  const seen = readRows<{ office: string; date: string; time: string; at: number }>(
    world.stateDir,
    "SELECT office_id AS office, date, time, at FROM slot_events WHERE kind = 'seen' ORDER BY at",
  )
  const lost: string[] = []
  const doubled: string[] = []
  const inDoubt: InDoubt = { 'answer-lost': 0, ended: 0 }

  const told = group(
    messages.flatMap((message) => message.slots.map((slot) => ({ ...message, slot }))),
    ({ chatId, slot }) => `${chatId} ${slot}`,
  )
  const bySlot = group(openings, ({ slot }) => slot)
  const seenBySlot = group(seen, ({ office, date, time }) => slotName(office, date, time))

  for (const [slot, times] of seenBySlot) {
    const real = bySlot.get(slot)?.length ?? 0
    if (times.length > real) doubled.push(`${slot}: seen ${times.length} times, open ${real} times`)
  }
  for (const [name, messages] of told) {
    const slot = messages[0]?.slot ?? ''
    const excess = excessOf(world, messages, seenBySlot.get(slot)?.length ?? 0)
    inDoubt['answer-lost'] += excess['answer-lost']
    inDoubt.ended += excess.ended
    if (excess.doubled > 0) doubled.push(`${name}: told ${messages.map(({ at }) => at).join(', ')}`)
  }
  for (const opening of openings) {
    if (opening.until === Number.POSITIVE_INFINITY) {
      const since = seenOpenSince(world, bySlot.get(opening.slot) ?? [])
      for (const recipient of recipients.values()) {
        const { id, endedAt } = recipient
        if (endedAt !== undefined || !isWanted(world, recipient, opening.province, opening.slot)) continue
        const heard = told.get(`${id} ${opening.slot}`)?.some(({ at }) => at >= since)
        if (!heard) lost.push(`${id} never heard of ${opening.slot}, open since ${since}`)
      }
    } else if (wasShown(world, opening)) {
      const known = seenBySlot
        .get(opening.slot)
        ?.some(({ at }) => at >= opening.from && at <= opening.until + COMMIT_MS)
      if (!known) lost.push(`${opening.slot} of ${opening.from} was shown and never seen`)
    }
  }
  const deliveries = auditDeliveries(world, recipients, bySlot)
  const edits = auditEdits(world, recipients, bySlot, messages)
  return {
    openings: openings.length,
    alerts: messages.length,
    toBrowsers: messages.filter(({ chatId }) => world.browsers.some((browser) => browser.chatId === chatId))
      .length,
    lost: [...lost, ...deliveries.lost],
    doubled,
    unwanted: unwantedSlots(world, recipients, messages, bySlot),
    inDoubt,
    late: deliveries.late,
    unedited: edits.unedited,
    unread: [...unreadAlerts(world, messages), ...edits.unread],
    examined: {
      openings: openings.length,
      deliveries: deliveries.examined,
      edits: edits.examined,
      filtered: deliveries.filtered,
    },
  }
}

/** Slots in messages to people who do not follow their province, or whose filters exclude them. */
const unwantedSlots = (
  world: World,
  recipients: ReadonlyMap<number, Recipient>,
  messages: readonly AlertMessage[],
  openings: ReadonlyMap<string, Opening[]>,
): string[] =>
  messages.flatMap(({ chatId, slots, at }) => {
    const recipient = recipients.get(chatId)
    return slots
      .filter((slot) => {
        const province = openings.get(slot)?.[0]?.province ?? ''
        return !recipient || !isWanted(world, recipient, province, slot)
      })
      .map((slot) => `${chatId} heard of ${slot} at ${at}`)
  })

/** Alerts that D1 marks as sent but that the audit did not find among the messages that were accepted. */
function unreadAlerts(world: World, messages: readonly AlertMessage[]): string[] {
  const read = new Set(messages.map(({ key }) => key))
  const accepted = new Set(acceptedMessages(world).map(({ key }) => key))
  return readDeliveries(world)
    .filter(({ status }) => status === 'sent')
    .map(({ alert, chatId, messageId }) => ({ alert, key: messageKey(chatId, messageId, alert) }))
    .filter(({ key }) => accepted.has(key) && !read.has(key))
    .map(({ alert, key }) => `${alert}: message ${key} is no alert that the audit can read`)
}

/** Why an alert that was not sent is no loss; undefined: it is one. */
function excuseOf(
  row: DeliveryRow | undefined,
  { endedAt }: Recipient,
  wasOpenAt: (instant: number) => boolean,
  end: number,
): 'late' | 'ended' | undefined {
  // A browser that has ended: its messages are refused, dropped with the chat, or never written.
  const droppedAtEnd =
    row === undefined || row.reason === 'chat-gone' || row.reason?.startsWith('push-ended') === true
  if (endedAt !== undefined && droppedAtEnd) return 'ended'
  if (row === undefined) return wasOpenAt(end) ? undefined : 'late'
  return row.reason === 'slot-gone' && !wasOpenAt(row.doneAt ?? end) ? 'late' : undefined
}

/** Every pair of alert and recipient who wants it: sent, or not sent because all its slots had closed. */
function auditDeliveries(
  world: World,
  recipients: ReadonlyMap<number, Recipient>,
  openings: ReadonlyMap<string, Opening[]>,
): { lost: string[]; late: number; examined: number; filtered: number } {
  const rows = new Map(readDeliveries(world).map((row) => [`${row.alert} ${row.chatId}`, row]))
  const accepted = new Set(acceptedMessages(world).map(({ key }) => key))
  const found = { lost: [] as string[], late: 0, examined: 0, filtered: 0 }
  const end = world.clock.now()
  for (const alert of readAlerts(world)) {
    for (const recipient of recipients.values()) {
      if (!recipient.provinces.includes(alert.province)) continue
      const { id } = recipient
      const slots = slotsOf(alert).filter((slot) => isWanted(world, recipient, alert.province, slot))
      if (slots.length === 0) {
        found.filtered++
        continue
      }
      found.examined++
      const wasOpenAt = (instant: number) =>
        slots.some((slot) =>
          openings.get(slot)?.some(({ from, until }) => from <= alert.createdAt && until >= instant),
        )
      const row = rows.get(`${alert.id} ${id}`)
      // Alerts that became part of a digest are checked with the digests.
      if (row?.status === 'merged') continue
      if (row?.status === 'sent') {
        if (!accepted.has(messageKey(id, row.messageId, alert.id)))
          found.lost.push(`${alert.id} for ${id}: sent, and nobody accepted it`)
        continue
      }
      const excuse = excuseOf(row, recipient, wasOpenAt, end)
      if (excuse === 'late') found.late++
      if (!excuse)
        found.lost.push(`${alert.id} for ${id}: ${row?.status ?? 'not enqueued'} ${row?.reason ?? ''}`)
    }
  }
  return found
}
