import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DeliveryStatus } from '../../src/db/schema/delivery.ts'
import {
  type AlertRecord,
  type DeliveryRecord,
  openWhenSent,
  slotOutcomes,
} from '../../src/passport/rules/slot-outcome.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../src/platform/time.ts'

const SEEN = Date.parse('2026-11-27T09:41:56Z')
const alert: AlertRecord = {
  createdAt: SEEN,
  fannedOutAt: SEEN + SECOND,
  delivery: null,
  digest: null,
  followedSince: SEEN - DAY,
  mutedUntil: null,
}
const delivery = (status: DeliveryStatus, rest: Partial<DeliveryRecord> = {}): DeliveryRecord => ({
  status,
  reason: null,
  doneAt: null,
  notBefore: 0,
  ...rest,
})
const open = { goneAt: null, refused: false }
const refused = { goneAt: null, refused: true }
const refusedBy = (slot: { refused: boolean }) => (slot.refused ? 'before' : null)
const outcomeOf = (record: Partial<AlertRecord>, slot: { goneAt: number | null; refused: boolean } = open) =>
  slotOutcomes({ ...alert, ...record }, [slot, open], refusedBy)[0]

describe('what became of an announced slot', () => {
  test.each<[string, Partial<AlertRecord>, typeof open | { goneAt: number; refused: boolean }, unknown]>([
    [
      'sent',
      { delivery: delivery('sent', { doneAt: SEEN + 11 * SECOND }) },
      open,
      { kind: 'sent', at: SEEN + 11 * SECOND, digest: false },
    ],
    [
      'sent without the slot that a filter refuses',
      { delivery: delivery('sent', { doneAt: SEEN + 11 * SECOND }) },
      refused,
      { kind: 'filtered', by: 'before' },
    ],
    [
      'sent without the slot that had closed long before',
      { delivery: delivery('sent', { doneAt: SEEN + 5 * MINUTE }) },
      { goneAt: SEEN + MINUTE, refused: false },
      { kind: 'gone' },
    ],
    [
      'sent in a digest',
      {
        delivery: delivery('merged', { reason: 'digest:1' }),
        digest: delivery('sent', { doneAt: SEEN + 8 * HOUR }),
      },
      open,
      { kind: 'sent', at: SEEN + 8 * HOUR, digest: true },
    ],
    [
      'taken before the digest',
      { delivery: delivery('merged'), digest: delivery('expired', { reason: 'slot-gone' }) },
      { goneAt: SEEN + HOUR, refused: false },
      { kind: 'gone' },
    ],
    [
      'held by quiet hours',
      { delivery: delivery('held', { notBefore: SEEN + HOUR }) },
      open,
      { kind: 'held', until: SEEN + HOUR },
    ],
    [
      'held, but taken since',
      { delivery: delivery('held') },
      { goneAt: SEEN + 1, refused: false },
      { kind: 'gone' },
    ],
    ['queued', { delivery: delivery('queued') }, open, { kind: 'sending' }],
    ['not fanned out yet', { fannedOutAt: null }, open, { kind: 'sending' }],
    [
      'gone when it was to be sent',
      { delivery: delivery('expired', { reason: 'slot-gone' }) },
      open,
      { kind: 'gone' },
    ],
    [
      'muted when it was to be sent',
      { delivery: delivery('expired', { reason: 'muted' }) },
      open,
      { kind: 'muted' },
    ],
    ['too old', { delivery: delivery('expired', { reason: 'too-old' }) }, open, { kind: 'not-delivered' }],
    ['refused by Telegram', { delivery: delivery('dead') }, open, { kind: 'not-delivered' }],
    ['seen before the chat followed', { followedSince: SEEN + 1 }, refused, { kind: 'too-early' }],
    ['refused by a filter', {}, refused, { kind: 'filtered', by: 'before' }],
    ['gone before the fan-out', {}, { goneAt: SEEN + 500, refused: false }, { kind: 'gone' }],
    ['muted until midnight', { mutedUntil: SEEN + 10 * HOUR }, open, { kind: 'muted' }],
    ['muted on a later day', { mutedUntil: SEEN + 3 * DAY }, open, { kind: 'unknown' }],
    ['explained by nothing', {}, open, { kind: 'unknown' }],
  ])('%s', (_, record, slot, expected) => {
    expect(outcomeOf(record, slot)).toEqual(expected)
  })

  test('a message that was sent had slots, also when the filters of now refuse all of them', () => {
    const sent = { ...alert, delivery: delivery('sent', { doneAt: SEEN + SECOND }) }
    expect(slotOutcomes(sent, [refused, refused], refusedBy).map(({ kind }) => kind)).toEqual([
      'sent',
      'sent',
    ])
  })
})

const instant = fc.integer({ min: SEEN - 2 * DAY, max: SEEN + 2 * DAY })
const record = fc.record({
  status: fc.constantFrom<DeliveryStatus>('queued', 'claimed', 'sent', 'held', 'merged', 'expired', 'dead'),
  reason: fc.option(
    fc.constantFrom('slot-gone', 'muted', 'unsubscribed', 'too-old', 'chat-gone', 'digest:7'),
  ),
  doneAt: fc.option(instant),
  notBefore: instant,
})
const anyAlert = fc.record({
  createdAt: fc.constant(SEEN),
  fannedOutAt: fc.option(instant),
  delivery: fc.option(record),
  digest: fc.option(record),
  followedSince: instant,
  mutedUntil: fc.option(instant),
})
const anySlots = fc.array(fc.record({ goneAt: fc.option(instant), refused: fc.boolean() }), { minLength: 1 })

describe('for any record', () => {
  test('each slot has one outcome, and only a delivery that was sent says that it was', () => {
    fc.assert(
      fc.property(anyAlert, anySlots, (one, slots) => {
        const outcomes = slotOutcomes(one, slots, refusedBy)
        expect(outcomes).toHaveLength(slots.length)
        const wasSent = (one.delivery?.status === 'merged' ? one.digest : one.delivery)?.status === 'sent'
        const says = outcomes.some(({ kind }) => kind === 'sent')
        if (says) expect(wasSent).toBe(true)
        expect(outcomes.some(({ kind }) => kind === 'held')).toBe(
          one.delivery?.status === 'held'
            ? slots.some((slot) => !slot.refused && slot.goneAt === null)
            : one.digest?.status === 'held' &&
                one.delivery?.status === 'merged' &&
                slots.some((slot) => !slot.refused && slot.goneAt === null),
        )
      }),
    )
  })

  test('a message that was sent listed a slot, if one was open then', () => {
    fc.assert(
      fc.property(anyAlert, anySlots, instant, (one, slots, doneAt) => {
        const sent = { ...one, delivery: delivery('sent', { doneAt }) }
        const kinds = slotOutcomes(sent, slots, refusedBy).map(({ kind }) => kind)
        expect(kinds.includes('sent')).toBe(slots.some((slot) => openWhenSent(slot, doneAt)))
      }),
    )
  })

  test('only a slot that a filter refuses is said to be filtered, and by that filter', () => {
    fc.assert(
      fc.property(anyAlert, anySlots, (one, slots) => {
        for (const [index, outcome] of slotOutcomes(one, slots, refusedBy).entries()) {
          if (outcome.kind === 'filtered') expect(refusedBy(slots[index] ?? open)).toBe(outcome.by)
        }
      }),
    )
  })
})
