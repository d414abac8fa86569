import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ObservedSlot } from '../../src/passport/model.ts'
import { bookability } from '../../src/passport/rules/bookable.ts'
import { diff } from '../../src/passport/rules/diff.ts'
import { type KnownOffice, slotKey } from '../../src/passport/rules/known-office.ts'
import { publicationOf } from '../../src/passport/rules/publication.ts'
import { addDays, MINUTE, romeDate, romeInstant } from '../../src/platform/time.ts'
import { apply } from './memory.ts'

const NIGHT = romeInstant('2026-05-20', '00:10')
const slot = (time: string): ObservedSlot => ({ date: '2026-06-03', time, places: 1 })
const office = { id: '46', code: 'TOPQ60', name: 'Questura', address: 'Via Botticelli 1', city: 'Torino' }

/** A reading of the office with these slots. */
const reading = (times: readonly string[], complete = true, bookableFrom: string | null = '09:00') => ({
  offices: [{ ...office, bookableFrom, firstDate: times.length === 0 ? null : '2026-06-03' }],
  agendas: new Map(
    times.length === 0
      ? []
      : [['46', { slots: times.map(slot), months: new Set(['2026-06', '2026-07']), complete }]],
  ),
})

/** Reads the office again and again; says which times each reading publishes. */
function reader(unsteady = false) {
  let known: KnownOffice[] = []
  return (now: number, ...args: Parameters<typeof reading>) => {
    const changes = diff(
      known.map((one) => ({ ...one, unsteady })),
      reading(...args),
      now,
      true,
    )
    known = apply(known, changes, now)
    return changes.published.map(({ opening, slots }) => [opening, ...slots.map(([, time]) => time)])
  }
}

test('slots that can be booked later are told once for each opening, all together and in order', () => {
  const read = reader()
  expect(read(NIGHT, ['10:00', '09:30'])).toEqual([['2026-05-20 09:00', '09:30', '10:00']])
  expect(read(NIGHT + MINUTE, ['10:00', '09:30'])).toEqual([])
  // Taken, and others added before the same opening.
  expect(read(NIGHT + 2 * MINUTE, [])).toEqual([])
  expect(read(NIGHT + 3 * MINUTE, ['11:00'])).toEqual([])
  expect(read(romeInstant('2026-05-20', '08:56'), ['11:00'])).toEqual([])
  // They could be booked the day before: only what is added is told.
  expect(read(romeInstant('2026-05-21', '00:10'), ['11:00'])).toEqual([])
  expect(read(romeInstant('2026-05-21', '00:11'), ['11:00', '12:00'])).toEqual([
    ['2026-05-21 09:00', '12:00'],
  ])
})

test('another hour of the same day is another opening', () => {
  const read = reader()
  expect(read(NIGHT, ['10:00'])).toHaveLength(1)
  expect(read(NIGHT + MINUTE, ['10:00', '11:00'], true, '14:00')).toEqual([
    ['2026-05-20 14:00', '10:00', '11:00'],
  ])
})

test('a reading that may not show all is not counted, nor a slot of an unsteady office that it shows first', () => {
  const read = reader()
  expect(read(NIGHT, ['10:00'], false)).toEqual([])
  expect(read(NIGHT + MINUTE, ['10:00', '11:00'])).toEqual([['2026-05-20 09:00', '10:00', '11:00']])
  const readUnsteady = reader(true)
  readUnsteady(NIGHT - MINUTE, [])
  expect(readUnsteady(NIGHT, ['10:00'])).toEqual([])
  expect(readUnsteady(NIGHT + MINUTE, ['10:00', '11:00'])).toEqual([['2026-05-20 09:00', '10:00']])
})

test('nothing is told early of an office without an hour, or within five minutes of it', () => {
  const at = (bookableFrom: string | null, time: string) =>
    publicationOf({ id: '46', bookableFrom }, [slot('10:00')], null, romeInstant('2026-05-20', time))
  expect(at(null, '00:10')).toBeUndefined()
  expect(at('09:00', '08:55')).toBeUndefined()
  expect(at('09:00', '12:00')).toBeUndefined()
  expect(at('09:00', '08:54')).toMatchObject({ opening: '2026-05-20 09:00', bookableAt: '09:00' })
  expect(publicationOf({ id: '46', bookableFrom: '09:00' }, [], null, NIGHT)).toBeUndefined()
})

const times = fc.uniqueArray(fc.constantFrom('08:00', '09:30', '10:00', '11:00', '12:30'), { maxLength: 5 })
const readings = fc.array(
  fc.record({
    wait: fc.integer({ min: 1, max: 9 * 60 }),
    shown: times,
    complete: fc.boolean(),
    hour: fc.constantFrom('09:00', '09:00', '14:00', null),
    unsteady: fc.boolean(),
  }),
  { maxLength: 30 },
)

test('whatever is shown when: each opening is told at most once, at the first chance, with all that waits for it', () => {
  // Ordinary days, both clock changes, the end of a year.
  const days = fc.constantFrom('2026-05-04', '2026-03-28', '2026-10-24', '2026-12-30')
  fc.assert(
    fc.property(days, readings, (day, history) => {
      let known: KnownOffice[] = []
      let now = romeInstant(addDays(day, -1), '23:50')
      /** The opening that was told last: an office that changes its hour to and fro may be told of one twice. */
      let told: string | null = null
      for (const { wait, shown, complete, hour, unsteady } of history) {
        now += wait * MINUTE
        const before = known.map((one) => ({ ...one, unsteady }))
        const changes = diff(before, reading(shown, complete, hour), now, true)
        const isKnown = new Map(before[0]?.slots.map((one) => [slotKey(one), one.announced]))
        const isOpened = new Set(changes.opened.map(slotKey))
        const waiting = shown
          .map(slot)
          .filter(
            (one) =>
              isKnown.get(slotKey(one)) === false ||
              (isOpened.has(slotKey(one)) && !(unsteady && before.length > 0)),
          )
        const opening = `${romeDate(now)} ${hour}`
        const isDue =
          complete && waiting.length > 0 && bookability(hour, now).when === 'later' && opening !== told
        expect(changes.published).toEqual(
          isDue
            ? [
                {
                  officeId: '46',
                  opening,
                  slots: waiting.map(({ date, time }) => [date, time]).sort(),
                  bookableAt: hour,
                },
              ]
            : [],
        )
        if (isDue) told = opening
        // What is told early is announced at the opening as ever, never before.
        const alerted = changes.alerts.flatMap(({ kind, slots }) => (kind === 'open' ? slots : []))
        if (bookability(hour, now).when === 'later') expect(alerted).toEqual([])
        known = apply(known, changes, now)
        expect(known[0]?.publishedFor ?? null).toBe(told)
      }
    }),
  )
})
