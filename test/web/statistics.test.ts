import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Lifetime, medianOf, shareAt, survival } from '../../src/passport/history/survival.ts'
import { dayOfWeek, romeDate, romeTime } from '../../src/platform/time.ts'
import { bestTime, perWeek, weekGrid } from '../../src/web/province/statistics.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

const hours = fc.array(
  fc.record({
    hour: fc
      .integer({ min: Date.parse('2026-01-01') / HOUR, max: Date.parse('2027-12-31') / HOUR })
      .map((hour) => hour * HOUR),
    count: fc.integer({ min: 1, max: 50 }),
  }),
  { maxLength: 40 },
)

const lifetimes: fc.Arbitrary<Lifetime[]> = fc.array(
  fc.record({
    ms: fc.integer({ min: 0, max: 10_000 }),
    ended: fc.boolean(),
    count: fc.integer({ min: 1, max: 20 }),
  }),
  { maxLength: 40 },
)

describe('freed slots by day and hour', () => {
  it('puts each in the cell that Rome’s clocks show, all the year, over both clock changes', () => {
    fc.assert(
      fc.property(hours, (freed) => {
        const expected = Array.from({ length: 7 }, () => new Array<number>(24).fill(0))
        for (const { hour, count } of freed) {
          const row = expected[dayOfWeek(romeDate(hour)) - 1] ?? []
          const column = Number(romeTime(hour).slice(0, 2))
          row[column] = (row[column] ?? 0) + count
        }
        expect(weekGrid(freed)).toEqual(expected)
      }),
    )
  })

  it('knows the two hours around the change of October and the jump of March', () => {
    const instants = ['2026-10-25T00:00Z', '2026-10-25T01:00Z', '2026-03-29T00:00Z', '2026-03-29T01:00Z']
    const grid = weekGrid(instants.map((text) => ({ hour: Date.parse(text), count: 1 })))
    expect(grid[6]?.slice(0, 5)).toEqual([0, 1, 2, 1, 0])
  })

  const monday9 = Date.parse('2026-11-16T08:00Z')
  const onDays = (days: readonly number[], hours: readonly number[], count: number) =>
    days.flatMap((day) => hours.map((hour) => ({ hour: monday9 + (day * 24 + hour - 9) * HOUR, count })))

  it.each([
    ['working-days', 9, 10, onDays([0, 1, 2, 3, 4], [9], 20)],
    ['weekend', 20, 22, onDays([5, 6], [20, 21], 20)],
    ['every-day', 0, 1, onDays([0, 1, 2, 3, 4, 5, 6], [0], 20)],
    [3, 12, 13, onDays([3], [12], 20)],
  ])('names the days and hours in which they are freed (%s, %s to %s)', (days, from, to, freed) => {
    const noise = onDays([0, 1, 2, 3, 4, 5, 6], [3, 8, 14, 17, 22], 1)
    expect(bestTime(weekGrid([...freed, ...noise]))).toMatchObject({ days, from, to })
  })

  it('names no time when little was seen, or when they are freed at any hour', () => {
    expect(bestTime(weekGrid([{ hour: monday9, count: 19 }]))).toBeNull()
    const allDay = Array.from({ length: 24 }, (_, hour) => hour)
    expect(bestTime(weekGrid(onDays([0, 1, 2, 3, 4, 5, 6], allDay, 3)))).toBeNull()
  })

  it('whatever it names has a quarter of them, and three times what chance gives', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.nat(9), { minLength: 24, maxLength: 24 }), { minLength: 7, maxLength: 7 }),
        (grid) => {
          const best = bestTime(grid)
          if (best === null) return
          const total = grid.flat().reduce((sum, count) => sum + count, 0)
          const there = best.rows.flatMap((row) => grid[row]?.slice(best.from, best.to) ?? [])
          expect(best.share).toBeCloseTo(there.reduce((sum, count) => sum + count, 0) / total)
          expect(best.share).toBeGreaterThanOrEqual(0.25)
          expect(best.share).toBeGreaterThanOrEqual((3 * there.length) / 168)
        },
      ),
    )
  })

  it('counts each slot of the window in one week, and shows weeks without any', () => {
    const now = Date.parse('2026-11-21T11:00Z')
    fc.assert(
      fc.property(
        fc.array(
          fc
            .integer({ min: 0, max: 84 * 24 - 1 })
            .map((back) => Math.floor((now - back * HOUR) / HOUR) * HOUR),
        ),
        (instants) => {
          const weeks = perWeek(
            instants.map((hour) => ({ hour, count: 2 })),
            now - 84 * DAY,
            now,
          )
          expect(weeks).toHaveLength(13)
          expect(weeks.every(({ monday }) => dayOfWeek(monday) === 1)).toBe(true)
          expect(weeks.reduce((sum, week) => sum + week.count, 0)).toBe(2 * instants.length)
        },
      ),
    )
  })
})

describe('how long slots stay free', () => {
  it('without slots still free is the plain share that lived longer', () => {
    fc.assert(
      fc.property(lifetimes, fc.integer({ min: 0, max: 10_000 }), (some, ms) => {
        const ended = some.map((one) => ({ ...one, ended: true }))
        const total = ended.reduce((sum, one) => sum + one.count, 0)
        if (total === 0) return
        const longer = ended.filter((one) => one.ms > ms).reduce((sum, one) => sum + one.count, 0)
        expect(shareAt(survival(ended), ms)).toBeCloseTo(longer / total, 9)
      }),
    )
  })

  it('only ever falls, between 1 and 0, in order of time', () => {
    fc.assert(
      fc.property(lifetimes, (some) => {
        const steps = survival(some)
        expect(steps[0]).toEqual({ ms: 0, share: 1 })
        for (const [i, step] of steps.entries()) {
          expect(step.share).toBeGreaterThanOrEqual(-1e-12)
          expect(step.share).toBeLessThanOrEqual(steps[i - 1]?.share ?? 1)
          expect(step.ms).toBeGreaterThanOrEqual(steps[i - 1]?.ms ?? 0)
        }
      }),
    )
  })

  it('never estimates shorter lives because some slots are still free', () => {
    fc.assert(
      fc.property(lifetimes, fc.integer({ min: 0, max: 10_000 }), (some, ms) => {
        const asIfEnded = survival(some.map((one) => ({ ...one, ended: true })))
        expect(shareAt(survival(some), ms)).toBeGreaterThanOrEqual(shareAt(asIfEnded, ms) - 1e-9)
      }),
    )
  })

  it('agrees with the textbook: deaths at 6 and 7, others leaving at 6 and 9', () => {
    const steps = survival([
      { ms: 6, ended: true, count: 3 },
      { ms: 6, ended: false, count: 1 },
      { ms: 7, ended: true, count: 1 },
      { ms: 9, ended: false, count: 16 },
    ])
    expect(shareAt(steps, 6)).toBeCloseTo(0.857, 3)
    expect(shareAt(steps, 7)).toBeCloseTo(0.807, 3)
    expect(medianOf(steps)).toBeNull()
    expect(
      medianOf(
        survival([
          { ms: 4, ended: true, count: 2 },
          { ms: 8, ended: true, count: 2 },
        ]),
      ),
    ).toBe(4)
  })
})
