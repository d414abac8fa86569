import { sql } from 'drizzle-orm'
import { type Database, type Row, type Statement, transact } from '../db/database.ts'
import { count, maybeText, rowReader, text } from '../db/rows.ts'
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

const readOffice = rowReader({
  id: text,
  province: text,
  code: text,
  name: text,
  address: text,
  city: text,
  bookableFrom: maybeText,
})
const readSlot = rowReader({ date: text, time: text, places: count })

/** The statement that reads open slots of the given provinces: for `gatherOpenSlots`. */
export const openSlotsQuery = (provinces: readonly string[]): Statement =>
  sql`SELECT offices.id, offices.province, offices.code, offices.name, offices.address, offices.city,
             offices.bookable_from, slots.date, slots.time, slots.places
      FROM offices JOIN slots ON slots.office_id = offices.id AND slots.gone_at IS NULL
      WHERE offices.province IN (SELECT value FROM json_each(${JSON.stringify(provinces)}))
      ORDER BY offices.province, offices.name, offices.id, slots.date, slots.time`

/** The offices in the rows of `openSlotsQuery`, by province and name. */
export function gatherOpenSlots(rows: readonly Row[]): OpenOffice[] {
  const byId = new Map<string, OpenOffice>()
  for (const row of rows) {
    const id = text(row.id)
    const office = byId.get(id) ?? { ...readOffice(row), slots: [] }
    office.slots.push(readSlot(row))
    byId.set(id, office)
  }
  return [...byId.values()]
}

/** The offices of the given provinces that have open slots, by province and name. */
export async function readOpenSlots(db: Database, provinces: readonly string[]): Promise<OpenOffice[]> {
  const [found] = await transact(db, [openSlotsQuery(provinces)])
  return gatherOpenSlots(found?.results ?? [])
}

/** An office that can be chosen in a filter. */
export interface ListedOffice {
  id: string
  name: string
}

/** The offices that the portal lists for a province, by name. */
export async function readListedOffices(db: Database, province: string): Promise<ListedOffice[]> {
  const [found] = await transact(db, [
    sql`SELECT id, name, code FROM offices WHERE province = ${province} AND listed = 1 ORDER BY name, id`,
  ])
  return (found?.results ?? []).map((row) => ({ id: text(row.id), name: text(row.name || row.code) }))
}
