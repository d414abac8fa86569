import {
  type AlertMessage,
  alertMessagesOf,
  type Opening,
  openingsOf,
  type SlotName,
  slotName,
} from './alert-messages.ts'
import { excessOf, type InDoubt } from './in-doubt.ts'
import { type Plan, PROVINCES } from './plan.ts'
import { readRows } from './stored-rows.ts'
import type { World } from './world.ts'

/** Between the portal's answer and the write of its slots, ms. */
const COMMIT_MS = 3_000

/** The audit's findings once nothing is left to do. */
export interface Findings {
  openings: number
  /** Alerts that Telegram accepted: one message to one chat each. */
  alerts: number
  lost: string[]
  doubled: string[]
  /** Sent twice where the Workers could not know that Telegram had accepted the first. */
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
  examined: { openings: number; deliveries: number; edits: number }
}

interface DeliveryRow {
  alert: string
  chatId: number
  status: string
  reason: string | null
  messageId: number | null
  doneAt: number | null
}

interface AlertRow {
  id: string
  officeId: string
  province: string
  slots: string
  createdAt: number
}

const group = <Item>(items: readonly Item[], name: (item: Item) => string): Map<string, Item[]> =>
  Map.groupBy(items, name) as Map<string, Item[]>

/** Followers of each province, by the plan. */
function followersOf(world: World, plan: Plan): Map<string, number[]> {
  return new Map(
    PROVINCES.map((province, i) => [
      province,
      [
        ...world.people.filter((_, person) => plan.follows[person]?.includes(i)),
        ...world.nightPeople.filter((_, person) => plan.nightFollows[person]?.includes(i)),
      ].map(({ id }) => id),
    ]),
  )
}

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

/** Compares the portal's history with the messages that Telegram accepted and with D1. */
export function audit(world: World, plan: Plan): Findings {
  const openings = openingsOf(world)
  const messages = alertMessagesOf(world)
  const followers = followersOf(world, plan)
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
    const chats = followers.get(opening.province) ?? []
    if (opening.until === Number.POSITIVE_INFINITY) {
      const since = seenOpenSince(world, bySlot.get(opening.slot) ?? [])
      for (const chat of chats) {
        const heard = told.get(`${chat} ${opening.slot}`)?.some(({ at }) => at >= since)
        if (!heard) lost.push(`${chat} never heard of ${opening.slot}, open since ${since}`)
      }
    } else if (wasShown(world, opening)) {
      const known = seenBySlot
        .get(opening.slot)
        ?.some(({ at }) => at >= opening.from && at <= opening.until + COMMIT_MS)
      if (!known) lost.push(`${opening.slot} of ${opening.from} was shown and never seen`)
    }
  }
  const deliveries = auditDeliveries(world, followers, bySlot)
  const edits = auditEdits(world, bySlot, messages)
  return {
    openings: openings.length,
    alerts: messages.length,
    lost: [...lost, ...deliveries.lost],
    doubled,
    inDoubt,
    late: deliveries.late,
    unedited: edits.unedited,
    unread: [...unreadAlerts(world, messages), ...edits.unread],
    examined: { openings: openings.length, deliveries: deliveries.examined, edits: edits.examined },
  }
}

const ALERTS = `SELECT id, office_id AS officeId, province, slots, created_at AS createdAt FROM alerts WHERE kind = 'open'`
const DELIVERIES = `SELECT d.event AS alert, d.chat_id AS chatId, d.status, d.reason, d.message_id AS messageId,
  d.done_at AS doneAt FROM deliveries d JOIN alerts a ON a.id = d.event WHERE a.kind = 'open'`

const slotsOf = ({ officeId, slots }: AlertRow): SlotName[] =>
  (JSON.parse(slots) as [string, string][]).map(([date, time]) => slotName(officeId, date, time))

/** Alerts that D1 marks as sent but that the audit did not find among the messages Telegram accepted. */
function unreadAlerts(world: World, messages: readonly AlertMessage[]): string[] {
  const read = new Set(messages.map(({ chatId, messageId }) => `${chatId} ${messageId}`))
  const accepted = new Set(
    world.telegram.ledger.sent.map(({ chatId, messageId }) => `${chatId} ${messageId}`),
  )
  return readRows<DeliveryRow>(world.stateDir, DELIVERIES)
    .filter(({ status, messageId }) => status === 'sent' && messageId !== null)
    .map(({ alert, chatId, messageId }) => ({ alert, name: `${chatId} ${messageId}` }))
    .filter(({ name }) => accepted.has(name) && !read.has(name))
    .map(({ alert, name }) => `${alert}: message ${name} is no alert that the audit can read`)
}

/** Every pair of alert and follower: sent, or not sent because all its slots had closed. */
function auditDeliveries(
  world: World,
  followers: ReadonlyMap<string, number[]>,
  openings: ReadonlyMap<string, Opening[]>,
): { lost: string[]; late: number; examined: number } {
  const rows = new Map(
    readRows<DeliveryRow>(world.stateDir, DELIVERIES).map((row) => [`${row.alert} ${row.chatId}`, row]),
  )
  const lost: string[] = []
  let late = 0
  let examined = 0
  const end = world.clock.now()
  for (const alert of readRows<AlertRow>(world.stateDir, ALERTS)) {
    const openAt = (instant: number) =>
      slotsOf(alert).some((slot) =>
        openings.get(slot)?.some(({ from, until }) => from <= alert.createdAt && until >= instant),
      )
    for (const chat of followers.get(alert.province) ?? []) {
      examined++
      const row = rows.get(`${alert.id} ${chat}`)
      // Alerts that became part of a digest are checked with the digests.
      if (row?.status === 'sent' || row?.status === 'merged') continue
      const excused =
        row === undefined ? !openAt(end) : row.reason === 'slot-gone' && !openAt(row.doneAt ?? end)
      if (excused) late++
      else lost.push(`${alert.id} for ${chat}: ${row?.status ?? 'not enqueued'} ${row?.reason ?? ''}`)
    }
  }
  return { lost, late, examined }
}

/**
 * A message whose id is known must cross out every closed slot. A slot that closed before its message was sent is
 * not listed.
 */
function auditEdits(
  world: World,
  openings: ReadonlyMap<string, Opening[]>,
  messages: readonly AlertMessage[],
): { unedited: string[]; unread: string[]; examined: number } {
  const unedited: string[] = []
  const unread: string[] = []
  let examined = 0
  const alerts = new Map(readRows<AlertRow>(world.stateDir, ALERTS).map((alert) => [alert.id, alert]))
  const acceptedAt = new Map(messages.map(({ chatId, messageId, at }) => [`${chatId} ${messageId}`, at]))
  const closedBefore = (slot: SlotName, { createdAt }: AlertRow, sentAt = 0): boolean =>
    openings.get(slot)?.some(({ from, until }) => from <= createdAt && until <= sentAt) ?? false
  for (const { alert, chatId, status, messageId } of readRows<DeliveryRow>(world.stateDir, DELIVERIES)) {
    const row = alerts.get(alert)
    const message =
      messageId === null ? undefined : world.telegram.world.chats.get(chatId)?.message(messageId)
    if (status !== 'sent' || !row || !message) continue
    const crossedOut = message.entities
      .filter((entity) => entity.type === 'strikethrough')
      .map((entity) => message.text.slice(entity.offset, entity.offset + entity.length))
    for (const slot of slotsOf(row)) {
      const [, date = '', time = ''] = slot.split(' ')
      const shown = `${date.split('-').reverse().join('/')} ore ${time}`
      const isOpen = openings.get(slot)?.some(({ until }) => until === Number.POSITIVE_INFINITY)
      if (!message.text.includes(shown)) {
        if (!closedBefore(slot, row, acceptedAt.get(`${chatId} ${messageId}`)))
          unread.push(`${alert} in ${chatId}: ${shown} is not in "${message.text}"`)
      } else if (!isOpen) {
        examined++
        if (!crossedOut.some((text) => text.includes(shown))) unedited.push(`${alert} in ${chatId}: ${shown}`)
      }
    }
  }
  return { unedited, unread, examined }
}
