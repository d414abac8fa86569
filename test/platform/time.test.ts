import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addDays, isRomeDate, isRomeTime, romeDate, romeInstant, romeTime } from '../../src/platform/time.ts'

const instants = fc
  .integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2035, 0, 1) })
  .map((ms) => ms - (ms % 60_000))

test('an instant read as Rome date and time leads back to itself, but for the hour that October repeats', () => {
  fc.assert(
    fc.property(instants, (instant) => {
      const back = romeInstant(romeDate(instant), romeTime(instant))
      expect([0, 3_600_000]).toContain(instant - back)
      expect(romeTime(back)).toBe(romeTime(instant))
    }),
  )
})

test('midnight in Rome reads as 22:00 or 23:00 UTC of the day before', () => {
  expect(romeDate(Date.parse('2023-12-18T23:00:00Z'))).toBe('2023-12-19')
  expect(romeDate(Date.parse('2023-07-18T22:00:00Z'))).toBe('2023-07-19')
  expect(romeDate(Date.parse('2023-12-18T22:59:59Z'))).toBe('2023-12-18')
})

test('the hour that March skips moves on, the hour that October repeats is the first', () => {
  expect(romeInstant('2026-03-29', '02:30')).toBe(Date.parse('2026-03-29T01:30:00Z'))
  expect(romeInstant('2026-10-25', '02:30')).toBe(Date.parse('2026-10-25T00:30:00Z'))
})

test('days are added over both clock changes', () => {
  expect(addDays('2026-03-28', 1)).toBe('2026-03-29')
  expect(addDays('2026-10-24', 2)).toBe('2026-10-26')
})

test('only real dates and times are accepted', () => {
  expect([isRomeDate('2024-02-29'), isRomeDate('2023-02-29'), isRomeDate('19/12/2023')]).toEqual([
    true,
    false,
    false,
  ])
  expect([isRomeTime('23:59'), isRomeTime('24:00'), isRomeTime('9:00')]).toEqual([true, false, false])
})
