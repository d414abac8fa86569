import { fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { clockShiftOf, secondsUntil } from '../../scripts/local/clock.ts'
import { dayOfWeek, romeDate, romeTime, SECOND } from '../../src/platform/time.ts'

const NOW = Date.parse('2026-11-27T22:00+01:00')
const instants = fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2030-01-01') })

test('TEST_NOW names an instant, CLOCK_SHIFT_SECONDS a distance; nothing moves nothing', () => {
  expect(clockShiftOf({}, NOW)).toBe(0)
  expect(clockShiftOf({ TEST_NOW: '', CLOCK_SHIFT_SECONDS: '' }, NOW)).toBe(0)
  expect(clockShiftOf({ TEST_NOW: '2026-11-28T22:00+01:00' }, NOW)).toBe(86_400)
  expect(clockShiftOf({ TEST_NOW: '2026-11-27T20:00Z' }, NOW)).toBe(-3_600)
  expect(clockShiftOf({ CLOCK_SHIFT_SECONDS: '-60' }, NOW)).toBe(-60)
})

test('a process that was started with TEST_NOW passes its distance on: the distance wins', () => {
  expect(clockShiftOf({ TEST_NOW: '2027-03-28T00:30+01:00', CLOCK_SHIFT_SECONDS: '5' }, NOW)).toBe(5)
})

test.each([
  [{ TEST_NOW: '2027-03-28T00:30' }, /TEST_NOW should be an instant like/],
  [{ TEST_NOW: 'tomorrow' }, /TEST_NOW should be an instant like/],
  [{ TEST_NOW: '2027-02-40T00:30Z' }, /TEST_NOW should be at most twenty years away/],
  [{ TEST_NOW: '2129-03-28T00:30Z' }, /TEST_NOW should be at most twenty years away/],
  [{ CLOCK_SHIFT_SECONDS: 'soon' }, /CLOCK_SHIFT_SECONDS should be at most twenty years away/],
  [{ CLOCK_SHIFT_SECONDS: '1.5' }, /CLOCK_SHIFT_SECONDS should be at most twenty years away/],
])('%o is refused with a sentence', (env, sentence) => {
  expect(() => clockShiftOf(env, NOW)).toThrow(sentence)
})

test('from any instant, the next day of the week at a time is ahead, within a week', () => {
  fc.assert(
    fc.property(instants, fc.integer({ min: 1, max: 7 }), (now, day) => {
      const seconds = secondsUntil(day, '10:00', now)
      const then = now + seconds * SECOND
      expect(dayOfWeek(romeDate(then))).toBe(day)
      expect(romeTime(then)).toBe('10:00')
      expect(seconds).toBeGreaterThan(0)
      // A week with the clock change of October is an hour longer.
      expect(seconds).toBeLessThanOrEqual(7 * 86_400 + 3_600)
    }),
  )
})

test('every way of reading the time is moved, in this process and in those that it starts', async () => {
  const child = fork(resolve('test/local/clock-child.ts'), {
    env: { ...process.env, TEST_NOW: '', CLOCK_SHIFT_SECONDS: '86400' },
  })
  const [read] = (await once(child, 'message')) as [Record<string, number | boolean | string>]
  const real = Number(read.real)
  for (const way of ['now', 'constructed', 'called', 'grandchild'] as const) {
    expect(Math.abs(Number(read[way]) - real - 86_400_000), way).toBeLessThan(60_000)
  }
  expect(read).toMatchObject({ given: 5, instance: true, foreign: true })
})
