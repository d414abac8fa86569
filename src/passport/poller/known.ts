import { type SQL, sql } from 'drizzle-orm'
import type { Row, Statement } from '../../db/client.ts'
import type { KnownOffice } from '../rules/known.ts'

const text = (value: unknown): string | null => (value === null ? null : String(value))

/** The query of the offices of some provinces. */
export const officesOf = (provinces: SQL): Statement => sql`
  SELECT id, province, code, name, address, city, bookable_from, first_date, listed, doubt_since
  FROM offices WHERE province IN ${provinces}`

/** The query of the open slots of some provinces. */
export const openSlotsOf = (provinces: SQL): Statement => sql`
  SELECT slots.id, office_id, date, time, places, announced_at IS NOT NULL AS announced
  FROM offices JOIN slots ON slots.office_id = offices.id
  WHERE offices.province IN ${provinces} AND slots.gone_at IS NULL`

/** What is known, by province, from the rows of the two queries. */
export function gatherKnown(
  officeRows: readonly Row[],
  slotRows: readonly Row[],
): Map<string, KnownOffice[]> {
  const byProvince = new Map<string, KnownOffice[]>()
  const byId = new Map<string, KnownOffice>()
  for (const row of officeRows) {
    const office: KnownOffice = {
      id: String(row.id),
      code: String(row.code),
      name: String(row.name),
      address: String(row.address),
      city: String(row.city),
      bookableFrom: text(row.bookable_from),
      firstDate: text(row.first_date),
      listed: row.listed === 1,
      doubtSince: row.doubt_since === null ? null : Number(row.doubt_since),
      slots: [],
    }
    byId.set(office.id, office)
    const province = String(row.province)
    byProvince.set(province, [...(byProvince.get(province) ?? []), office])
  }
  for (const row of slotRows) {
    byId.get(String(row.office_id))?.slots.push({
      id: Number(row.id),
      date: String(row.date),
      time: String(row.time),
      places: Number(row.places),
      announced: row.announced === 1,
    })
  }
  return byProvince
}
