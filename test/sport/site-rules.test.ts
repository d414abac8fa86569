import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gapAfter, sendMoment } from '../../src/sport/site/booking-race.ts'
import { findBooking } from '../../src/sport/site/class-key.ts'
import { parseLenient } from '../../src/sport/site/lenient-json.ts'
import { type ClockSample, estimateClock, nextEdge } from '../../src/sport/site/server-clock.ts'
import { rotate } from '../../src/sport/site/site-http.ts'
import type { Activity } from '../../src/sport/site/site-model.ts'
import { dayTitle, readBookings, readCalendar } from '../../src/sport/site/site-pages.ts'
import { readSchedule } from '../../src/sport/site/site-schedule.ts'

const COURSES: Activity = { activityId: '1', name: 'Giuriati - Corsi Platinum' }

describe('an answer in JSON', () => {
  test('keeps every digit of any 18-digit id, bare or as text', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 10n ** 17n, max: 10n ** 18n - 1n }), (id) => {
        expect(parseLenient(`{"A":{"AppointmentId":${id},"b":"${id}"}}`)).toEqual({
          a: { appointmentid: String(id), b: String(id) },
        })
      }),
    )
  })

  test('leaves other numbers as they are, and is null when it is no JSON', () => {
    expect(parseLenient('{"N":[7,1.5,-3]}')).toEqual({ n: [7, 1.5, -3] })
    expect(parseLenient('<html>')).toBeNull()
  })
})

describe('a schedule', () => {
  const row = (fields: object) => JSON.stringify({ Status: 'ok', DATA: [fields] })

  test('is read from few fields, in the letter case that comes', () => {
    const text = row({ appointmentid: 12, TIMESTART: '8:30', skillname: 'Yoga', status: 'available' })
    expect(readSchedule(text, COURSES, '2026-05-24')).toEqual({
      ok: true,
      value: [
        {
          appointmentId: '12',
          activityId: '1',
          type: 'course',
          name: 'YOGA',
          location: 'Giuriati',
          teacher: null,
          date: '2026-05-24',
          start: '08:30',
          end: '09:25',
          places: null,
          state: 'open',
        },
      ],
    })
  })

  test('takes the course out of the description when it has no field of its own', () => {
    const text = row({
      AppointmentId: '12',
      StartDateTime: '2026-05-24T08:30:00',
      DurationMinutes: 50,
      EventDescription: 'Giuriati - Corsi Platinum - <span class="skill">PILATES</span>',
      EventDescription2: 'con ROSSI MARIO',
      EventDescription3: 'Posti disponibili: 0',
    })
    expect(readSchedule(text, COURSES, '2026-05-24')).toMatchObject({
      value: [{ name: 'PILATES', teacher: 'ROSSI MARIO', end: '09:20', places: 0, state: 'closed' }],
    })
  })

  test('with a class that cannot be understood is not half read', () => {
    expect(readSchedule(row({ SkillName: 'YOGA' }), COURSES, '2026-05-24')).toMatchObject({
      failure: { reason: 'markup-changed' },
    })
  })

  test('that is an error is no empty day', () => {
    const text = '{"status":"ERROR","error_message":"Sessione scaduta"}'
    expect(readSchedule(text, COURSES, '2026-05-24')).toMatchObject({
      failure: { reason: 'session-expired' },
    })
    expect(readSchedule('{"status":"OK"}', COURSES, '2026-05-24')).toMatchObject({ ok: false })
  })
})

describe('the list of bookings', () => {
  const link = '<a class="btn_nuovaprenotazione standard-booking">Nuova Prenotazione</a>'
  const card = `<div class="event-main-block"><div class="event-info-schedule">07/10/2025</div>
    <span class="time-start">08:30</span><span class="time-duration">90 min</span>
    <div class="event-info-description">Giuriati</div><div class="event-info-skill-level"> </div></div>`

  test('is read card by card; the Fit Center has no course', () => {
    expect(readBookings(`${link}<div id="event-repository">${card}</div>`)).toEqual({
      ok: true,
      value: [{ date: '2025-10-07', start: '08:30', minutes: 90, location: 'Giuriati', course: null }],
    })
  })

  test('is empty only on a whole page', () => {
    expect(readBookings(`${link}<div id="event-repository"></div>`)).toEqual({ ok: true, value: [] })
    for (const page of [
      '',
      link,
      '<div id="event-repository"></div>',
      `${link}<div id="event-repository"></div><p>Si è verificato un errore</p>`,
      '<h1>Runtime Error</h1>',
    ])
      expect(readBookings(page).ok).toBe(false)
  })

  test('holds a class by day, start and course together', () => {
    const list = [{ date: '2025-10-07', start: '18:00', minutes: 55, location: 'x', course: 'SPINNING' }]
    const wanted = { date: '2025-10-07', start: '18:00', type: 'course' as const, name: 'spinning' }
    expect(findBooking(list, wanted)).toBe(list[0])
    expect(findBooking(list, { ...wanted, name: 'POWER YOGA' })).toBeUndefined()
    expect(findBooking(list, { ...wanted, type: 'fit-center', name: 'Fit Center' })).toBeUndefined()
    expect(findBooking(list, { ...wanted, date: '2025-10-14' })).toBeUndefined()
  })
})

describe('the calendar’s page', () => {
  test('titles a day by number and month', () => {
    expect(dayTitle('2025-10-10').test('Venerdì, 10 ottobre')).toBe(true)
    expect(dayTitle('2025-10-01').test('Mercoledì, 1 ottobre')).toBe(true)
    expect(dayTitle('2025-10-01').test('Sabato, 11 ottobre')).toBe(false)
    expect(dayTitle('2025-10-01').test('Sabato, 1 novembre')).toBe(false)
  })

  test('is read by the day that was asked for', () => {
    const slot = (state: string) => `<div class="event-slot ${state}"><span class="time-start">10:00</span>
      <span class="time-duration">55 min</span><div class="slot-description">x - <span class="skill">YOGA</span></div></div>`
    const day = (title: string, state: string) =>
      `<div class="day-schedule"><h3 class="day-schedule-label">${title}</h3><div class="day-schedule-slots">${slot(state)}</div></div>`
    const html = day('Giovedì, 9 ottobre', 'slot-disabled') + day('Venerdì, 10 ottobre', 'slot-booked')
    expect(readCalendar(html, COURSES, '2025-10-10')).toMatchObject({
      value: [{ name: 'YOGA', start: '10:00', end: '10:55', state: 'mine', date: '2025-10-10' }],
    })
    expect(readCalendar(html, COURSES, '2025-10-12')).toMatchObject({ failure: { reason: 'class-gone' } })
  })
})

test('rotated cookies replace the old ones, and deleted ones go', () => {
  const session = { cookies: { a: '1', b: '2' }, obtainedAt: 5 }
  expect(rotate(session, ['a=3; path=/; HttpOnly', 'b=; expires=Thu, 01 Jan 1970 00:00:00 GMT'], 9)).toEqual({
    cookies: { a: '3' },
    obtainedAt: 5,
  })
  expect(rotate(session, ['a=1; path=/'], 9)).toBeUndefined()
})

describe('the site’s clock', () => {
  test('is found within a few ms, whatever its offset and the network’s delay', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -5_000, max: 5_000 }),
        fc.integer({ min: 1, max: 150 }),
        fc.infiniteStream(fc.integer({ min: 0, max: 2 })),
        (offset, oneWay, jitter) => {
          let now = 1_760_000_000_123
          const samples: ClockSample[] = []
          for (let i = 0; i < 12; i++) {
            const sentAt = samples.length > 0 ? nextEdge(estimateClock(samples), now + 100) : now
            const there = sentAt + oneWay + (jitter.next().value as number)
            const answeredAt = there + oneWay + (jitter.next().value as number)
            samples.push({ sentAt, answeredAt, date: Math.floor((there + offset) / 1_000) * 1_000 })
            now = answeredAt
          }
          const found = estimateClock(samples)
          expect(Math.abs(found.offsetMs - offset)).toBeLessThanOrEqual(8)
          const arrival = sendMoment(now + 5_000, found) + oneWay + offset
          expect(Math.abs(arrival - (now + 5_000))).toBeLessThanOrEqual(25)
        },
      ),
    )
  })

  test('never makes more than ten requests a second', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1_000, max: 60_000 }), (since) => {
        let at = since
        let sent = 0
        while (at < since + 1_000) {
          sent++
          at += gapAfter(at)
        }
        expect(sent).toBeLessThanOrEqual(10)
      }),
    )
  })
})
