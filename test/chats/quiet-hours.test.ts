import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inQuietHours, quietHoursEnd } from '../../src/chats/quiet-hours.ts'
import { romeTime } from '../../src/platform/time.ts'

const time = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`)

describe('quiet hours', () => {
  test.each([
    ['2026-12-01T20:59:00Z', false],
    ['2026-12-01T21:00:00Z', true],
    ['2026-12-02T05:59:00Z', true],
    ['2026-12-02T06:00:00Z', false],
    ['2026-07-01T20:00:00Z', true],
    ['2026-07-01T19:59:00Z', false],
  ])('from 22:00 to 07:00 in Rome, at %s: %s', (at, quiet) => {
    expect(inQuietHours({ quietFrom: '22:00', quietTo: '07:00' }, Date.parse(at))).toBe(quiet)
  })

  test('an alert held through a clock change is sent when Rome’s clocks show the hour', () => {
    const prefs = { quietFrom: '22:00', quietTo: '07:00' }
    // 29 March 2026 skips an hour, 25 October 2026 repeats one.
    expect(quietHoursEnd(prefs, Date.parse('2026-03-28T22:00:00Z'))).toBe(Date.parse('2026-03-29T05:00:00Z'))
    expect(quietHoursEnd(prefs, Date.parse('2026-10-24T21:00:00Z'))).toBe(Date.parse('2026-10-25T06:00:00Z'))
    expect(quietHoursEnd(prefs, Date.parse('2026-12-01T12:00:00Z'))).toBe(null)
  })

  test('they end within a day, at the hour, and not before now', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2027-12-31') }),
        time,
        time,
        (now, quietFrom, quietTo) => {
          const prefs = { quietFrom, quietTo }
          const end = quietHoursEnd(prefs, now)
          expect(end === null).toBe(!inQuietHours(prefs, now))
          if (end === null) return
          expect(end).toBeGreaterThan(now)
          expect(end - now).toBeLessThanOrEqual(25 * 3_600_000)
          // In the hour that March skips no clock shows the time: it ends right after the jump.
          if (!/^02:/.test(quietTo)) expect(romeTime(end)).toBe(quietTo)
          expect(inQuietHours(prefs, end - 60_000) || end - now < 60_000 || /^02:/.test(quietTo)).toBe(true)
        },
      ),
    )
  })
})
