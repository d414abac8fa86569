import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NO_FILTER } from '../../src/passport/follow/slot-filter.ts'
import { forecastOf, HORIZONS } from '../../src/passport/history/forecast.ts'
import { forecastWords } from '../../src/passport/history/forecast-words.ts'
import type { Opening } from '../../src/passport/history/openings.ts'
import { addDays, DAY, HOUR, MINUTE, romeDate } from '../../src/platform/time.ts'

const NOW = Date.parse('2026-11-20T12:00:00Z')
const since = (days: number) => NOW - days * DAY

/** A slot freed some days ago, for an appointment some days after that. */
const opening = (ago: number, lead = 20, other: Partial<Opening['slot']> = {}): Opening => {
  const at = NOW - ago * DAY - HOUR
  const slot = { date: addDays(romeDate(at), lead), time: '10:00', places: 1, ...other }
  return {
    office: { id: '1', province: 'TO' },
    slot,
    open: [slot],
    at,
    round: String(ago),
    goneAt: at + 3 * MINUTE,
    seenUntil: at + 3 * MINUTE,
  }
}
const daily = (days: number, lead = 20) => Array.from({ length: days }, (_, ago) => opening(ago, lead))

describe('the forecast', () => {
  test('is not made from less than two weeks', () => {
    expect(forecastOf(NO_FILTER, daily(13), since(13.9), NOW)).toBeUndefined()
    expect(forecastOf(NO_FILTER, daily(14), since(14), NOW)).toBeDefined()
  })

  test('counts slots a week, and how long half of them lasted', () => {
    const forecast = forecastOf(NO_FILTER, [...daily(28), ...daily(28)], since(28), NOW)
    expect(forecast).toMatchObject({ days: 28, slots: 56, slotsPerWeek: 14, medianMs: 3 * MINUTE })
  })

  test('takes a slot whose day came, or that is open still, for one that lasted', () => {
    const lasting = daily(28).map((one) => ({ ...one, goneAt: null, seenUntil: null }))
    const over = daily(28, 0).map((one) => ({ ...one, goneAt: one.at + DAY, seenUntil: one.at + DAY }))
    expect(forecastOf(NO_FILTER, lasting, since(28), NOW)?.medianMs).toBe(null)
    expect(forecastOf(NO_FILTER, over, since(28), NOW)?.medianMs).toBe(null)
  })

  test('counts the day of a slot in Rome: after midnight there, it is not taken but over', () => {
    const gone = (time: string) => {
      const slots = daily(28, 0).map((one) => {
        const at = Date.parse(`${addDays(one.slot.date, -1)}T08:00:00Z`)
        const goneAt = Date.parse(`${addDays(one.slot.date, -1)}T${time}Z`)
        return { ...one, at, goneAt, seenUntil: goneAt }
      })
      return forecastOf(NO_FILTER, slots, since(30), NOW)?.medianMs
    }
    expect(gone('22:30:00')).toBe(14.5 * HOUR)
    expect(gone('23:30:00')).toBe(null)
  })

  test('asks filters that name days as if the slots were freed in the weeks ahead', () => {
    // Freed three weeks ahead of their day each time: with a limit in two weeks none is of use any more.
    const tooLate = { ...NO_FILTER, onlyBefore: addDays(romeDate(NOW), 14) }
    const soon = { ...NO_FILTER, onlyBefore: addDays(romeDate(NOW), 40) }
    expect(forecastOf(tooLate, daily(56, 21), since(56), NOW)?.slots).toBe(0)
    const [week, , month] = forecastOf(soon, daily(56, 21), since(56), NOW)?.chances ?? []
    expect(week?.chance).toBeGreaterThan(0.8)
    const free = forecastOf(NO_FILTER, daily(56, 21), since(56), NOW)?.chances[2]
    expect(month?.chance).toBeLessThan(free?.chance ?? 0)
    const weekdays = { ...soon, onlyWeekdays: [3] }
    expect(forecastOf(weekdays, daily(56, 21), since(56), NOW)?.slotsPerWeek).toBeCloseTo(1, 0)
  })

  test('gives chances between 0 and 1 that grow with the days ahead and with what was freed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 14, max: 84 }),
        fc.uniqueArray(fc.integer({ min: 0, max: 83 }), { maxLength: 40 }),
        fc.integer({ min: 0, max: 83 }),
        fc.option(fc.integer({ min: 1, max: 40 })),
        (days, agos, one, limit) => {
          const filter = {
            ...NO_FILTER,
            onlyBefore: limit === null ? null : addDays(romeDate(NOW), limit),
          }
          const openings = agos.filter((ago) => ago < days).map((ago) => opening(ago))
          const chances = forecastOf(filter, openings, since(days), NOW)?.chances ?? []
          const more = forecastOf(filter, [...openings, opening(one % days)], since(days), NOW)?.chances ?? []
          expect(chances.map((chance) => chance.days)).toEqual([...HORIZONS])
          for (const [i, { chance }] of chances.entries()) {
            expect(chance).toBeGreaterThan(0)
            expect(chance).toBeLessThan(1)
            expect(chance).toBeGreaterThanOrEqual(chances[i - 1]?.chance ?? 0)
            expect(more[i]?.chance).toBeGreaterThanOrEqual(chance - 1e-9)
          }
        },
      ),
    )
  })
})

test('the forecast in words is honest about short, empty and certain histories', () => {
  const words = (openings: Opening[], days: number, filtered = false) =>
    forecastWords('it', { forecast: forecastOf(NO_FILTER, openings, since(days), NOW), days }, filtered).join(
      '\n',
    )
  expect(words(daily(3), 5)).toBe(
    '🔮 Controllo questa provincia solo da 5 giorni: è troppo poco per una previsione.',
  )
  expect(words([], 0)).toContain('da meno di un giorno')
  expect(words([], 84, true)).toBe(
    '🔮 Nelle ultime 12 settimane nessun posto è passato dai tuoi filtri: può volerci molto.',
  )
  expect(words(daily(84), 84, true)).toMatch(
    /^🔮 Con i tuoi filtri: circa 7 posti a settimana; metà sparisce entro 3 minuti\.\nProbabilità di almeno uno: \d\d% entro 7 giorni, .*più del 95% entro 30 giorni\. È una stima/,
  )
  expect(words([opening(40)], 84)).toContain('🔮 Di solito: meno di un posto a settimana')
  const english = forecastWords(
    'en',
    { forecast: forecastOf(NO_FILTER, daily(20), since(20), NOW), days: 20 },
    false,
  )
  expect(english.join('\n')).toMatch(
    /^🔮 Usually: about 7 places a week; half are gone within 3 minutes\.\nChance of/,
  )
})
