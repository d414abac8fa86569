import { sql } from 'drizzle-orm'
import ical, { ICalAlarmType, ICalCalendarMethod } from 'ical-generator'
import { type Database, transact } from '../../db/database.ts'
import { rowReader, text } from '../../db/rows.ts'
import { MINUTE, type RomeDate, type RomeTime, romeInstant, SECOND } from '../../platform/time.ts'
import type { Texts } from '../../texts/index.ts'
import { BOOKING_PAGE, officeTitle } from './alert-message.ts'

/** An opening that followers were told of early. */
export interface ToldOpening {
  officeId: string
  office: { code: string; name: string }
  day: RomeDate
  time: RomeTime
}

const readOffice = rowReader({ code: text, name: text, publishedFor: text })

/** Reads the opening of an office on a day, if its last early notice was about it. */
export async function readToldOpening(
  db: Database,
  officeId: string,
  day: RomeDate,
): Promise<ToldOpening | undefined> {
  const [found] = await transact(db, [
    sql`SELECT code, name, published_for FROM offices WHERE id = ${officeId} AND published_for IS NOT NULL`,
  ])
  const row = found?.results[0]
  if (!row) return undefined
  const { publishedFor, ...office } = readOffice(row)
  const [toldDay, time] = publishedFor.split(' ')
  return toldDay === day && time !== undefined ? { officeId, office, day, time } : undefined
}

/** How long the entry takes in a calendar, and how long before the opening it reminds. */
const LENGTH = 15 * MINUTE
const REMINDER = 5 * MINUTE

/**
 * An opening as an iCalendar file (RFC 5545) with a reminder, times in UTC. The same opening always makes the same file.
 * @param portalOrigin where citizens book
 */
export function openingCalendar(texts: Texts, opening: ToldOpening, portalOrigin: string): string {
  const { early, sportMenu } = texts
  const { officeId, office, day, time } = opening
  const start = romeInstant(day, time)
  const url = `${portalOrigin}${BOOKING_PAGE}`
  const calendar = ical({
    prodId: { company: 'Sportello', product: 'Passport', language: sportMenu.calendarLanguage },
    method: ICalCalendarMethod.PUBLISH,
  })
  calendar.createEvent({
    id: `opening-${officeId}-${day}@sportello`,
    stamp: new Date(romeInstant(day, '00:00')),
    start: new Date(start),
    end: new Date(start + LENGTH),
    summary: early.entry(officeTitle(office)),
    description: url,
    url,
    alarms: [{ type: ICalAlarmType.display, trigger: REMINDER / SECOND }],
  })
  return calendar.toString()
}
