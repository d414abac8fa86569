import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { boundsFor, SHORTEST_INTERVAL, toGrid } from '../../src/passport/rules/interval-bounds.ts'
import { gridRequests, mostPerMinute, mustSave } from '../../src/passport/rules/polling-budget.ts'
import {
  clusterRate,
  hoursLeft,
  type PlanInput,
  type PollingPlan,
  plannedInterval,
  planPolling,
} from '../../src/passport/rules/polling-plan.ts'
import { CLUSTER_WINDOW, NO_HISTORY, releaseRates } from '../../src/passport/rules/release-rates.ts'
import {
  addDays,
  DAY,
  HOUR,
  HOURS_OF_WEEK,
  MINUTE,
  romeHourOfWeek,
  romeInstant,
  SECOND,
} from '../../src/platform/time.ts'

const codes = ['TO', 'MI', 'RM', 'AO', 'NA', 'BO']
const province = fc.record({
  followers: fc.integer({ min: 1, max: 100_000 }),
  cost: fc.double({ min: 1, max: 15, noNaN: true }),
  weeks: fc.double({ min: 0, max: 14, noNaN: true }),
  freed: fc.array(fc.nat(200), { maxLength: HOURS_OF_WEEK }),
})
const country = fc.array(province, { minLength: 1, maxLength: codes.length })
const moment = fc
  .constantFrom('2026-05-20', '2026-03-29', '2026-10-25')
  .chain((day) => fc.nat(DAY - HOUR - 1).map((ms) => romeInstant(day, '00:00') + ms))
const seconds = fc.integer({ min: 1, max: 3_600 })

/** A plan's input for some provinces, with as many requests left as the fixed grid would take, times a share. */
function inputFor(
  provinces: (typeof province extends fc.Arbitrary<infer One> ? One : never)[],
  interval: number,
  now: number,
  share = 1,
): PlanInput {
  const followed = provinces.map(({ followers, cost }, i) => ({ code: codes[i] ?? '', followers, cost }))
  const ms = hoursLeft(now).reduce((sum, hour) => sum + hour.ms, 0)
  const freed = provinces.reduce((sum, one) => sum + one.freed.reduce((all, count) => all + count, 0), 0)
  return {
    provinces: followed,
    rates: releaseRates({
      provinces: Object.fromEntries(
        provinces.map(({ weeks, freed: counts }, i) => [codes[i] ?? '', { weeks, freed: counts }]),
      ),
      finds: Math.ceil(freed / 2),
      followUps: Math.ceil(freed / 5),
    }),
    interval,
    left: share * gridRequests(followed, ms, interval),
    mostPerMinute: mostPerMinute(gridRequests(followed, MINUTE, interval)),
    now,
  }
}

const intervals = (plan: PollingPlan, interval: number, extra = 0) =>
  Object.values(plan.provinces).map((one) => plannedInterval(plan, one, extra, interval))

describe('the interval of a province', () => {
  test('is never shorter than 5 s nor longer than a minute, except as far as the operator wants it', () => {
    fc.assert(
      fc.property(
        country,
        seconds,
        moment,
        fc.double({ min: 0, max: 3, noNaN: true }),
        (all, s, now, share) => {
          const interval = s * SECOND
          const plan = planPolling(inputFor(all, interval, now, share))
          for (const extra of [0, 60]) {
            for (const found of intervals(plan, interval, extra)) {
              expect(found).toBeGreaterThanOrEqual(Math.min(SHORTEST_INTERVAL, interval))
              expect(found).toBeLessThanOrEqual(Math.max(MINUTE, interval))
            }
          }
        },
      ),
    )
  })

  test('lies on the grid of all provinces', () => {
    fc.assert(
      fc.property(seconds, fc.double({ min: 0, max: 1e9, noNaN: true }), (s, wanted) => {
        const bounds = boundsFor(s * SECOND)
        const found = toGrid(wanted, bounds)
        expect(found === bounds.longest || found % bounds.step === 0).toBe(true)
        // So a plan with everybody in the longest takes no more than the operator's budget.
        expect(bounds.longest).toBeGreaterThanOrEqual(s * SECOND)
        expect(bounds.longest + bounds.step <= MINUTE || bounds.longest === s * SECOND).toBe(true)
      }),
    )
  })

  test('is never longer for more followers, more expected slots, or more of them just found', () => {
    fc.assert(
      fc.property(
        country,
        fc.integer({ min: 1, max: 55 }),
        moment,
        fc.double({ min: 1, max: 50, noNaN: true }),
        (all, s, now, factor) => {
          const interval = s * SECOND
          const plan = planPolling(inputFor(all, interval, now))
          for (const one of Object.values(plan.provinces)) {
            const usual = plannedInterval(plan, one, 0, interval)
            const followed = { ...one, followers: one.followers * factor }
            const busy = { ...one, slotsPerHour: one.slotsPerHour * factor }
            expect(plannedInterval(plan, followed, 0, interval)).toBeLessThanOrEqual(usual)
            expect(plannedInterval(plan, busy, 0, interval)).toBeLessThanOrEqual(usual)
            expect(plannedInterval(plan, one, factor, interval)).toBeLessThanOrEqual(usual)
          }
        },
      ),
    )
  })

  test('of two provinces is never longer for the one with more followers, all else being equal', () => {
    fc.assert(
      fc.property(country, seconds, moment, (all, s, now) => {
        const [first] = all
        const alike = all.map((one) => ({ ...one, cost: first?.cost ?? 1, weeks: 0, freed: [] }))
        const plan = planPolling(inputFor(alike, s * SECOND, now))
        const sorted = Object.values(plan.provinces).sort((a, b) => a.followers - b.followers)
        const found = sorted.map((one) => plannedInterval(plan, one, 0, s * SECOND))
        expect(found).toEqual([...found].sort((a, b) => b - a))
      }),
    )
  })
})

describe('the requests of a day', () => {
  test('are expected to stay within what is left, or nobody is read more often than at least', () => {
    fc.assert(
      fc.property(
        country,
        seconds,
        moment,
        fc.double({ min: 0, max: 3, noNaN: true }),
        (all, s, now, share) => {
          const input = inputFor(all, s * SECOND, now, share)
          const plan = planPolling(input)
          const least = boundsFor(input.interval).longest
          if (plan.pace === null) expect(intervals(plan, input.interval)).toEqual(all.map(() => least))
          else expect(plan.expected).toBeLessThanOrEqual(input.left * 1.0001)
        },
      ),
    )
  })

  test('never exceed what the fixed grid takes, whatever is found', () => {
    fc.assert(
      fc.property(
        country,
        fc.integer({ min: 1, max: 50 }),
        fc.constantFrom('2026-05-20', '2026-03-29', '2026-10-25'),
        fc.array(fc.boolean(), { minLength: 7, maxLength: 7 }),
        (all, s, day, finds) => {
          const interval = s * SECOND
          const start = romeInstant(day, '00:00')
          const midnight = romeInstant(addDays(day, 1), '00:00')
          const input = inputFor(all, interval, start)
          let { left } = input
          let turn = 0
          let plan = planPolling(input)
          for (let now = start; now < midnight; now += MINUTE) {
            if (now >= plan.until) plan = planPolling({ ...input, now, left })
            const save = mustSave(input.provinces, left, midnight - now, boundsFor(interval))
            const pace = save ? null : plan.pace
            for (const one of Object.values(plan.provinces)) {
              const extra = finds[turn++ % finds.length] ? clusterRate(0, 3) : 0
              left -= (one.cost * MINUTE) / plannedInterval({ pace }, one, extra, interval)
            }
          }
          expect(left).toBeGreaterThanOrEqual(-1e-6 * input.left)
        },
      ),
      { numRuns: 20 },
    )
  })

  test('may be more in a busy minute than usual, but not beyond what five connections carry', () => {
    expect(mostPerMinute(20)).toBe(60)
    expect(mostPerMinute(470)).toBe(1_000)
    expect(mostPerMinute(5_000)).toBe(5_000)
  })
})

test('a plan is the same whenever it is made of the same', () => {
  fc.assert(
    fc.property(country, seconds, moment, (all, s, now) => {
      expect(planPolling(inputFor(all, s * SECOND, now))).toEqual(planPolling(inputFor(all, s * SECOND, now)))
    }),
    { numRuns: 20 },
  )
})

test('a plan holds until the hour is over', () => {
  fc.assert(
    fc.property(country, moment, (all, now) => {
      const plan = planPolling(inputFor(all, 20 * SECOND, now))
      expect(plan.until).toBe(now - (now % HOUR) + HOUR)
    }),
    { numRuns: 20 },
  )
})

test.each([
  ['2026-05-20', 24],
  ['2026-03-29', 23],
  ['2026-10-25', 25],
])('%s has %i hours', (day, count) => {
  const hours = hoursLeft(romeInstant(day, '00:00'))
  expect(hours).toHaveLength(count)
  expect(hours.every(({ ms }) => ms === HOUR)).toBe(true)
  expect(hours.at(-1)?.hourOfWeek).toBe(romeHourOfWeek(romeInstant(day, '23:00')))
})

test('where nothing can be gained everybody is read in the operator’s interval', () => {
  const alike = codes.map(() => ({ followers: 10, cost: 1, weeks: 0, freed: [] }))
  const input = { ...inputFor(alike, 17 * SECOND, romeInstant('2026-05-20', '00:00')) }
  const noClusters = { ...input, rates: { ...input.rates, followUps: 0 } }
  expect(intervals(planPolling(noClusters), 17 * SECOND)).toEqual(codes.map(() => 17 * SECOND))
})

describe('expected slots of a province', () => {
  const all = Array.from({ length: HOURS_OF_WEEK }, (_, hour) => hour)

  test('without any history is the same at any hour, for all', () => {
    const rates = releaseRates(NO_HISTORY)
    const found = new Set(
      codes.flatMap((code) => all.map((hour) => rates.slotsPerHour(code, hour).toFixed(9))),
    )
    expect(found.size).toBe(1)
  })

  test('of which little is known is like the others, and otherwise like itself', () => {
    const mornings = all.map((hour) => (hour % 24 === 9 ? 400 : 0))
    const evenings = all.map((hour) => (hour % 24 === 20 ? 4_000 : 0))
    const rates = releaseRates({
      provinces: {
        TO: { weeks: 10, freed: mornings },
        MI: { weeks: 10, freed: mornings },
        RM: { weeks: 100, freed: evenings },
      },
      finds: 0,
      followUps: 0,
    })
    expect(rates.slotsPerHour('RM', 20)).toBeGreaterThan(10 * rates.slotsPerHour('RM', 9))
    expect(rates.slotsPerHour('XX', 20)).toBeGreaterThan(rates.slotsPerHour('XX', 9))
    expect(rates.slotsPerHour('TO', 3)).toBeGreaterThan(0)
    expect(rates.slotsPerHour('TO', 9)).toBeGreaterThan(rates.slotsPerHour('XX', 9))
  })

  test('after a find rises at once and fades within minutes', () => {
    expect(clusterRate(0, 1)).toBeGreaterThan(clusterRate(MINUTE, 1))
    expect(clusterRate(CLUSTER_WINDOW, 1)).toBe(0)
    expect(clusterRate(Number.POSITIVE_INFINITY, 1)).toBe(0)
  })
})
