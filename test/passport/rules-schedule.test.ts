import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addMonths, FAR_ROUNDS, HORIZON_MONTHS, monthsToRead } from '../../src/passport/rules/months.ts'
import { delayAfter, longestWait, nextRoundAt, slowsDown } from '../../src/passport/rules/round-schedule.ts'
import { DAY, MINUTE, romeInstant, SECOND } from '../../src/platform/time.ts'

const intervals = fc.integer({ min: SECOND, max: 60 * MINUTE })
const start = romeInstant('2026-05-04', '08:00')
const starts = fc.integer({ min: start, max: start + 1_000_000_000 })

test('rounds keep to the interval on average, and jitter never adds up', () => {
  fc.assert(
    fc.property(starts, intervals, (first, interval) => {
      let at = first
      for (let i = 0; i < 50; i++) {
        const next = nextRoundAt(at, interval, interval, at)
        expect(next - at).toBeGreaterThanOrEqual(interval / 2)
        expect(next - at).toBeLessThanOrEqual(interval * 1.61)
        if (i > 0) expect(next - at).toBeGreaterThanOrEqual(interval * 0.9 - 1)
        at = next
      }
      expect(Math.abs(at - first - 50 * interval)).toBeLessThanOrEqual(interval * 0.6)
    }),
  )
})

test('provinces that began at different moments come to be read together', () => {
  fc.assert(
    fc.property(starts, intervals, fc.nat(10_000), (first, interval, later) => {
      const advance = (at: number, until: number) => {
        let next = at
        while (next < until) next = nextRoundAt(next, interval, interval, next)
        return next
      }
      const until = first + later + 3 * interval
      expect(advance(first, until)).toBe(advance(first + later, until))
    }),
  )
})

test('a reading that ran over a round is not followed by the missed one', () => {
  const interval = 20 * SECOND
  const next = nextRoundAt(start, interval, interval, start + 65 * SECOND)
  expect(next).toBeGreaterThanOrEqual(start + 65 * SECOND)
})

test('failures double the wait up to five minutes, and what the portal asks for is honoured', () => {
  const waits = [0, 1, 2, 3, 4, 5, 6, 50].map((failures) => delayAfter(failures, 20_000) / SECOND)
  expect(waits).toEqual([20, 20, 40, 80, 160, 300, 300, 300])
  expect(delayAfter(9, 40 * MINUTE)).toBe(40 * MINUTE)
  expect(longestWait([])).toBe(0)
  expect(longestWait([0, 90_000, 5_000])).toBe(90_000)
  expect(longestWait([9 * DAY])).toBe(60 * MINUTE)
  expect(nextRoundAt(start, 20_000, 20_000, start + 90_000)).toBeGreaterThanOrEqual(start + 90_000)
})

test('only what speaks of a struggling portal slows a province down', () => {
  const health = { failures: [], listed: true, monthsRead: 3 }
  expect(slowsDown(health)).toBe(false)
  expect(slowsDown({ ...health, failures: ['timeout'] })).toBe(false)
  expect(slowsDown({ ...health, failures: ['timeout'], monthsRead: 0 })).toBe(true)
  expect(slowsDown({ ...health, failures: ['rate-limited'] })).toBe(true)
  expect(slowsDown({ failures: ['unavailable'], listed: false, monthsRead: 0 })).toBe(true)
  expect(slowsDown({ failures: ['no-session'], listed: false, monthsRead: 0 })).toBe(false)
  expect(slowsDown({ failures: ['session-expired'], listed: true, monthsRead: 0 })).toBe(false)
})

const now = romeInstant('2026-05-20', '12:00')
const plan = { firstDate: '2026-06-03', openMonths: [], round: 0, horizon: 1, now }

test('an agenda is read from the first free month on until two empty ones in a row', () => {
  const after = (...counts: number[]) =>
    monthsToRead(plan, new Map(counts.map((count, step) => [addMonths('2026-06', step), count])))
  expect(after()).toEqual(['2026-06'])
  expect(after(2)).toEqual(['2026-07'])
  expect(after(2, 0)).toEqual(['2026-08'])
  expect(after(2, 0, 0)).toEqual([])
})

test('a slot behind one empty month is found in the same round', () => {
  const read = new Map([
    ['2026-06', 2],
    ['2026-07', 0],
    ['2026-08', 1],
    ['2026-09', 0],
  ])
  expect(monthsToRead(plan, read)).toEqual(['2026-10'])
})

test('months with known open slots are read too, unless they are past', () => {
  const openMonths = ['2026-04', '2026-05', '2026-06', '2026-09']
  expect(monthsToRead({ ...plan, openMonths }, new Map())).toEqual(['2026-05', '2026-06', '2026-09'])
})

test('within as many rounds as the horizon has months, each of them is read', () => {
  const seen = new Set<string>()
  for (let round = 5; round < 5 + HORIZON_MONTHS; round++) {
    for (const month of monthsToRead({ ...plan, round }, new Map([['2026-06', 0]]))) seen.add(month)
  }
  seen.add('2026-06')
  const wanted = Array.from({ length: HORIZON_MONTHS }, (_, step) => addMonths('2026-06', step))
  expect([...seen].sort()).toEqual(wanted)
})

/** Rounds until a month is read, when the two after the first are empty. */
function roundsUntil(month: string, firstRound: number, horizon: number | undefined): number {
  for (let i = 1; i <= 2 * HORIZON_MONTHS; i++) {
    const read = new Map<string, number>()
    const ask = () => monthsToRead({ ...plan, round: firstRound + i, horizon }, read)
    for (let asked = ask(); asked.length > 0; asked = ask()) {
      for (const one of asked) read.set(one, one === '2026-06' ? 1 : 0)
    }
    if (read.has(month)) return i
  }
  return Number.POSITIVE_INFINITY
}

test('a slot behind two empty months is found within four rounds where the office offers slots, else within twelve', () => {
  const ahead = fc.integer({ min: 4, max: HORIZON_MONTHS - 1 })
  fc.assert(
    fc.property(
      fc.nat(1_000),
      ahead,
      fc.option(fc.integer({ min: 0, max: 14 }), { nil: undefined }),
      (round, step, horizon) => {
        // The present month is one before the first free day's.
        const isLikely = horizon === undefined || step + 1 <= horizon
        const found = roundsUntil(addMonths('2026-06', step), round, horizon)
        expect(found).toBeLessThanOrEqual(isLikely ? FAR_ROUNDS : HORIZON_MONTHS)
      },
    ),
  )
})

test('a round reads at most three far months, and one where the office offers none', () => {
  for (let round = 0; round < 2 * HORIZON_MONTHS; round++) {
    const near = ['2026-06', '2026-07', '2026-08']
    const far = (horizon: number | undefined) => {
      const read = new Map(near.map((month, i) => [month, i === 0 ? 1 : 0]))
      return monthsToRead({ ...plan, round, horizon }, read).length
    }
    expect(far(undefined)).toBeLessThanOrEqual(3)
    expect(far(2)).toBeLessThanOrEqual(1)
  }
})

test('a portal that never shows an empty month is followed to the horizon only', () => {
  const read = new Map<string, number>()
  for (let asked = monthsToRead(plan, read); asked.length > 0; asked = monthsToRead(plan, read)) {
    for (const month of asked) read.set(month, 1)
  }
  expect(read.size).toBe(HORIZON_MONTHS)
})
