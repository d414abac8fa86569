import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ObservedSlot, PortalFailureReason, PortalReader } from '../../src/passport/model.ts'
import { readProvince } from '../../src/passport/poller/read-province.ts'
import { bookability } from '../../src/passport/rules/bookable.ts'
import { diff } from '../../src/passport/rules/diff.ts'
import { type KnownOffice, slotKey } from '../../src/passport/rules/known-office.ts'
import { HORIZON_MONTHS } from '../../src/passport/rules/months.ts'
import { addDays, HOUR, MINUTE, romeDate, romeInstant } from '../../src/platform/time.ts'
import { apply } from './memory.ts'

/** The portal as it really is: free places by office and slot, and each office's hour. */
interface World {
  offices: Map<string, { bookableFrom: string | null; slots: Map<string, ObservedSlot> }>
}

const OFFICES = ['1', '2', '3']
const office = (id: string) => ({ id, code: `C${id}`, name: `N${id}`, address: 'A', city: 'B' })

const free = (world: World, id: string) => [...(world.offices.get(id)?.slots.values() ?? [])]

/** Reads the world; requests whose turn in `faults` is set fail. */
function readerOf(world: World, faults: (PortalFailureReason | null)[]): PortalReader {
  const fails = () => {
    const reason = faults.shift()
    return reason ? { ok: false as const, failure: { reason, detail: 'made up' } } : null
  }
  return {
    listOffices: async () =>
      fails() ?? {
        ok: true,
        value: [...world.offices].map(([id, { bookableFrom }]) => ({
          ...office(id),
          bookableFrom,
          firstDate: free(world, id).sort((a, b) => (a.date < b.date ? -1 : 1))[0]?.date ?? null,
        })),
      },
    readMonth: async (id, month) =>
      fails() ?? { ok: true, value: free(world, id).filter((slot) => slot.date.startsWith(month)) },
  }
}

const ids = fc.constantFrom(...OFFICES)
const reasons = fc.constantFrom<PortalFailureReason>('timeout', 'rate-limited', 'unavailable', 'malformed')
const events = fc.oneof(
  fc.record({
    type: fc.constant('free' as const),
    id: ids,
    day: fc.integer({ min: 0, max: 330 }),
    time: fc.constantFrom('09:00', '02:30', '23:45'),
    places: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({ type: fc.constant('take' as const), id: ids, nth: fc.nat(5) }),
  fc.record({
    type: fc.constant('round' as const),
    wait: fc.integer({ min: 1, max: 4 * 60 }).map((minutes) => minutes * MINUTE),
    faults: fc.array(fc.option(reasons, { freq: 3 }), { maxLength: 8 }),
  }),
)
/** Days around which the world lives: ordinary, both clock changes, the end of a year. */
const days = fc.constantFrom('2026-05-04', '2026-03-28', '2026-10-24', '2026-12-30')

test('whatever happens and fails, the known slots converge to the real ones, and each opening is announced once', async () => {
  await fc.assert(
    fc.asyncProperty(days, fc.array(events, { maxLength: 40 }), async (day, history) => {
      const world: World = {
        offices: new Map(
          OFFICES.map((id) => [id, { bookableFrom: id === '1' ? null : '09:00', slots: new Map() }]),
        ),
      }
      let known: KnownOffice[] = []
      let now = romeInstant(day, '00:05')
      let rounds = 0
      /** Openings of each slot that were told and did not close since. */
      const told = new Set<string>()

      const round = async (faults: (PortalFailureReason | null)[]) => {
        const reader = readerOf(world, [...faults])
        const plan = { code: 'TO', offices: known, round: rounds++, horizons: {} }
        const reading = await readProvince(
          { reader, limit: (request) => request(), paused: false, usedUp: () => false },
          plan,
          now,
        )
        if (!reading.observation) return
        const changes = diff(known, reading.observation, now, true)
        for (const alert of changes.alerts) {
          const here = world.offices.get(alert.officeId)
          for (const [date, time] of alert.slots) {
            const key = slotKey({ date, time })
            const name = `${alert.officeId} ${key}`
            if (alert.kind === 'gone') {
              expect(told.delete(name)).toBe(true)
            } else if (alert.kind === 'restored') {
              expect(told.has(name)).toBe(false)
              expect(here?.slots.has(key)).toBe(true)
              told.add(name)
            } else {
              expect(told.has(name)).toBe(false)
              expect(here?.slots.has(key)).toBe(true)
              expect(bookability(here?.bookableFrom ?? null, now).when).not.toBe('later')
              told.add(name)
            }
          }
        }
        for (const step of changes.steps.filter((one) => one.kind === 'gone')) {
          expect(world.offices.get(step.officeId)?.slots.has(slotKey(step))).toBe(false)
        }
        known = apply(known, changes, now)
      }

      for (const event of history) {
        if (event.type === 'round') {
          now += event.wait
          await round(event.faults)
          continue
        }
        const slots = world.offices.get(event.id)?.slots ?? new Map<string, ObservedSlot>()
        if (event.type === 'free') {
          const slot = { date: addDays(romeDate(now), event.day), time: event.time, places: event.places }
          slots.set(slotKey(slot), slot)
        } else {
          const key = [...slots.keys()][event.nth]
          if (key) slots.delete(key)
        }
      }
      now += 4 * HOUR
      for (let i = 0; i < HORIZON_MONTHS; i++) {
        now += 4 * MINUTE
        await round([])
      }
      now = romeInstant(addDays(romeDate(now), 1), '12:00')
      for (let i = 0; i < HORIZON_MONTHS; i++) await round([])

      const actual = [...world.offices].flatMap(([id, { slots }]) =>
        [...slots].map(([key, slot]) => `${id} ${key} ${slot.places}`),
      )
      const held = known.flatMap((one) =>
        one.slots.map((slot) => `${one.id} ${slotKey(slot)} ${slot.places}`),
      )
      expect(held.sort()).toEqual(actual.sort())
      expect([...told].sort()).toEqual(actual.map((name) => name.replace(/ \d+$/, '')).sort())
    }),
    { numRuns: 300 },
  )
})
