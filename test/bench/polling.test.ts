import { describe, expect, test } from 'vitest'
import { ProfileError, parseProfile, usualProfile } from '../../bench/polling/profile.ts'
import { simulate } from '../../bench/polling/simulate.ts'
import { freedInCountry, slotsByHour } from '../../bench/polling/simulated-portal.ts'
import { adaptive, fixedGrid } from '../../bench/polling/strategies.ts'
import { evaluate } from '../../bench/polling/verdict.ts'
import { weightedQuantile } from '../../bench/polling/waits.ts'
import { NO_HISTORY, releaseRates } from '../../src/passport/rules/release-rates.ts'
import { SECOND } from '../../src/platform/time.ts'

const usual = usualProfile()
const small = {
  ...usual,
  followers: { TO: 1_200, AO: 3, MI: 0 },
  slotsPerWeek: { TO: 90, RM: 50 },
  requestsPerMinute: 8,
}

describe('a profile', () => {
  test('may leave provinces out of either map', () => {
    expect(parseProfile(small, 'p.json')).toEqual(small)
    expect([...freedInCountry(small, 1, 1).keys()]).toEqual(['TO', 'AO'])
  })

  test.each<[string, object, string]>([
    ['a field is missing', { followers: undefined }, 'p.json: followers is missing.'],
    ['a number is a text', { requestsPerMinute: '470' }, 'p.json: requestsPerMinute should be a number.'],
    ['hours are missing', { hourOfWeek: [1, 2] }, 'p.json: hourOfWeek should have 168 entries.'],
    [
      'all hours are 0',
      { hourOfWeek: Array(168).fill(0) },
      'p.json: hourOfWeek should have an hour above 0.',
    ],
    ['a province is named oddly', { followers: { Torino: 3 } }, 'p.json: followers.Torino has a name'],
    ['nobody follows what frees slots', { slotsPerWeek: { RM: 5 } }, 'p.json: slotsPerWeek should name'],
    ['clusters are smaller than a slot', { clusterMean: 0.5 }, 'p.json: clusterMean should be at least 1.'],
    ['a field is unknown', { speed: 1 }, 'p.json: the profile has an unknown field: speed.'],
  ])('in which %s is refused with a sentence that names the field', (_, change, message) => {
    expect(() => parseProfile({ ...small, ...change }, 'p.json')).toThrow(ProfileError)
    expect(() => parseProfile({ ...small, ...change }, 'p.json')).toThrow(message)
  })
})

test('a world frees the slots of its profile, in order of time, and is the same for the same seed', () => {
  const world = freedInCountry(small, 20, 7)
  const slots = world.get('TO') ?? []
  expect(slots.length / 20).toBeGreaterThan(70)
  expect(slots.length / 20).toBeLessThan(110)
  expect(slots.map(({ at }) => at)).toEqual(slots.map(({ at }) => at).sort((a, b) => a - b))
  expect(world.get('AO')).toEqual([])
  expect(freedInCountry(small, 20, 7)).toEqual(world)
  expect(slotsByHour(small, 'TO').reduce((sum, count) => sum + count, 0)).toBeCloseTo(90)
})

test('the fixed grid lets slots wait for up to an interval, and takes its requests evenly', () => {
  const world = freedInCountry(small, 1, 1)
  const { waits, requestsPerMinute, longestGapMs } = simulate(small, world, fixedGrid(20 * SECOND), {
    first: 0,
    weeks: 1,
  })
  expect(Math.max(...waits.map(({ ms }) => ms))).toBeLessThanOrEqual(20 * SECOND)
  expect(longestGapMs).toBe(20 * SECOND)
  expect(requestsPerMinute).toBeGreaterThan(6)
  expect(requestsPerMinute).toBeLessThan(9)
})

test('adaptive polling reads what many follow sooner, within the requests of each day', () => {
  const world = freedInCountry(small, 1, 1)
  const span = { first: 0, weeks: 1 }
  const grid = simulate(small, world, fixedGrid(20 * SECOND), span)
  const found = simulate(
    small,
    world,
    adaptive(grid.requestsPerMinute, 20 * SECOND, releaseRates(NO_HISTORY)),
    span,
  )
  const median = (waits: typeof grid.waits) => weightedQuantile(waits, 0.5)
  expect(median(found.waits)).toBeLessThan(median(grid.waits))
  expect(found.busiestDayPerMinute).toBeLessThanOrEqual(grid.requestsPerMinute * 1.01)
})

test('a quantile of waits counts each follower', () => {
  const waits = [
    { ms: 1, followers: 98 },
    { ms: 5, followers: 1 },
    { ms: 9, followers: 1 },
  ]
  expect([0.5, 0.98, 0.985, 1].map((share) => weightedQuantile(waits, share))).toEqual([1, 1, 5, 9])
})

describe('the verdict', () => {
  const fixed = {
    weightedMeanMs: 10,
    p50Ms: 10,
    p95Ms: 19,
    maxMs: 20,
    requestsPerMinute: 9,
    longestGapMs: 20,
  }
  const good = { ...fixed, weightedMeanMs: 5 }

  test('is good at half the mean wait', () => {
    expect(evaluate({ fixed, adaptive: good, optimum: good }, 20_000)).toEqual({
      failures: [],
      outOfReach: [],
    })
  })

  test('names each target that is missed, and apart what nobody could reach', () => {
    const bad = { ...fixed, p95Ms: 30, longestGapMs: 90_000, requestsPerMinute: 12 }
    expect(evaluate({ fixed, adaptive: bad, optimum: good }, 20_000).failures).toHaveLength(4)
    const { failures, outOfReach } = evaluate(
      { fixed, adaptive: bad, optimum: { ...good, maxMs: 70_000 } },
      20_000,
    )
    expect(failures).toHaveLength(3)
    expect(outOfReach).toHaveLength(1)
  })
})
