import fc from 'fast-check'
import { expect, test } from 'vitest'
import { expectedEnd, isReminderDue, reminderAt } from '../../src/passport/rules/session-lifetime.ts'
import { DAY, HOUR, romeInstant, romeTime } from '../../src/platform/time.ts'

test('a session is expected to live as long as the middle one of those that lived longer', () => {
  const lifetimes = [10 * HOUR, 20 * HOUR, 30 * HOUR]
  expect(expectedEnd(0, lifetimes, 0)).toBe(20 * HOUR)
  expect(expectedEnd(0, lifetimes, 15 * HOUR)).toBe(20 * HOUR)
  expect(expectedEnd(0, lifetimes, 25 * HOUR)).toBe(30 * HOUR)
  expect(expectedEnd(0, lifetimes, 31 * HOUR)).toBeNull()
  expect(expectedEnd(0, lifetimes.slice(1), 0)).toBeNull()
})

test.each([
  ['15:00', '14:00'],
  ['10:00', '09:00'],
  ['21:30', '20:30'],
  ['23:00', '20:00'],
])('of an end at %s the owner is reminded at %s', (end, reminded) => {
  expect(reminderAt(romeInstant('2026-11-27', end))).toBe(romeInstant('2026-11-27', reminded))
})

test('of an end at night the owner is reminded in the evening before', () => {
  expect(reminderAt(romeInstant('2026-11-27', '04:00'))).toBe(romeInstant('2026-11-26', '20:00'))
})

test('a reminder comes by day, an hour before at the latest, and never more than 14 hours before', () => {
  fc.assert(
    fc.property(fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2028-01-01') }), (end) => {
      const at = reminderAt(end)
      expect(at).toBeLessThanOrEqual(end - HOUR)
      expect(end - at).toBeLessThanOrEqual(15 * HOUR)
      expect(romeTime(at) >= '09:00' && romeTime(at) < '21:00').toBe(true)
    }),
  )
})

test('an expected end is in the future, and one of the past lifetimes', () => {
  const lifetime = fc.integer({ min: 1, max: 10 * DAY })
  fc.assert(
    fc.property(fc.array(lifetime), fc.integer({ min: 0, max: 20 * DAY }), (lifetimes, age) => {
      const end = expectedEnd(0, lifetimes, age)
      if (end === null) return
      expect(end).toBeGreaterThan(age)
      expect(lifetimes).toContain(end)
    }),
  )
})

test.each([
  ['by day, from the hour of the reminder on', '26T08:00', '26T20:30', true],
  ['not before', '26T08:00', '26T19:59', false],
  ['not at night, when the end is learned late', '26T08:00', '27T02:00', false],
  ['not when it was handed in after that hour', '26T20:10', '26T20:30', false],
  ['not after the end', '26T08:00', '27T09:30', false],
])('of an end at night, the owner is reminded %s', (_, created, now, expected) => {
  const at = (text: string) => romeInstant(`2026-11-${text.slice(0, 2)}`, text.slice(3))
  expect(isReminderDue(at(created), at('27T06:00'), at(now))).toBe(expected)
})
