import fc from 'fast-check'
import { expect, test } from 'vitest'
import { needsSeveral } from '../../src/passport/follow/several-places.ts'
import { NO_FILTER, newlyWanted } from '../../src/passport/follow/slot-filter.ts'
import { addedPlaces, type PlacesChange, wishesMet } from '../../src/passport/rules/day-places.ts'

const OFFICE = { id: '46', province: 'TO' }
const DAYS = ['2026-06-03', '2026-06-04']
const TIMES = ['09:00', '09:30', '10:00', '15:00']
const count = fc.integer({ min: 0, max: 3 })

/** The slots of two days before and after a reading. */
const changes: fc.Arbitrary<PlacesChange[]> = fc
  .array(fc.tuple(count, count), { minLength: 8, maxLength: 8 })
  .map((all) =>
    all.flatMap(([before, after], n): PlacesChange[] =>
      before + after > 0 ? [[DAYS[n >> 2] ?? '', TIMES[n & 3] ?? '', before, after]] : [],
    ),
  )
/** The same without a new slot. */
const known = changes.map((all) => all.filter(([, , before]) => before > 0))
const hours = fc.constantFrom({}, { onlyFrom: '09:30' }, { onlyFrom: '09:00', onlyTo: '10:00' })

const sums = (all: readonly PlacesChange[], at: 2 | 3): number[] =>
  DAYS.map((day) => all.reduce((sum, change) => sum + (change[0] === day ? change[at] : 0), 0))

test('more places of a day are news exactly to those who need more than it had, and at most what it has now', () => {
  fc.assert(
    fc.property(known, fc.integer({ min: 2, max: 9 }), (all, minDayPlaces) => {
      const news = newlyWanted({ ...NO_FILTER, minDayPlaces }, OFFICE, addedPlaces(all))
      const [before, after] = [sums(all, 2), sums(all, 3)]
      const met = DAYS.filter((_, n) => (before[n] ?? 0) < minDayPlaces && minDayPlaces <= (after[n] ?? 0))
      expect([...new Set(news.map(({ date }) => date))]).toEqual(met)
    }),
  )
})

test('more places of a slot are news exactly to those who need more than it had, and at most what it has now', () => {
  fc.assert(
    fc.property(known, fc.integer({ min: 2, max: 4 }), (all, minPlaces) => {
      const news = newlyWanted({ ...NO_FILTER, minPlaces }, OFFICE, addedPlaces(all))
      const met = all.filter(([, , before, after]) => before < minPlaces && minPlaces <= after)
      expect(news.map(({ date, time }) => [date, time])).toEqual(met.map(([date, time]) => [date, time]))
    }),
  )
})

test('to people who need one place only new slots are news', () => {
  fc.assert(
    fc.property(changes, hours, (all, filter) => {
      const news = newlyWanted({ ...NO_FILTER, ...filter }, OFFICE, addedPlaces(all))
      const fresh = newlyWanted(
        { ...NO_FILTER, ...filter },
        OFFICE,
        all.filter(([, , before]) => before === 0),
      )
      expect(news).toEqual(fresh)
      expect(needsSeveral(NO_FILTER)).toBe(false)
    }),
  )
})

test('who hears of more places, with whatever filters, has a wish between the bounds by which the alert is kept', () => {
  fc.assert(
    fc.property(
      changes,
      hours,
      count,
      fc.integer({ min: 1, max: 9 }),
      (all, filter, places, minDayPlaces) => {
        const wishes = { minPlaces: Math.max(1, places), minDayPlaces }
        const added = addedPlaces(all)
        if (newlyWanted({ ...NO_FILTER, ...filter, ...wishes }, OFFICE, added).length === 0) return
        const [least, most] = wishesMet(added)
        const wish = Math.max(wishes.minPlaces, wishes.minDayPlaces)
        expect(wish).toBeGreaterThanOrEqual(least)
        expect(wish).toBeLessThanOrEqual(most)
      },
    ),
  )
})

test('a day on which places only went is left out', () => {
  const day: PlacesChange[] = [
    ['2026-06-04', '10:00', 1, 2],
    ['2026-06-03', '10:00', 2, 1],
    ['2026-06-04', '09:00', 1, 1],
  ]
  expect(addedPlaces(day)).toEqual([day[2], day[0]])
})
