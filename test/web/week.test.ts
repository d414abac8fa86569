import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addDays, dayOfWeek } from '../../src/platform/time.ts'
import { mondayOf, weekOf } from '../../src/web/app/sport/calendar.ts'
import { action, booking, occurrence } from './fake-student.ts'

const MONDAY = '2026-11-23'

const day = fc.integer({ min: -9, max: 16 }).map((days) => addDays(MONDAY, days))
const start = fc.constantFrom('08:00', '10:00', '18:30')
const name = fc.constantFrom('YOGA', 'PILATES')
const slot = fc.record({ date: day, start, name })

const bookings = fc.uniqueArray(
  fc.tuple(slot, fc.constantFrom('active', 'cancelled', 'gone', 'past'), fc.constantFrom(null, 3)),
  { selector: ([{ date, start: at, name: of }]) => `${date} ${at} ${of}`, maxLength: 8 },
)
const occurrences = fc.uniqueArray(
  fc.tuple(slot, fc.constantFrom('planned', 'booked', 'asked', 'confirmed', 'skipped')),
  { selector: ([{ date }]) => date, maxLength: 6 },
)

test('a week is seven days from Monday on', () => {
  fc.assert(
    fc.property(day, (date) => {
      const monday = mondayOf(date)
      const days = weekOf({ bookings: [], occurrences: [], actions: [] }, monday).map((one) => one.date)
      expect(dayOfWeek(monday)).toBe(1)
      expect(days).toHaveLength(7)
      expect(days).toContain(date)
    }),
  )
})

test('every active booking of the week is shown once and in order; cancelled ones and other weeks, never', () => {
  fc.assert(
    fc.property(bookings, occurrences, (booked, planned) => {
      const all = booked.map(([of, state, weeklyId], id) =>
        booking({ ...of, id: id + 1, state, weeklyId } as never),
      )
      const rules = planned.map(([of, state]) => occurrence({ ...of, weeklyId: 3, state } as never))
      const week = weekOf({ bookings: all, occurrences: rules, actions: [] }, MONDAY)
      const entries = week.flatMap((one) => one.entries)
      const inWeek = all.filter(
        ({ state, date }) => state === 'active' && date >= MONDAY && date < addDays(MONDAY, 7),
      )
      const shown = entries.flatMap(({ leadsTo }) => (leadsTo.kind === 'booking' ? [leadsTo.id] : []))
      expect(shown.toSorted()).toEqual(inWeek.map(({ id }) => id).toSorted())
      for (const { date, entries: own } of week) {
        expect(own.every((entry) => entry.date === date)).toBe(true)
        expect(own.map((entry) => entry.start)).toEqual(own.map((entry) => entry.start).toSorted())
        const classes = own.map((entry) => `${entry.start} ${entry.name}`)
        expect(new Set(classes).size).toBe(classes.length)
      }
    }),
  )
})

test('a request to book is shown until its booking is; a weekly one’s stands for itself', () => {
  const wish = { type: 'course', name: 'YOGA', location: '', date: MONDAY, start: '10:00' } as const
  const show = (actions: ReturnType<typeof action>[], booked: ReturnType<typeof booking>[] = []) =>
    weekOf({ bookings: booked, occurrences: [], actions }, MONDAY)[0]?.entries.map(
      ({ leadsTo }) => leadsTo.kind,
    )
  expect(show([action({ target: wish })])).toEqual(['request'])
  expect(show([action({ target: wish })], [booking({ ...wish, id: 1 })])).toEqual(['booking'])
  expect(show([action({ target: wish, weeklyId: 3 })])).toEqual([])
  expect(show([action({ target: wish, status: 'completed' })])).toEqual([])
  expect(show([action({ target: wish, kind: 'cancel' })])).toEqual([])
})
