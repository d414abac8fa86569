import { type SQL, sql } from 'drizzle-orm'
import type { Row, Statement } from '../../db/database.ts'
import { columnReader } from '../../db/rows.ts'
import { offices, slots } from '../../db/schema/passport.ts'
import type { KnownOffice } from '../rules/known-office.ts'
import { RESET_WINDOW } from '../rules/reset.ts'

const readOffice = columnReader(
  offices,
  'id',
  'province',
  'code',
  'name',
  'address',
  'city',
  'bookableFrom',
  'firstDate',
  'listed',
  'doubtSince',
  'unsteady',
  'publishedFor',
)
const readSlot = columnReader(slots, 'id', 'officeId', 'date', 'time', 'places')
const readOpenSlot = columnReader(slots, 'id', 'officeId', 'date', 'time', 'places', 'unconfirmedPlaces')

/** The query of the offices of some provinces. */
export const officesOf = (provinces: SQL, now: number): Statement => sql`
  SELECT id, province, code, name, address, city, bookable_from, first_date, listed, doubt_since, unsteady, published_for,
    (SELECT coalesce(sum(json_array_length(slots)), 0) FROM alerts
     WHERE office_id = offices.id AND created_at > ${now - RESET_WINDOW} AND kind = 'restored') AS restored
  FROM offices WHERE province IN ${provinces}`

/** The query of the open slots of some provinces. */
export const openSlotsOf = (provinces: SQL): Statement => sql`
  SELECT slots.id, office_id, date, time, places, unconfirmed_places, announced_at IS NOT NULL AS announced
  FROM offices JOIN slots ON slots.office_id = offices.id
  WHERE offices.province IN ${provinces} AND slots.gone_at IS NULL`

/** The query of the announced slots of some provinces that closed so recently that their office may have been reset. */
export const vanishedSlotsOf = (provinces: SQL, now: number): Statement => sql`
  SELECT slots.id, slots.office_id, slots.date, slots.time, slots.places, max(slots.gone_at) AS gone_at
  FROM alerts JOIN json_each(alerts.slots) AS listed
  JOIN slots ON slots.office_id = alerts.office_id AND slots.date = listed.value ->> 0
    AND slots.time = listed.value ->> 1
  WHERE alerts.province IN ${provinces} AND alerts.created_at > ${now - RESET_WINDOW} AND alerts.kind = 'gone'
    AND slots.gone_at = alerts.created_at
  GROUP BY slots.id`

/** What is known, by province, from the rows of the three queries. */
export function gatherKnown(
  officeRows: readonly Row[],
  slotRows: readonly Row[],
  vanishedRows: readonly Row[],
): Map<string, KnownOffice[]> {
  const byProvince = new Map<string, KnownOffice[]>()
  const byId = new Map<string, KnownOffice>()
  for (const row of officeRows) {
    const { province, ...columns } = readOffice(row)
    const office: KnownOffice = { ...columns, slots: [], vanished: [], restored: Number(row.restored) }
    byId.set(office.id, office)
    byProvince.set(province, [...(byProvince.get(province) ?? []), office])
  }
  for (const row of slotRows) {
    const { officeId, ...slot } = readOpenSlot(row)
    byId.get(officeId)?.slots.push({ ...slot, announced: row.announced === 1 })
  }
  for (const row of vanishedRows) {
    const { officeId, ...slot } = readSlot(row)
    byId.get(officeId)?.vanished.push({ ...slot, goneAt: Number(row.gone_at) })
  }
  return byProvince
}
