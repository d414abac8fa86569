import ical, { ICalCalendarMethod, ICalEventStatus } from 'ical-generator'
import { HOUR, ROME } from '../platform/time.ts'
import type { Texts } from '../texts/index.ts'
import type { BookingView } from './student-types.ts'

/** How often calendars are asked to read a feed again. */
export const FEED_EVERY_MS = HOUR

/** Rome's time zone as RFC 5545 describes one: the European rules, in force since 1996. */
const ROME_TIMEZONE = [
  'BEGIN:VTIMEZONE',
  `TZID:${ROME}`,
  'BEGIN:DAYLIGHT',
  'DTSTART:19960331T020000',
  'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU',
  'TZNAME:CEST',
  'TZOFFSETFROM:+0100',
  'TZOFFSETTO:+0200',
  'END:DAYLIGHT',
  'BEGIN:STANDARD',
  'DTSTART:19961027T030000',
  'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU',
  'TZNAME:CET',
  'TZOFFSETFROM:+0200',
  'TZOFFSETTO:+0100',
  'END:STANDARD',
  'END:VTIMEZONE',
].join('\r\n')

/** A booking's UID in calendars: the same in the single file and in the feed, so that one replaces the other. */
const uidOf = (booking: BookingView, userId: number): string => `booking-${userId}-${booking.id}@sportello`

/**
 * Bookings as an iCalendar file (RFC 5545), times in UTC. Cancelled and gone bookings have STATUS:CANCELLED and a
 * higher SEQUENCE, so that phones remove them. Since a calendar needs at least one component, one without bookings
 * contains the time zone.
 */
export function calendarOf(
  texts: Texts,
  userId: number,
  bookings: readonly BookingView[],
  now: number,
): string {
  const { sportMenu } = texts
  const calendar = ical({
    name: sportMenu.calendarName,
    prodId: { company: 'Sportello', product: 'Sport', language: sportMenu.calendarLanguage },
    method: ICalCalendarMethod.PUBLISH,
    ttl: FEED_EVERY_MS / 1000,
  })
  if (bookings.length === 0) calendar.timezone({ name: ROME, generator: () => ROME_TIMEZONE })
  for (const booking of bookings) {
    const off = booking.state === 'cancelled' || booking.state === 'gone'
    calendar.createEvent({
      id: uidOf(booking, userId),
      sequence: booking.sequence,
      stamp: new Date(now),
      lastModified: new Date(booking.updatedAt),
      start: new Date(booking.startsAt),
      end: new Date(booking.endsAt),
      summary: booking.name,
      ...(booking.location !== '' && { location: booking.location }),
      status: off ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
    })
  }
  return calendar.toString()
}

/** The part of a feed's address with its owner and token. */
export const feedPath = (userId: number, token: string): string =>
  `/calendar/${userId.toString(36)}-${token}.ics`

/** Parses it; null when it has another form. */
export function readFeedPath(name: string): { userId: number; token: string } | null {
  const match = /^([0-9a-z]{1,11})-([0-9a-f]{48})\.ics$/.exec(name)
  const userId = match?.[1] === undefined ? Number.NaN : Number.parseInt(match[1], 36)
  return match?.[2] !== undefined && Number.isSafeInteger(userId) && userId > 0
    ? { userId, token: match[2] }
    : null
}

/**
 * What D1 keeps of a feed's token, to tell a wrong one without waking the student's object. The token is 192 random bits:
 * a plain hash cannot be tried out.
 */
export async function feedHashOf(token: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`feed:${token}`))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
