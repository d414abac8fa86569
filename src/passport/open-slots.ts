import { sql } from 'drizzle-orm'
import { type Database, transact } from '../db/database.ts'
import type { RomeDate, RomeTime } from '../platform/time.ts'

/** An office with slots that are open now, in order of date and time. */
export interface OpenOffice {
  id: string
  province: string
  code: string
  name: string
  address: string
  city: string
  /** From this Rome time on its slots can be booked; null: any time. */
  bookableFrom: RomeTime | null
  slots: { date: RomeDate; time: RomeTime; places: number }[]
}

/** The offices of the given provinces that have open slots, by province and name. */
export async function readOpenSlots(db: Database, provinces: readonly string[]): Promise<OpenOffice[]> {
  const [result] = await transact(db, [
    sql`SELECT offices.id, offices.province, offices.code, offices.name, offices.address, offices.city,
               offices.bookable_from, slots.date, slots.time, slots.places
        FROM offices JOIN slots ON slots.office_id = offices.id AND slots.gone_at IS NULL
        WHERE offices.province IN (SELECT value FROM json_each(${JSON.stringify(provinces)}))
        ORDER BY offices.province, offices.name, offices.id, slots.date, slots.time`,
  ])
  const byId = new Map<string, OpenOffice>()
  for (const row of result?.results ?? []) {
    const id = String(row.id)
    const office = byId.get(id) ?? {
      id,
      province: String(row.province),
      code: String(row.code),
      name: String(row.name),
      address: String(row.address),
      city: String(row.city),
      bookableFrom: row.bookable_from === null ? null : String(row.bookable_from),
      slots: [],
    }
    office.slots.push({ date: String(row.date), time: String(row.time), places: Number(row.places) })
    byId.set(id, office)
  }
  return [...byId.values()]
}
