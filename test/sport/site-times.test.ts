import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  endOf,
  minutesBetween,
  readDate,
  readMinutes,
  readMoment,
  readTime,
  timeAfter,
} from '../../src/sport/site/site-times.ts'

test.each([
  ['55 min', 55],
  ['90', 90],
  ['1 h 30 min', 90],
  ['1h30', 90],
  ['1h30m', 90],
  ['1h', 60],
  ['1 ora', 60],
  ['2 ore', 120],
  ['1 ora e 30 minuti', 90],
  ['1 ora e mezza', 90],
  ['1,5 ore', 90],
  ['1.5 h', 90],
  ['1.30 h', 90],
  ['1:30', 90],
  ['01:30:00', 90],
  ['PT1H30M', 90],
  ['PT55M', 55],
  ['55.0', 55],
  ['60 minuti (1 ora)', 60],
  ['Durata: 45 minuti', 45],
  ['1 hour and 15 minutes', 75],
  ["50'", 50],
  ["un'ora", 60],
  ['Un’ora e mezza', 90],
  ["un'ora e 15 minuti", 75],
  ['1 ora e un quarto', 75],
  ['un’ora e tre quarti', 105],
  ["mezz'ora", 30],
  ['tre quarti d’ora', 45],
  ['due ore', 120],
  ['an hour and a half', 90],
  ['half an hour', 30],
  ['1 h. 30 min.', 90],
  ['50’', 50],
  ['', null],
  ['0', null],
  ['00:00:00', null],
  ['null', null],
  ['lunga', null],
  ['99999', null],
])('%j lasts %s minutes', (text, minutes) => {
  expect(readMinutes(text)).toBe(minutes)
})

test.each([
  ['8:30', '08:30'],
  ['08.30', '08:30'],
  ['08:30:00', '08:30'],
  ['08.30.00', '08:30'],
  ['18:00:00.0000000', '18:00'],
  ['6:00 PM', '18:00'],
  ['6:00pm', '18:00'],
  ['6 p.m.', '18:00'],
  ['12:00 AM', '00:00'],
  ['12:15 PM', '12:15'],
  ['ore 18', '18:00'],
  ['ore 18:15', '18:15'],
  ['2026-05-24T08:30:00', '08:30'],
  ['24/05/2026 08:30:00', '08:30'],
  ['10.05.2026 18:00', '18:00'],
  ['5/24/2026 6:00:00 PM', '18:00'],
  ['h 18', '18:00'],
  ['h. 18', '18:00'],
  ['h18:15', '18:15'],
  ['18h30', '18:30'],
  ['18 h 30', '18:30'],
  ['alle 18', '18:00'],
  ['ore 18,30', '18:30'],
  ['ore 18 e 30', '18:30'],
  ['[18:30]', '18:30'],
  ['6:30 p. m.', '18:30'],
  ['28 novembre 2026 ore 18', '18:00'],
  ['28 nov 2026 h 18', '18:00'],
  ['durata 1 h 15, inizio 18:30', '18:30'],
  ['durata 1h30, inizio 18:30', '18:30'],
  ['il 28, 18:30', '18:30'],
  ['1 h 15 min', null],
  ['18,30', null],
  ['25:00', null],
  ['13:00 PM', null],
  ['10:75', null],
  ['18', null],
  ['', null],
])('%j shows the time %s', (text, time) => {
  expect(readTime(text)).toBe(time)
})

test.each([
  ['martedì 7/10/2025', '2025-10-07'],
  ['07.10.2025', '2025-10-07'],
  ['2025-10-07T00:00:00', '2025-10-07'],
  ['10/24/2025 8:30:00 AM', '2025-10-24'],
  ['10/7/2025 8:30:00 AM', '2025-10-07'],
  ['2025/10/07', '2025-10-07'],
  ['7 ottobre 2025', '2025-10-07'],
  ['martedì 7 OTT. 2025, ore 18', '2025-10-07'],
  ['1° dicembre 2026', '2026-12-01'],
  ['28-nov-2026', '2026-11-28'],
  ['November 28, 2026', '2026-11-28'],
  ['31 febbraio 2025', null],
  ['28 novembre', null],
  ['31/02/2025', null],
  ['0001-01-01T00:00:00', null],
  ['01/01/0001 00:00:00', null],
  ['domani', null],
])('%j is the day %s', (text, date) => {
  expect(readDate(text)).toBe(date)
})

test.each([
  ['2026-03-29T08:30:00', '2026-03-29 08:30'],
  ['/Date(1774765800000)/', '2026-03-29 08:30'],
  ['/Date(1774765800000+0200)/', '2026-03-29 08:30'],
  ['2026-03-29T06:30:00Z', '2026-03-29 08:30'],
  ['2026-03-28T22:30:00.000Z', '2026-03-28 23:30'],
  ['2026-03-29T22:30:00Z', '2026-03-30 00:30'],
  ['2026-03-29T08:30:00+02:00', '2026-03-29 08:30'],
  ['2026-12-01T08:30:00-05:00', '2026-12-01 14:30'],
  ['29/03/2026 08:30', '2026-03-29 08:30'],
  ['28 novembre 2026 ore 18', '2026-11-28 18:00'],
  ['/Date(-62135596800000)/', null],
  ['0001-01-01T00:00:00', null],
  ['0001-01-01T00:00:00Z', null],
  ['9999-12-31T23:59:59Z', null],
  ['domani', null],
])('%j is the moment %s of Rome', (text, moment) => {
  const read = readMoment(text)
  expect(read && `${read.date} ${read.time}`).toBe(moment)
})

const start = { date: '2026-05-24', time: '18:00' }

test('a class ends when the site says, else after its length, else after the usual one', () => {
  const end = { date: '2026-05-24', time: '19:10' }
  expect(endOf(start, { end, minutes: 55, type: 'course' })).toBe('19:10')
  expect(endOf(start, { end: null, minutes: 50, type: 'course' })).toBe('18:50')
  expect(endOf(start, { end: null, minutes: null, type: 'course' })).toBe('18:55')
  expect(endOf(start, { end: null, minutes: null, type: 'fit-center' })).toBe('19:30')
})

test('an end before the start, days away or at the start itself is ignored', () => {
  for (const end of [
    { date: '2026-05-23', time: '19:00' },
    { date: '2026-05-24', time: '17:00' },
    { date: '2026-05-24', time: '18:00' },
    { date: '2026-06-24', time: '19:00' },
  ])
    expect(endOf(start, { end, minutes: null, type: 'course' })).toBe('18:55')
})

test('a class over midnight or a change of the clocks has its real length', () => {
  expect(minutesBetween({ date: '2026-03-28', time: '23:30' }, { date: '2026-03-29', time: '00:30' })).toBe(
    60,
  )
  expect(minutesBetween({ date: '2026-03-29', time: '01:30' }, { date: '2026-03-29', time: '03:30' })).toBe(
    60,
  )
  expect(timeAfter('23:30', 55)).toBe('00:25')
})

test('whatever the texts are, what is read is a real time, day or length', () => {
  const piece = fc.oneof(
    fc.constantFrom('1', '30', ':', '.', ' h', 'min', ' PM', '/', '-', 'T', 'Z', '2026', '/Date('),
    fc.string(),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (parts) => {
      const text = parts.join('')
      expect(readTime(text) ?? '00:00').toMatch(/^([01]\d|2[0-3]):[0-5]\d$/)
      expect(readDate(text) ?? '2026-01-01').toMatch(/^\d{4}-\d{2}-\d{2}$/)
      expect(readMinutes(text) ?? 1).toBeGreaterThan(0)
      expect(readMoment(text)?.date ?? '2026-01-01').toMatch(/^\d{4}-\d{2}-\d{2}$/)
    }),
  )
})
