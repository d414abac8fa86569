import fc from 'fast-check'
import ICAL from 'ical.js'
import nodeIcal from 'node-ical'
import { expect, test } from 'vitest'
import { romeInstant } from '../../src/platform/time.ts'
import { calendarOf } from '../../src/sport/ical.ts'
import type { BookingView } from '../../src/sport/student-types.ts'
import { textsIn } from '../../src/texts/index.ts'

/* The feed, as the parsers read it that people's calendars are built on. */

const NOW = Date.parse('2026-11-20T12:00:00Z')

const booking = (changes: Partial<BookingView> = {}): BookingView =>
  ({
    id: 1,
    name: 'YOGA',
    location: 'Giuriati - Corsi Platinum',
    startsAt: Date.parse('2026-11-21T17:00:00Z'),
    endsAt: Date.parse('2026-11-21T17:55:00Z'),
    updatedAt: NOW,
    sequence: 0,
    state: 'booked',
    ...changes,
  }) as BookingView
const file = (bookings: readonly BookingView[], now = NOW) => calendarOf(textsIn('it'), 7, bookings, now)

interface Read {
  summary: string
  start: number
  end: number
  status: string
}

function byIcalJs(text: string): Read[] {
  const calendar = new ICAL.Component(ICAL.parse(text))
  expect(calendar.name).toBe('vcalendar')
  expect(calendar.getAllSubcomponents()).not.toEqual([])
  return calendar.getAllSubcomponents('vevent').map((component) => {
    const event = new ICAL.Event(component, { strictExceptions: true })
    return {
      summary: event.summary,
      start: event.startDate.toJSDate().getTime(),
      end: event.endDate.toJSDate().getTime(),
      status: String(component.getFirstPropertyValue('status')),
    }
  })
}

const byNodeIcal = (text: string): Read[] =>
  Object.values(nodeIcal.sync.parseICS(text)).flatMap((component) =>
    component?.type === 'VEVENT'
      ? [
          {
            summary: String(component.summary),
            start: component.start.getTime(),
            end: component.end?.getTime() ?? Number.NaN,
            status: String(component.status),
          },
        ]
      : [],
  )

const readers: [string, (text: string) => Read[]][] = [
  ['ical.js', byIcalJs],
  ['node-ical', byNodeIcal],
]

/** RFC 5545: lines end with CRLF and have at most 75 octets; a cut never falls within a character. */
function expectFolded(text: string): void {
  expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
  for (const line of text.split('\r\n')) {
    expect(new TextEncoder().encode(line).length).toBeLessThanOrEqual(75)
    expect(line.isWellFormed()).toBe(true)
  }
}

test.each(readers)('%s reads a feed without bookings, which holds a component all the same', (_, read) => {
  const text = file([])
  expect(read(text)).toEqual([])
  expectFolded(text)
  expect(text).toMatch(/BEGIN:VTIMEZONE\r\nTZID:Europe\/Rome\r\n[\s\S]*END:VTIMEZONE\r\n/)
  // Nothing in it depends on when it was asked for: it is answered 304.
  expect(file([], NOW + 86_400_000)).toBe(text)
})

test('the time zone of an empty feed is Rome’s, at both clock changes', () => {
  const component = new ICAL.Component(ICAL.parse(file([]))).getFirstSubcomponent('vtimezone')
  const zone = new ICAL.Timezone(component as InstanceType<typeof ICAL.Component>)
  const offset = (text: string) => zone.utcOffset(ICAL.Time.fromDateTimeString(text)) / 3600
  for (const [before, after, hours] of [
    ['2027-03-28T01:59:00', '2027-03-28T03:00:00', [1, 2]],
    ['2026-10-25T01:59:00', '2026-10-25T03:00:00', [2, 1]],
  ] as const)
    expect([offset(before), offset(after)]).toEqual(hours)
})

test.each(readers)('%s reads classes around both clock changes at their instants', (_, read) => {
  const bookings = ['2027-03-27', '2027-03-28', '2027-03-29', '2026-10-24', '2026-10-25', '2026-10-26'].map(
    (date, id) =>
      booking({
        id: id + 1,
        name: date,
        startsAt: romeInstant(date, '18:00'),
        endsAt: romeInstant(date, '18:55'),
      }),
  )
  const found = read(file(bookings))
  for (const { name, startsAt, endsAt } of bookings) {
    expect(found.find(({ summary }) => summary === name)).toMatchObject({ start: startsAt, end: endsAt })
  }
})

test.each(readers)('%s takes a cancelled booking for cancelled', (_, read) => {
  const text = file([booking(), booking({ id: 2, state: 'cancelled', sequence: 2 })])
  expect(read(text).map(({ status }) => status)).toEqual(['CONFIRMED', 'CANCELLED'])
})

test.each([
  ['commas and semicolons', 'Yoga, Pilates; Zumba'],
  ['a new line', 'Yoga\nin piscina'],
  ['a backslash', 'A\\B'],
  ['emoji at the fold', `${'x'.repeat(63)}🧘🏽‍♀️🧘🏽‍♀️ e altro`],
  ['accents, longer than several lines', 'è'.repeat(300)],
  ['what looks like another property', 'Yoga\nATTENDEE:mailto:a@b.it'],
])('both read a name with %s as it is, and every line is folded', (_, name) => {
  const text = file([booking({ name })])
  expectFolded(text)
  for (const [, read] of readers) expect(read(text).map(({ summary }) => summary)).toEqual([name])
})

test('any name is read back by both', () => {
  const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 120 })
  // Letters first: readers trim white space, and control characters are not allowed in a calendar at all.
  const name = word.map((text) => `x${text.replace(/\p{Cc}/gu, ' ').trimEnd()}`)
  fc.assert(
    fc.property(name, (given) => {
      const text = file([booking({ name: given })])
      expectFolded(text)
      expect(byIcalJs(text)[0]?.summary).toBe(given)
    }),
  )
})
