import type { DeliveryStatus } from '../../db/schema/delivery.ts'
import { DAY, MINUTE } from '../../platform/time.ts'

/**
 * What became of an announced slot for one chat. Instants are epoch ms.
 * - `sent`: in an alert, or in a digest at the end of quiet hours.
 * - `sending`: its alert is on the way.
 * - `held`: its alert waits for the end of quiet hours.
 * - `gone`: taken before it could be sent.
 * - `filtered`: the chat's filter `by` refuses it.
 * - `muted`: the province was muted.
 * - `too-early`: the chat did not follow the province yet.
 * - `not-delivered`: Telegram refused the message, or it could not be sent for hours.
 * - `unknown`: no message, and the chat's present settings do not explain why: they were different then.
 */
export type SlotOutcome<Filter extends string = string> =
  | { kind: 'sent'; at: number; digest: boolean }
  | { kind: 'held'; until: number }
  | { kind: 'filtered'; by: Filter }
  | { kind: 'sending' | 'gone' | 'muted' | 'too-early' | 'not-delivered' | 'unknown' }

/** The delivery of an alert to a chat, as its row says. */
export interface DeliveryRecord {
  status: DeliveryStatus
  /** Why it is `expired`. */
  reason: string | null
  /** When it reached its final status. */
  doneAt: number | null
  /** For `held`: when the quiet hours end. */
  notBefore: number
}

/** An alert of new slots, and what is known of it for one chat. */
export interface AlertRecord {
  createdAt: number
  /** When its deliveries were all saved; null: not yet. */
  fannedOutAt: number | null
  /** Null: the chat gets no message about it. */
  delivery: DeliveryRecord | null
  /** The digest that the delivery became part of; null: none. */
  digest: DeliveryRecord | null
  /** When the chat began to follow the province. */
  followedSince: number
  mutedUntil: number | null
}

/** The longest time between writing a message and Telegram's acceptance of it, ms. */
const UNDER_WAY = MINUTE

/** True when a slot that closed at `goneAt` (null: it is open) was in a message that was sent at `sentAt`; epoch ms. */
export const openWhenSent = ({ goneAt }: { goneAt: number | null }, sentAt: number): boolean =>
  goneAt === null || goneAt > sentAt - UNDER_WAY

/** The longest time (ms) for which a mute lasts: a day of 25 hours. */
const LONGEST_MUTE = 25 * (DAY / 24)

/** What the reason of an expired delivery means for every slot of its alert. */
const EXPIRED: Record<string, 'gone' | 'muted' | 'unknown'> = {
  'slot-gone': 'gone',
  muted: 'muted',
  unsubscribed: 'unknown',
  'chat-gone': 'unknown',
}

/**
 * What became of the slots of an alert for one chat, one outcome each. What a delivery recorded is certain; without a
 * record the outcome is derived from the chat's present settings.
 * @param refusedBy the filter of the chat that refuses a slot; null: none does
 */
export function slotOutcomes<Slot extends { goneAt: number | null }, Filter extends string>(
  { createdAt, fannedOutAt, delivery, digest, followedSince, mutedUntil }: AlertRecord,
  slots: readonly Slot[],
  refusedBy: (slot: Slot) => Filter | null,
): SlotOutcome<Filter>[] {
  const filtered = (slot: Slot): SlotOutcome<Filter> | undefined => {
    const by = refusedBy(slot)
    return by === null ? undefined : { kind: 'filtered', by }
  }
  const waiting = (slot: Slot, outcome: SlotOutcome<Filter>): SlotOutcome<Filter> =>
    filtered(slot) ?? (slot.goneAt === null ? outcome : { kind: 'gone' })
  const unwritten = (slot: Slot, until: number): SlotOutcome<Filter> => {
    if (followedSince > createdAt) return { kind: 'too-early' }
    const refused = filtered(slot)
    if (refused) return refused
    if (slot.goneAt !== null && slot.goneAt <= until) return { kind: 'gone' }
    const wasMuted = mutedUntil !== null && mutedUntil > createdAt && mutedUntil - createdAt <= LONGEST_MUTE
    return { kind: wasMuted ? 'muted' : 'unknown' }
  }

  if (!delivery) {
    if (fannedOutAt === null) return slots.map((slot) => waiting(slot, { kind: 'sending' }))
    return slots.map((slot) => unwritten(slot, fannedOutAt))
  }
  const isMerged = delivery.status === 'merged'
  const last = isMerged ? digest : delivery
  if (last?.status === 'sent') {
    const at = last.doneAt ?? createdAt
    const listed = slots.filter((slot) => openWhenSent(slot, at))
    // Filters that refuse every slot that was open have changed since the message was sent: it listed these slots.
    const refusals = listed.every((slot) => refusedBy(slot) !== null) ? undefined : filtered
    return slots.map(
      (slot) =>
        refusals?.(slot) ??
        (openWhenSent(slot, at) ? { kind: 'sent', at, digest: isMerged } : { kind: 'gone' }),
    )
  }
  switch (last?.status) {
    case 'queued':
    case 'claimed':
      return slots.map((slot) => waiting(slot, { kind: 'sending' }))
    case 'held':
      return slots.map((slot) => waiting(slot, { kind: 'held', until: last.notBefore }))
    case 'expired':
      return slots.map((slot) => filtered(slot) ?? { kind: EXPIRED[last.reason ?? ''] ?? 'not-delivered' })
    case 'dead':
      return slots.map((slot) => filtered(slot) ?? { kind: 'not-delivered' })
    default:
      return slots.map(() => ({ kind: 'unknown' }))
  }
}
