import { expect, test } from 'vitest'
import { readDayBefore, readFirstDay, readTimes, readWindows } from '../../src/bot/typed.ts'

test.each([
  ['31/12/2026', '2026-12-31'],
  ['31-12-26', '2026-12-31'],
  ['31.12.2026', '2026-12-31'],
  ['1/2/2027', '2027-02-01'],
  ['2026-12-31', '2026-12-31'],
  ['31 dicembre 2026', '2026-12-31'],
  ['31 dic', '2026-12-31'],
  ['prima del 10 gennaio', '2027-01-10'],
  ['entro il 31 dicembre', '2027-01-01'],
  ['before 5 June 2027', '2027-06-05'],
  ['1º maggio', '2027-05-01'],
  ['20/11', '2027-11-20'],
  ['31/02/2027', null],
  ['00/00/0000', null],
  ['12', null],
  ['presto', null],
  ['', null],
])('the day in «%s», typed on 20 November 2026, is %s', (typed, day) => {
  expect(readDayBefore(typed, '2026-11-20')).toBe(day)
})

test.each([
  ['22:30-7', '22:30', '07:00'],
  ['9-12:30', '09:00', '12:30'],
  ['09.00 – 13.00', '09:00', '13:00'],
  ['dalle 9 alle 13', '09:00', '13:00'],
  ['tra le 9 e le 12', '09:00', '12:00'],
  ['from 9 to 13', '09:00', '13:00'],
  ['22 7', '22:00', '07:00'],
  ['9h30-24', '09:30', '00:00'],
  ['0900-1730', '09:00', '17:30'],
  ['09-05', '09:00', '05:00'],
  ['9-5pm', '09:00', '17:00'],
  ['9 - 5 p.m.', '09:00', '17:00'],
  ['9am-5', '09:00', '17:00'],
  ['9am-5pm', '09:00', '17:00'],
  ['1-5pm', '13:00', '17:00'],
  ['9:30-11 PM', '21:30', '23:00'],
  ['10pm-6am', '22:00', '06:00'],
  ['10-6am', '22:00', '06:00'],
  ['11pm to 7', '23:00', '07:00'],
  ['from 10-2pm', '10:00', '14:00'],
  ['12pm-3', '12:00', '15:00'],
  ['12am-7', '00:00', '07:00'],
  ['9am-12', '09:00', '12:00'],
  ['22-7am', '22:00', '07:00'],
  ['9am-17', '09:00', '17:00'],
  ['noon to 6pm', '12:00', '18:00'],
  ['da mezzanotte alle 7', '00:00', '07:00'],
])('the times in «%s» are %s and %s', (typed, from, to) => {
  expect(readTimes(typed)).toEqual({ from, to, unclear: false })
})

test.each(['9-5', '10-6', 'dalle 11 alle 7', '9:30-5:30'])(
  '«%s» may mean other halves of the day',
  (typed) => {
    expect(readTimes(typed)).toMatchObject({ unclear: true })
  },
)

test.each([
  '',
  'sempre',
  '9',
  '25-26',
  '9:99-10',
  '9-10-11',
  '99999-99999',
  '13am-5pm',
  '9-5xm',
  'mai 9-17',
  '9-17 tranne il lunedì',
  '9-13 e 15-18',
])('«%s» holds no two times', (typed) => {
  expect(readTimes(typed)).toBeNull()
})

test.each([
  ['1/12/2026', '2026-12-01'],
  ['dal 1 dicembre', '2026-12-01'],
  ['non prima del 3 gennaio', '2027-01-03'],
  ['dopo il 31 dicembre', '2027-01-01'],
  ['after 5 June 2027', '2027-06-06'],
  ['presto', null],
])('the first day in «%s», typed on 20 November 2026, is %s', (typed, day) => {
  expect(readFirstDay(typed, '2026-11-20')).toBe(day)
})

test.each([
  ['9-12:30', [['09:00', '12:30']]],
  ['9, 12', [['09:00', '12:00']]],
  [
    '9-12, 15-17',
    [
      ['09:00', '12:00'],
      ['15:00', '17:00'],
    ],
  ],
  [
    'dalle 9 alle 12 e dalle 15 alle 24',
    [
      ['09:00', '12:00'],
      ['15:00', '24:00'],
    ],
  ],
  [
    '8am-9am or 12:30-1pm; 18:00-19:30',
    [
      ['08:00', '09:00'],
      ['12:30', '13:00'],
      ['18:00', '19:30'],
    ],
  ],
])('the time windows in «%s»', (typed, windows) => {
  expect(readWindows(typed)).toEqual({ ok: true, windows })
})

test.each(['', 'mattina', '9-12, boh', '12-12', '17-9, 10-11', '9-12 15'])(
  '«%s» is no time window',
  (typed) => {
    expect(readWindows(typed)).toEqual({ ok: false })
  },
)

test('one window that may mean other halves of the day makes all unclear', () => {
  expect(readWindows('9-12, 5-3')).toMatchObject({ ok: false, unclear: { from: '05:00', to: '03:00' } })
})
