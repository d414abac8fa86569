import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type AlertPreferences,
  inQuietHours,
  quietHoursEnd,
  slotWanted,
} from '../../src/passport/follow/slot-filter.ts'
import { romeTime } from '../../src/platform/time.ts'

const open: AlertPreferences = {
  quietFrom: null,
  quietTo: null,
  quietMode: 'silent',
  tellGone: true,
  onlyOffices: null,
  onlyBefore: null,
  onlyFrom: null,
  onlyTo: null,
  minPlaces: 1,
}
const office = { id: '46', province: 'TO' }
const slot = { date: '2026-12-19', time: '09:00', places: 2 }
const time = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`)

describe('which slots a chat wants', () => {
  test('without preferences every one', () => {
    expect(slotWanted(open, office, slot)).toBe(true)
  })

  test.each<[string, Partial<AlertPreferences>, boolean]>([
    ['its own office', { onlyOffices: ['TO:46'] }, true],
    ['another office of the province', { onlyOffices: ['TO:47'] }, false],
    ['offices of other provinces only', { onlyOffices: ['MI:47'] }, true],
    ['an office with the same number elsewhere', { onlyOffices: ['MI:46', 'TO:47'] }, false],
    ['before the same day', { onlyBefore: '2026-12-19' }, false],
    ['before the next day', { onlyBefore: '2026-12-20' }, true],
    ['from its very time', { onlyFrom: '09:00' }, true],
    ['from a minute later', { onlyFrom: '09:01' }, false],
    ['until its very time', { onlyTo: '09:00' }, false],
    ['until a minute later', { onlyTo: '09:01' }, true],
    ['as many places', { minPlaces: 2 }, true],
    ['more places', { minPlaces: 3 }, false],
  ])('%s', (_, prefs, wanted) => {
    expect(slotWanted({ ...open, ...prefs }, office, slot)).toBe(wanted)
  })
})

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
