import { describe, expect, test } from 'vitest'
import { isWanted } from '../../src/sport/class-match.ts'
import { findBooking } from '../../src/sport/site/class-key.ts'
import type { Activity } from '../../src/sport/site/site-model.ts'
import { readActivities, readBookings, readCalendar } from '../../src/sport/site/site-pages.ts'
import { readSchedule } from '../../src/sport/site/site-schedule.ts'
import { parsePage, siteText } from '../../src/sport/site/site-text.ts'

const DATE = '2026-05-24'
const ACTIVITY: Activity = { activityId: '1', name: 'Giuriati - Corsi Platinum' }

function must<Value>(result: { ok: true; value: Value } | { ok: false }): Value {
  if (!result.ok) throw new Error(JSON.stringify(result))
  return result.value
}

const schedule = (fields: object, activity = ACTIVITY) =>
  must(
    readSchedule(
      JSON.stringify({
        status: 'OK',
        data: [{ AppointmentId: 12, StartDateTime: `${DATE}T18:00:00`, Status: 'Available', ...fields }],
      }),
      activity,
      DATE,
    ),
  )[0]

const card = (course: string, location = 'Giuriati - Corsi Platinum', duration = '55 min') =>
  `<a class="btn_nuovaprenotazione"></a><div id="event-repository"><div class="event-main-block">
  <div class="event-info-schedule">24/05/2026</div><span class="time-start">18:00</span><span class="time-duration">${duration}</span>
  <div class="event-info-description">${location}</div><div class="event-info-skill-level">${course}</div></div></div>`

const day = (slot: string) =>
  `<div><h3 class="day-schedule-label">Domenica, 24 maggio</h3><div class="day-schedule-slots">${slot}</div></div>`

describe('a name is decoded once, in JSON and in pages alike', () => {
  test.each([
    ['Pilates &amp; Stretching', 'PILATES & STRETCHING'],
    ['Pilates &amp;amp; Stretching', 'PILATES & STRETCHING'],
    ['Pilates & Stretching', 'PILATES & STRETCHING'],
    ['L&#39;ora del core', "L'ORA DEL CORE"],
    ['L&rsquo;ora del core', 'L’ORA DEL CORE'],
    ['Caff&egrave; &#x2014; danza', 'CAFFÈ — DANZA'],
    ['Total&nbsp;&nbsp;Body', 'TOTAL BODY'],
    ['<b>Power</b>\n yoga', 'POWER YOGA'],
    ['Power&shy;yoga', 'POWERYOGA'],
    ['Body <3', 'BODY <3'],
    ['Total\u0007\u0085Body\u0000', 'TOTAL BODY'],
    ['Yoga \ud83e', 'YOGA'],
    ['Yoga 🧘', 'YOGA 🧘'],
  ])('%j', (written, name) => {
    const slot = schedule({ SkillName: written })
    expect(slot).toMatchObject({ type: 'course', name })
    const listed = must(readBookings(card(written.replace(' <3', ' &lt;3'))))
    expect(listed[0]?.course).toBe(name)
    expect(slot && findBooking(listed, slot)).toBe(listed[0])
    const shown = must(
      readCalendar(
        day(
          `<div class="event-slot slot-available"><span class="time-start">18:00</span><span class="skill">${written.replace(' <3', ' &lt;3')}</span></div>`,
        ),
        ACTIVITY,
        DATE,
      ),
    )[0]
    expect(shown && slot && isWanted({ ...slot }, shown)).toBe(true)
  })

  test('a sentence of several paragraphs keeps its words apart', () => {
    expect(siteText('<p>Posti esauriti.</p><p>Riprova&nbsp;domani<br>alle 8</p>')).toBe(
      'Posti esauriti. Riprova domani alle 8',
    )
  })

  test('activities too, and their links', () => {
    const html =
      '<a href="/sportpolimi/Booking/BookActivity?activityFlags=Classes&amp;ActivityID=245765508040862208">Giuriati &amp; Bovisa - <i>Corsi</i></a><a href="/x?activityId=1">no</a>'
    expect(readActivities(html)).toEqual({
      ok: true,
      value: [{ activityId: '245765508040862208', name: 'Giuriati & Bovisa - Corsi' }],
    })
  })
})

describe('a slot’s kind follows from its structure, not from a word', () => {
  test.each(['Giuriati - Corsi Fitness', 'Giuriati - Fit Center', 'Fitness', 'Giuriati - Sala'])(
    'in %s a slot with a course is a course, one without an entry',
    (name) => {
      const activity = { activityId: '1', name }
      expect(schedule({ SkillName: 'YOGA' }, activity)).toMatchObject({
        type: 'course',
        name: 'YOGA',
        end: '18:55',
      })
      expect(schedule({ SkillName: '', EventName: name }, activity)).toMatchObject({
        type: 'fit-center',
        name,
        end: '19:30',
      })
    },
  )

  test('a course is found wherever the schedule writes it', () => {
    for (const fields of [
      { EventDescription: 'Giuriati - Corsi Platinum - <span class="level skill">Yoga &amp; co</span>' },
      { EventDescription: 'Giuriati - Corsi Platinum - Yoga &amp; co' },
      { EventName: 'Yoga &amp; co' },
    ])
      expect(schedule(fields)).toMatchObject({ type: 'course', name: 'YOGA & CO' })
  })

  test('a booking is found where the list writes the course beside the place, or the activity as its course', () => {
    const yoga = { type: 'course' as const, name: 'YOGA', date: DATE, start: '18:00' }
    const beside = must(readBookings(card('', 'Giuriati - Corsi Platinum - Yoga')))
    expect(findBooking(beside, yoga)).toBe(beside[0])
    expect(findBooking(must(readBookings(card('', 'Giuriati - Power Yoga'))), yoga)).toBeUndefined()
    const gym = { ...yoga, type: 'fit-center' as const, name: 'Giuriati - Fit Center' }
    const named = must(readBookings(card('FIT CENTER', 'Giuriati')))
    expect(findBooking(named, gym)).toBe(named[0])
    expect(findBooking(must(readBookings(card('YOGA', 'Giuriati'))), gym)).toBeUndefined()
  })
})

describe('a blue slot is not necessarily free', () => {
  test.each([
    [{ Status: 'Available', EventDescription3: 'Posti disponibili: 0' }, 'closed', 0],
    [{ Status: 'Available', EventDescription3: 'Completo' }, 'closed', 0],
    [{ Status: 'Available', Notes: 'Iscriviti alla lista d&#39;attesa' }, 'closed', null],
    [{ Status: 'Available', EventDescription3: '7 posti su 20' }, 'open', 7],
    [{ Status: 'Available', EventDescription3: '20 posti, 4 liberi' }, 'open', 4],
    [{ Status: 'Available', EventDescription3: 'Posti totali: 20 - disponibili: 3' }, 'open', 3],
    [{ Status: 'Available', EventDescription3: 'posti esauriti' }, 'closed', 0],
    [{ Status: 'slot-available', EventDescription3: 'Posti disponibili 3' }, 'open', 3],
    [{ Status: 'Booked', EventDescription3: 'Posti disponibili: 3' }, 'mine', 3],
    [{ Status: 'FullyBooked', EventDescription3: '' }, 'closed', null],
    [{ Status: 'Not available', EventDescription3: 'Posti disponibili: 3' }, 'closed', 3],
    [{ Status: '2', EventDescription3: 'Posti disponibili: 3' }, 'open', 3],
    [{ Status: '2', EventDescription3: 'Posti disponibili: -1' }, 'closed', 0],
  ])('%j is %s', (fields, state, places) => {
    expect(schedule({ SkillName: 'YOGA', ...fields })).toMatchObject({ state, places })
  })

  test('in the page too', () => {
    const slot = (inside: string) =>
      day(`<div class="event-slot slot-available"><span class="time-start">6:00 PM</span>${inside}</div>`)
    const read = (html: string) => must(readCalendar(html, ACTIVITY, DATE))[0]
    expect(read(slot('<div class="slot-description3">Posti disponibili: 0</div>'))?.state).toBe('closed')
    expect(read(slot('<div class="slot-notes slot-notes-after">Lista d&rsquo;attesa</div>'))?.state).toBe(
      'closed',
    )
    expect(read(slot('<div class="slot-notes slot-notes-after">Prenota</div>'))).toMatchObject({
      state: 'open',
      start: '18:00',
    })
  })
})

describe('times that the site does not give, or gives oddly', () => {
  test.each([
    [
      { DurationMinutes: 0, TimeDuration: '1 h 30 min', EndDateTime: '0001-01-01T00:00:00' },
      '18:00',
      '19:30',
    ],
    [{ TimeDuration: null, EndDateTime: '/Date(-62135596800000)/' }, '18:00', '18:55'],
    [
      { TimeStart: '6:00 PM', StartDateTime: `${DATE}T18:00:00Z`, EndDateTime: `${DATE}T19:10:00Z` },
      '18:00',
      '19:10',
    ],
    [{ StartDateTime: `${DATE}T16:00:00Z`, EndDateTime: `${DATE}T17:10:00Z` }, '18:00', '19:10'],
    [{ StartDateTime: `${DATE}T18:00:00+02:00`, EndDateTime: `${DATE}T17:00:00` }, '18:00', '18:55'],
    [
      { StartDateTime: '0001-01-01T00:00:00', DateStart: `${DATE}T00:00:00`, TimeStart: '18:00:00' },
      '18:00',
      '18:55',
    ],
    [{ StartDateTime: null, DateStart: '24/05/2026', TimeStart: '18.00' }, '18:00', '18:55'],
  ])('%j', (fields, start, end) => {
    expect(schedule({ SkillName: 'YOGA', ...fields })).toMatchObject({ date: DATE, start, end })
  })

  test('the list of bookings falls back too', () => {
    expect(must(readBookings(card('YOGA', 'x', '')))[0]?.minutes).toBe(55)
    expect(must(readBookings(card('', 'x', '0 min')))[0]?.minutes).toBe(90)
    expect(must(readBookings(card('YOGA', 'x', '1 h 30 min')))[0]?.minutes).toBe(90)
  })
})

test('a page nested deeper than any honest one is not read', () => {
  for (const html of [
    '<div>'.repeat(200_000),
    '<!--'.repeat(200_000),
    '<p x="'.repeat(200_000),
    '<'.repeat(1_000_000),
  ])
    expect(parsePage(html).querySelectorAll('.event-slot')).toEqual([])
  expect(readBookings(`<div id="event-repository">${'<div>'.repeat(100_000)}`).ok).toBe(false)
})
