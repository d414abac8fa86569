import fc from 'fast-check'
import { expect } from 'vitest'
import { isRomeDate, isRomeTime } from '../../src/platform/time.ts'
import { createSportSite } from '../../src/sport/site/site-client.ts'
import type { Activity, ClassSlot, SiteResult } from '../../src/sport/site/site-model.ts'
import { readActivities, readBookings, readCalendar } from '../../src/sport/site/site-pages.ts'
import { readSchedule } from '../../src/sport/site/site-schedule.ts'
import { fuzz, mangled, oddJson, oddText, spoilt } from './fuzz.ts'

const COURSES: Activity = {
  activityId: '245765508040862208',
  name: 'Giuriati - Corsi Platinum',
}
const GYM: Activity = { activityId: '245765508040862347', name: 'Giuriati - Fit Center' }
const DAY = '2026-10-10'

const row = {
  AppointmentId: '245765508040862999',
  StartDateTime: `${DAY}T08:30:00`,
  TimeStart: '08:30',
  DurationMinutes: 55,
  SkillName: 'YOGA',
  EventName: 'Giuriati - Corsi Platinum',
  EventDescription2: 'con ROSSI MARIO',
  EventDescription3: 'Posti disponibili: 7',
  Status: 'available',
  Notes: 'Prenota',
}
const scheduleText = fc.oneof(
  spoilt({ Status: 'OK', Data: [row, { ...row, TimeStart: '09:30' }] }).map(
    (value) => JSON.stringify(value) ?? '',
  ),
  spoilt({ status: 'ok', data: { monday: [row], tuesday: [] } }).map((value) => JSON.stringify(value) ?? ''),
  spoilt({ status: 'ERROR', error_message: 'Sessione scaduta' }).map((value) => JSON.stringify(value) ?? ''),
  mangled(JSON.stringify({ status: 'OK', data: [row] })),
  oddJson.map((value) => JSON.stringify(value)),
)

function expectClasses(result: SiteResult<ClassSlot[]>): void {
  for (const one of result.ok ? result.value : []) {
    expect(isRomeDate(one.date) && isRomeTime(one.start) && isRomeTime(one.end)).toBe(true)
    expect(one.name.trim()).not.toBe('')
    expect(one.places === null || (Number.isSafeInteger(one.places) && one.places >= 0)).toBe(true)
  }
}

fuzz('Sportrick in JSON', 0.04, fc.tuple(scheduleText, fc.constantFrom(COURSES, GYM)), ([text, activity]) =>
  expectClasses(readSchedule(text, activity, DAY)),
)

const bookingsHtml = `<html><head><title>Prenotazioni</title></head><body><a class="btn_nuovaprenotazione" href="/x">Nuova</a>
<div id="event-repository"><div class="event-main-block"><div class="event-info-schedule">10/10/2026</div>
<span class="time-start">08:30</span> <span class="time-duration">55 min</span>
<div class="event-info-description">Giuriati - Corsi Platinum</div><div class="event-info-skill-level">YOGA</div>
<button class="btn-delete">Cancella</button></div></div></body></html>`
const activitiesHtml = `<div class="list-group"><a class="list-group-item"
href="/Booking/BookActivity?activityId=245765508040862208&amp;activityFlags=Classes">Giuriati - Corsi Platinum</a></div>`
const calendarHtml = `<div class="day-column"><h3 class="day-schedule-label">Sabato, 10 ottobre</h3>
<div class="event-slot slot-available"><span class="time-start">08:30</span><span class="time-duration">55 min</span>
<span class="skill">YOGA</span><div class="slot-description2">con ROSSI</div>
<div class="slot-description3">Posti disponibili: 7</div></div></div>`
const sitePage = fc.oneof(mangled(bookingsHtml), mangled(activitiesHtml), mangled(calendarHtml), oddText)

fuzz('Sportrick in HTML', 0.03, sitePage, (html) => {
  const bookings = readBookings(html)
  for (const { date, start, minutes } of bookings.ok ? bookings.value : []) {
    expect(isRomeDate(date) && isRomeTime(start) && Number.isSafeInteger(minutes)).toBe(true)
  }
  const activities = readActivities(html)
  for (const { activityId, name } of activities.ok ? activities.value : []) {
    expect(activityId).toMatch(/^\d+$/)
    expect(name).not.toBe('')
  }
  expectClasses(readCalendar(html, COURSES, DAY))
})

const status = fc.constantFrom(200, 200, 200, 204, 301, 302, 400, 401, 403, 404, 429, 500, 502, 503)
const header = fc.constantFrom<[string, string]>(
  ['location', '/Account/Login'],
  ['location', 'javascript:alert(1)'],
  ['retry-after', '-1'],
  ['retry-after', '99999999999999999999'],
  ['date', 'ieri'],
  ['date', 'Sat, 10 Oct 2026 06:30:00 GMT'],
  ['set-cookie', 'id=; Max-Age=0'],
  ['set-cookie', '=;=;'],
)
const bookingAnswer = fc
  .oneof(
    spoilt({ Status: 'OK', Message: 'Prenotazione effettuata' }),
    spoilt({ Status: 'KO', Message: 'Posti esauriti' }),
    oddJson,
  )
  .map((value) => JSON.stringify(value) ?? '')

/** A step's answer is a value or a reason, whatever the site sends; a step that asked for something never throws. */
fuzz(
  'Sportrick over HTTP',
  0.03,
  fc.tuple(
    status,
    fc.array(header, { maxLength: 3 }),
    fc.oneof(sitePage, scheduleText, bookingAnswer),
    fc.boolean(),
  ),
  async ([code, headers, body, dropped]) => {
    const site = createSportSite({
      base: 'https://sportrick.example',
      fetch: async () => {
        if (dropped && body.length % 7 === 0) throw new TypeError('fetch failed')
        return new Response(code === 204 ? null : body, { status: code, headers })
      },
      clock: { now: () => Date.parse('2026-10-08T10:00:00Z'), sleep: async () => undefined },
      launchBrowser: async () => {
        throw new Error('no browser is left')
      },
    })
    const session = { cookies: { id: '1' }, obtainedAt: 1 }
    const slot: ClassSlot = {
      appointmentId: '1',
      activityId: '2',
      type: 'course',
      name: 'YOGA',
      location: 'Giuriati',
      teacher: null,
      date: DAY,
      start: '08:30',
      end: '09:25',
      places: 3,
      state: 'open',
    }
    const results = await Promise.all([
      site.activities(session),
      site.bookings(session),
      site.schedule(session, COURSES, DAY),
      site.book(session, slot),
    ])
    for (const result of results) {
      if (result.ok) continue
      expect(result.failure.reason).toMatch(/^[a-z-]+$/)
      expect(result.failure.retryAfterMs ?? 0).toBeGreaterThanOrEqual(0)
    }
    await site.probeClock()
  },
)
