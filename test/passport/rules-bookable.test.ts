import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bookability } from '../../src/passport/rules/bookable.ts'
import { MINUTE, romeDate, romeInstant, romeTime } from '../../src/platform/time.ts'

const at = (date: string, time: string) => romeInstant(date, time)

test('an office without an hour can be booked at any time', () => {
  expect(bookability(null, at('2026-05-04', '00:03'))).toEqual({ when: 'now' })
})

test('slots wait until five minutes before the hour, then are announced with it, then without', () => {
  const day = '2026-05-04'
  expect(bookability('09:00', at(day, '00:05'))).toEqual({ when: 'later' })
  expect(bookability('09:00', at(day, '08:55') - 1)).toEqual({ when: 'later' })
  expect(bookability('09:00', at(day, '08:55'))).toEqual({ when: 'soon', at: '09:00' })
  expect(bookability('09:00', at(day, '09:00') - 1)).toEqual({ when: 'soon', at: '09:00' })
  expect(bookability('09:00', at(day, '09:00'))).toEqual({ when: 'now' })
  expect(bookability('09:00', at(day, '23:59'))).toEqual({ when: 'now' })
})

test("just after midnight yesterday's hour no longer counts", () => {
  expect(bookability('00:02', at('2026-05-04', '23:58'))).toEqual({ when: 'now' })
  expect(bookability('00:02', at('2026-05-05', '00:00'))).toEqual({ when: 'soon', at: '00:02' })
  expect(bookability('09:00', at('2026-05-05', '00:00'))).toEqual({ when: 'later' })
})

test('on both days of a clock change the hour is the one that clocks in Rome show', () => {
  for (const day of ['2026-03-29', '2026-10-25']) {
    expect(bookability('09:00', at(day, '08:54'))).toEqual({ when: 'later' })
    expect(bookability('09:00', at(day, '08:56'))).toEqual({ when: 'soon', at: '09:00' })
    expect(bookability('09:00', at(day, '09:00'))).toEqual({ when: 'now' })
  }
})

test('whatever the instant, the answer follows from the time that is left until the hour', () => {
  const instants = fc.integer({ min: at('2026-01-01', '00:00'), max: at('2027-01-01', '00:00') })
  const hours = fc.integer({ min: 0, max: 1439 }).map((n) => {
    const [hour, minute] = [Math.floor(n / 60), n % 60]
    return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
  })
  fc.assert(
    fc.property(instants, hours, (now, hour) => {
      const answer = bookability(hour, now)
      const opensAt = at(romeDate(now), hour)
      if (answer.when === 'now') expect(now).toBeGreaterThanOrEqual(opensAt)
      else if (answer.when === 'later') expect(opensAt - now).toBeGreaterThan(5 * MINUTE)
      else {
        expect(answer.at).toBe(hour)
        expect(romeDate(opensAt)).toBe(romeDate(now))
        expect(opensAt - now).toBeGreaterThan(0)
        expect(opensAt - now).toBeLessThanOrEqual(5 * MINUTE)
      }
      if (romeTime(now) > hour && romeDate(now) !== '2026-10-25') expect(answer).toEqual({ when: 'now' })
    }),
  )
})
