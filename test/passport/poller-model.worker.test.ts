import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PortalFailureReason } from '../../src/passport/model.ts'
import { LEASE } from '../../src/passport/poller/claims.ts'
import { runRound } from '../../src/passport/poller/round.ts'
import { addDays, MINUTE, romeDate, romeInstant } from '../../src/platform/time.ts'
import {
  FakePortal,
  failure,
  follow,
  openSlots,
  reset,
  rows,
  testClock,
  testPoller,
} from './poller-kit.worker.ts'

const OFFICES = [
  ['1', 'TO', null],
  ['2', 'TO', '09:00'],
  ['3', 'MI', null],
] as const

const office = fc.constantFrom('1', '2', '3')
const reason = fc.constantFrom<PortalFailureReason>('timeout', 'rate-limited', 'unavailable', 'no-session')
type Event =
  | { type: 'free'; office: '1' | '2' | '3'; day: number; places: number }
  | { type: 'take'; office: '1' | '2' | '3'; nth: number }
  | {
      type: 'rounds'
      /** How many at the same time. */
      count: number
      wait: number
      faults: (PortalFailureReason | null)[]
      /** The transaction that fails, and whether after it was written. */
      crash: [number, boolean] | null
    }

const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ type: fc.constant('free' as const), office, day: fc.nat(60), places: fc.constantFrom(1, 2) }),
  fc.record({ type: fc.constant('take' as const), office, nth: fc.nat(3) }),
  fc.record({
    type: fc.constant('rounds' as const),
    count: fc.constantFrom(1, 1, 2),
    wait: fc.integer({ min: 1, max: 12 * 60 }),
    faults: fc.array(fc.option(reason, { freq: 2 }), { maxLength: 6 }),
    crash: fc.option(fc.tuple(fc.nat(4), fc.boolean())),
  }),
)

/** A commit fails just before the last one of its run ends, so that its province's next outcome comes between the two. */
const LATE_OUTCOME: [day: string, history: Event[]] = [
  '2026-10-24',
  [
    { type: 'rounds', count: 1, wait: 259, faults: ['timeout', null, null], crash: [3, true] },
    { type: 'free', office: '3', day: 41, places: 2 },
    { type: 'free', office: '1', day: 0, places: 1 },
    {
      type: 'rounds',
      count: 1,
      wait: 653,
      faults: ['rate-limited', null, 'rate-limited', null, 'rate-limited', null],
      crash: [4, true],
    },
    { type: 'free', office: '2', day: 43, places: 2 },
    { type: 'free', office: '3', day: 9, places: 1 },
    { type: 'rounds', count: 2, wait: 266, faults: [null], crash: [2, false] },
  ],
]

test('overlapping, failing, crashing rounds end with what the portal has, each opening and closing told once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('2026-05-20', '2026-03-28', '2026-10-24'),
      fc.array(event, { minLength: 5, maxLength: 20 }),
      async (day, history) => {
        await reset()
        const clock = testClock(romeInstant(day, '00:05'))
        const portal = new FakePortal()
        for (const [id, code, hour] of OFFICES) portal.put(id, code, [], hour)
        await follow('TO')
        await follow('MI')
        const { ctx, meter } = testPoller(portal, clock)

        for (const step of history) {
          if (step.type === 'rounds') {
            clock.at += step.wait * MINUTE
            const faults = [...step.faults]
            portal.fault = () => {
              const fault = faults.shift()
              return fault ? failure(fault) : undefined
            }
            const base = meter.transactions
            meter.crash = (moment, index) => {
              if (!step.crash || index !== base + step.crash[0]) return
              if ((moment === 'after') === step.crash[1]) throw new Error('D1_ERROR: made up')
            }
            await Promise.allSettled(Array.from({ length: step.count }, () => runRound(ctx)))
            continue
          }
          const slots = portal.offices.get(step.office)?.slots ?? []
          if (step.type === 'take') slots.splice(step.nth, 1)
          else {
            const date = addDays(romeDate(clock.at), step.day)
            const at = slots.findIndex((slot) => slot.date === date)
            slots.splice(at < 0 ? slots.length : at, at < 0 ? 0 : 1, {
              date,
              time: '10:00',
              places: step.places,
            })
          }
        }

        portal.fault = () => undefined
        meter.crash = () => undefined
        clock.at = romeInstant(addDays(romeDate(clock.at), 1), '12:00') + LEASE
        for (let i = 0; i < 13; i++) {
          clock.at += 4 * MINUTE
          await runRound(ctx)
        }
        const actual = [...portal.offices].flatMap(([id, { slots }]) =>
          slots.map((slot) => `${id} ${slot.date} ${slot.time} x${slot.places}`),
        )
        expect(await openSlots()).toEqual(actual.sort())

        // Told openings and closings of a slot alternate, and end as the slot stands.
        const told = new Map<string, string>()
        const alerts = await rows(sql`
          SELECT kind, office_id || ' ' || (value ->> 0) || ' ' || (value ->> 1) AS slot
          FROM alerts, json_each(alerts.slots) ORDER BY alerts.rowid`)
        for (const alert of alerts) {
          const slot = String(alert.slot)
          expect(told.get(slot) ?? 'gone').not.toBe(alert.kind)
          told.set(slot, String(alert.kind))
        }
        const toldOpen = [...told].filter(([, kind]) => kind === 'open').map(([slot]) => slot)
        expect(toldOpen.sort()).toEqual(actual.map((slot) => slot.replace(/ x\d$/, '')))
        // So does every slot's recorded evolution.
        const steps = await rows(sql`
          SELECT office_id || ' ' || date AS slot, kind FROM slot_events WHERE kind <> 'places' ORDER BY id`)
        const stands = new Map<string, string>()
        for (const { slot, kind } of steps) {
          expect(stands.get(String(slot)) ?? 'gone').not.toBe(kind)
          stands.set(String(slot), String(kind))
        }
      },
    ),
    {
      numRuns: 40,
      // One that hangs is told with what led to it.
      timeout: 30_000,
      endOnFailure: true,
      examples: [LATE_OUTCOME],
    },
  )
})
