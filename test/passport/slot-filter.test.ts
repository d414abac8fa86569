import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  excludesEveryDay,
  FILTERS,
  type FilterName,
  refusalOf,
  type SlotFilter,
  wantedOf,
} from '../../src/passport/follow/slot-filter.ts'
import { storeWindows, type TimeWindow, windowsOf } from '../../src/passport/follow/time-windows.ts'
import { addDays, dayOfWeek } from '../../src/platform/time.ts'

const off: SlotFilter = {
  onlyOffices: null,
  onlyFromDay: null,
  onlyBefore: null,
  onlyWeekdays: null,
  onlyFrom: null,
  onlyTo: null,
  onlyWindows: null,
  minPlaces: 1,
  minDayPlaces: 1,
}
const office = { id: '46', province: 'TO' }
/** A Saturday. */
const slot = { date: '2026-12-19', time: '09:00', places: 2 }

describe('which filter refuses a slot', () => {
  test('without filters none does', () => {
    expect(refusalOf(off, office, slot)).toBe(null)
  })

  test.each<[string, Partial<SlotFilter>, FilterName | null]>([
    ['its own office', { onlyOffices: ['TO:46'] }, null],
    ['another office of the province', { onlyOffices: ['TO:47'] }, 'offices'],
    ['offices of other provinces only', { onlyOffices: ['MI:47'] }, null],
    ['an office with the same number elsewhere', { onlyOffices: ['MI:46', 'TO:47'] }, 'offices'],
    ['from its very day', { onlyFromDay: '2026-12-19' }, null],
    ['from the next day', { onlyFromDay: '2026-12-20' }, 'fromDay'],
    ['before the same day', { onlyBefore: '2026-12-19' }, 'before'],
    ['before the next day', { onlyBefore: '2026-12-20' }, null],
    ['at weekends', { onlyWeekdays: [6, 7] }, null],
    ['on working days', { onlyWeekdays: [1, 2, 3, 4, 5] }, 'weekdays'],
    ['no day of the week chosen', { onlyWeekdays: [] }, null],
    ['from its very time', { onlyFrom: '09:00' }, null],
    ['from a minute later', { onlyFrom: '09:01' }, 'hours'],
    ['until its very time', { onlyTo: '09:00' }, 'hours'],
    ['until a minute later', { onlyTo: '09:01' }, null],
    [
      'in the first of two windows',
      storeWindows([
        ['08:00', '10:00'],
        ['15:00', '18:00'],
      ]),
      null,
    ],
    [
      'between two windows',
      storeWindows([
        ['07:00', '09:00'],
        ['15:00', '18:00'],
      ]),
      'hours',
    ],
    ['an appointment on the same day', { bookedDate: '2026-12-19' }, 'booked'],
    ['an appointment on the next day', { bookedDate: '2026-12-20' }, null],
    ['no more alerts wanted', { bookedDate: '' }, 'booked'],
    ['as many places', { minPlaces: 2 }, null],
    ['more places', { minPlaces: 3 }, 'places'],
    ['more places in a day', { minDayPlaces: 3 }, 'dayPlaces'],
    [
      'several filters: the first is named',
      { minPlaces: 3, onlyFrom: '10:00', onlyBefore: '2026-01-01' },
      'before',
    ],
  ])('%s', (_, filter, refusal) => {
    expect(refusalOf({ ...off, ...filter }, office, slot)).toBe(refusal)
  })
})

describe('places of one day', () => {
  const family = { ...off, minDayPlaces: 3 }
  const at = (date: string, time: string, places: number) => ({ date, time, places })

  test('are added up across the times of an office, open already or new', () => {
    const open = [at('2026-12-19', '09:00', 1), at('2026-12-19', '09:15', 2), at('2026-12-20', '09:00', 2)]
    expect(wantedOf(family, office, open)).toEqual(open.slice(0, 2))
    expect(wantedOf(family, office, [at('2026-12-19', '09:15', 2)], open)).toHaveLength(1)
    expect(wantedOf(family, office, [at('2026-12-19', '09:15', 2)])).toEqual([])
  })

  test('count only at times that pass the other filters', () => {
    const open = [at('2026-12-19', '09:00', 2), at('2026-12-19', '16:00', 2)]
    expect(wantedOf({ ...family, onlyTo: '12:00' }, office, open)).toEqual([])
  })
})

const time = fc
  .integer({ min: 0, max: 24 * 60 })
  .map(
    (minutes) =>
      `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`,
  )
const date = fc.integer({ min: 0, max: 20 }).map((days) => addDays('2026-12-10', days))
const window = fc
  .tuple(time, time)
  .filter(([from, to]) => from < to)
  .map(([from, to]): TimeWindow => [from, to])
const anySlot = fc.record({
  date,
  time: time.filter((one) => one < '24:00'),
  places: fc.integer({ min: 1, max: 4 }),
})
const anyFilter = fc
  .record({
    onlyOffices: fc.option(fc.constantFrom('TO:46', 'TO:47', 'MI:46').map((key) => [key])),
    bookedDate: fc.option(date),
    onlyFromDay: fc.option(date),
    onlyBefore: fc.option(date),
    onlyWeekdays: fc.option(fc.uniqueArray(fc.integer({ min: 1, max: 7 }))),
    windows: fc.array(window, { maxLength: 4 }),
    minPlaces: fc.integer({ min: 1, max: 3 }),
    minDayPlaces: fc.integer({ min: 1, max: 6 }),
  })
  .map(({ windows, ...filter }): SlotFilter => ({ ...filter, ...storeWindows(windows) }))

test('a slot passes when each filter alone lets it pass, and the refusal is the first that does not', () => {
  fc.assert(
    fc.property(anyFilter, fc.array(anySlot, { minLength: 1, maxLength: 12 }), (filter, open) => {
      const wanted = wantedOf(filter, office, open)
      for (const one of open) {
        const refusal = refusalOf(filter, office, one, open)
        expect(wanted.includes(one)).toBe(refusal === null)
        const { onlyWeekdays: days } = filter
        const holds: Record<FilterName, boolean> = {
          booked: one.date < (filter.bookedDate ?? '9'),
          offices: !filter.onlyOffices?.includes('TO:47'),
          fromDay: one.date >= (filter.onlyFromDay ?? ''),
          before: one.date < (filter.onlyBefore ?? '9'),
          weekdays: !days || days.length === 0 || days.includes(dayOfWeek(one.date)),
          hours:
            windowsOf(filter).length === 0 ||
            windowsOf(filter).some(([from, to]) => from <= one.time && one.time < to),
          places: one.places >= filter.minPlaces,
          dayPlaces: refusal !== 'dayPlaces',
        }
        expect(FILTERS.find((name) => !holds[name]) ?? null).toBe(refusal)
      }
    }),
  )
})

test('a filter that asks for more never lets more pass', () => {
  fc.assert(
    fc.property(anyFilter, fc.array(anySlot, { maxLength: 12 }), (filter, open) => {
      const wanted = wantedOf(filter, office, open)
      expect(wantedOf(off, office, open)).toEqual(open)
      expect(wanted).toEqual(expect.arrayContaining(wantedOf({ ...filter, minDayPlaces: 6 }, office, open)))
      expect(wanted).toEqual(expect.arrayContaining(wantedOf({ ...filter, minPlaces: 3 }, office, open)))
    }),
  )
})

describe('time windows', () => {
  const isIn = (windows: readonly TimeWindow[], at: string) =>
    windows.length === 0 || windows.some(([from, to]) => from <= at && at < to)

  test('are read back as the same times of the day, in order and apart', () => {
    fc.assert(
      fc.property(fc.array(window, { maxLength: 4 }), time, (windows, at) => {
        const stored = storeWindows(windows)
        const read = windowsOf(stored)
        if (at < '24:00') expect(isIn(read, at)).toBe(isIn(windows, at))
        expect(read.every(([from], i) => i === 0 || from > (read[i - 1]?.[1] ?? ''))).toBe(true)
        // What a version that knows one window lets pass holds every wanted time.
        if (windows.length > 0 && at < '24:00' && isIn(windows, at)) {
          expect(at >= (stored.onlyFrom ?? '') && at < (stored.onlyTo ?? '9')).toBe(true)
        }
      }),
    )
  })

  test('are dropped when a version that does not know them changed the hours', () => {
    const stored = storeWindows([
      ['00:00', '09:00'],
      ['18:00', '24:00'],
    ])
    expect(windowsOf(stored)).toHaveLength(2)
    expect(windowsOf({ ...stored, onlyFrom: null, onlyTo: null })).toEqual([])
    expect(windowsOf({ ...stored, onlyFrom: '10:00', onlyTo: null })).toEqual([['10:00', '24:00']])
  })
})

test('filters exclude every day exactly when no slot of any day passes', () => {
  const today = '2026-12-19'
  const day = fc.option(
    fc.integer({ min: -5, max: 25 }).map((days) => addDays(today, days)),
    { nil: null },
  )
  const weekdays = fc.option(fc.uniqueArray(fc.integer({ min: 1, max: 7 })), { nil: null })
  fc.assert(
    fc.property(day, day, day, weekdays, (onlyFromDay, onlyBefore, bookedDate, onlyWeekdays) => {
      const filter = { ...off, onlyFromDay, onlyBefore, bookedDate, onlyWeekdays }
      const days = Array.from({ length: 60 }, (_, n) => addDays(today, n))
      const passing = days.some((date) => refusalOf(filter, office, { ...slot, date }) === null)
      expect(excludesEveryDay(filter, today)).toBe(!passing)
    }),
  )
})
