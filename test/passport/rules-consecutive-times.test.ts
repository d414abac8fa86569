import fc from 'fast-check'
import { expect, test } from 'vitest'
import { consecutiveRuns } from '../../src/passport/rules/consecutive-times.ts'

test.each([
  [[], []],
  [['09:00'], []],
  [['09:00', '09:30', '10:00'], [['09:00', '10:00']]],
  [['10:00', '09:00', '09:45'], [['09:45', '10:00']]],
  [
    ['08:50', '09:00', '11:00', '11:20', '16:00'],
    [
      ['08:50', '09:00'],
      ['11:00', '11:20'],
    ],
  ],
  [['09:00', '09:00'], []],
])('of %o, these follow one another: %o', (times, runs) => {
  expect(consecutiveRuns(times)).toEqual(runs)
})

const time = fc
  .integer({ min: 0, max: 95 })
  .map(
    (quarter) =>
      `${String(Math.floor(quarter / 4)).padStart(2, '0')}:${String((quarter % 4) * 15).padStart(2, '0')}`,
  )

test('runs are apart, in order, and begin and end with given times', () => {
  fc.assert(
    fc.property(fc.array(time, { maxLength: 20 }), (times) => {
      const ends = consecutiveRuns(times).flat()
      expect(ends).toEqual([...ends].sort())
      expect(new Set(ends).size).toBe(ends.length)
      for (const end of ends) expect(times).toContain(end)
    }),
  )
})
