import { sql } from 'drizzle-orm'
import { transact } from '../../src/db/database.ts'

import { shiftedClock } from '../../src/platform/time.ts'
import { db, type FakeTelegram } from '../delivery/kit.worker.ts'
import { sendAlerts } from './send-alerts.worker.ts'

/** The office of the tests about announced slots. */
export const OFFICE = { id: '7', province: 'TO', name: 'Questura di Torino' }

/** Writes the office, as a reading would. */
export const writeOffice = (bookableFrom: string | null = null) =>
  transact(db, [
    sql`INSERT INTO offices (id, province, code, name, address, city, bookable_from, first_seen_at)
        VALUES (${OFFICE.id}, ${OFFICE.province}, 'TO7', ${OFFICE.name}, 'Corso Vinzaglio 10', 'TORINO',
                ${bookableFrom}, 1)`,
  ])

type Slot = [date: string, time: string, places?: number]

/** Slots of the office as a reading at `at` (epoch ms) found them; `announced` writes their alert too. */
export async function openSlots(slots: readonly Slot[], at: number, announced = true): Promise<void> {
  const rows = JSON.stringify(slots.map(([date, time, places = 1]) => ({ date, time, places })))
  await transact(db, [
    sql`INSERT INTO slots (office_id, date, time, places, first_seen_at, opened_at, announced_at)
        SELECT ${OFFICE.id}, value ->> 'date', value ->> 'time', value ->> 'places', ${at}, ${at}, ${announced ? at : null}
        FROM json_each(${rows})`,
    sql`INSERT INTO slot_events (office_id, date, time, kind, places, at, trace)
        SELECT ${OFFICE.id}, value ->> 'date', value ->> 'time', 'seen', value ->> 'places', ${at}, 'test'
        FROM json_each(${rows})`,
    ...(announced
      ? [
          sql`INSERT INTO alerts (id, kind, province, office_id, slots, created_at, trace, pivot)
              VALUES (${`open:${OFFICE.id}:${at}`}, 'open', ${OFFICE.province}, ${OFFICE.id},
                      ${JSON.stringify(slots.map(([date, time]) => [date, time]))}, ${at}, 'test', 0)`,
        ]
      : []),
  ])
}

/** Closes all slots of the office of a day. */
export const closeSlots = (date: string, at: number) =>
  transact(db, [sql`UPDATE slots SET gone_at = ${at} WHERE office_id = ${OFFICE.id} AND date = ${date}`])

/**
 * Fans out and sends what waits, as if all of it happened at one instant (epoch ms), however fast the machine is.
 * @returns the Telegram that was called
 */
export async function sendAt(at: number): Promise<FakeTelegram> {
  const telegram = await sendAlerts(shiftedClock(at - Date.now()))
  await transact(db, [sql`UPDATE deliveries SET done_at = ${at} WHERE done_at > ${at}`])
  return telegram
}

/** Rome times on 27 November 2026, a Friday, as instants. */
export const friday = (time: string): number => Date.parse(`2026-11-27T${time}+01:00`)
