import { expect, test } from 'vitest'
import { readDayBefore, readTimes } from '../../src/bot/typed.ts'

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
  ['from 9 to 13', '09:00', '13:00'],
  ['22 7', '22:00', '07:00'],
  ['9h30-24', '09:30', '00:00'],
])('the times in «%s» are %s and %s', (typed, from, to) => {
  expect(readTimes(typed)).toEqual({ from, to })
})

test.each(['', 'sempre', '9', '25-26', '9:99-10', '9-10-11', '99999-99999'])(
  '«%s» holds no two times',
  (typed) => {
    expect(readTimes(typed)).toBeNull()
  },
)
