import { type SQL, sql } from 'drizzle-orm'
import type { Statement } from '../../db/database.ts'
import type { ProvinceReadings } from '../../db/state.ts'

/** Fields to change; null removes one. */
export type ReadingsPatch = { [Field in keyof ProvinceReadings]?: ProvinceReadings[Field] | null }

/** True, in SQL, while somebody awake follows the province of the row at hand (of the table or view `provinces`). */
export const isFollowed = (provinces: 'provinces' | 'province_readings'): SQL => sql`EXISTS (
  SELECT 1 FROM subscriptions WHERE subscriptions.province = ${sql.raw(provinces)}.code AND subscriptions.asleep = 0)`

/**
 * The statement that changes the readings of some provinces: one row written for any number of them, none for none.
 * @param patches a query with the columns `code` and `patch` (a JSON object whose nulls remove fields)
 */
export const patchReadings = (patches: SQL, now: number): SQL => sql`
  INSERT INTO state (name, value, at)
  SELECT 'province-readings', json_group_object(code, json(patch)), ${now} FROM (${patches}) WHERE true
  HAVING count(*) > 0
  ON CONFLICT (name) DO UPDATE SET value = json_patch(state.value, excluded.value), at = excluded.at`

/** The statement that sets fields of one province's readings whatever they are: for seeds and tests. */
export const setReadings = (code: string, patch: ReadingsPatch, now = 0): Statement =>
  patchReadings(sql`SELECT ${code} AS code, ${JSON.stringify(patch)} AS patch`, now)

/** The statement that makes provinces due at once, as far as a condition on `province_readings` holds. */
export const makeDue = (where: SQL, now: number): Statement =>
  patchReadings(sql`SELECT code, json_object('dueAt', 0) AS patch FROM province_readings WHERE ${where}`, now)

/** The statement that prolongs the leases of some provinces, as far as they are still held. */
export const leaseRenewal = (
  claims: readonly { code: string; token: string }[],
  until: number,
  now: number,
): Statement => {
  const held = JSON.stringify(claims.map(({ code, token }) => ({ code, token })))
  return patchReadings(
    sql`SELECT code, json_object('leaseUntil', ${until}) AS patch FROM json_each(${held})
        JOIN province_readings ON code = value ->> 'code' AND lease_token = value ->> 'token'`,
    now,
  )
}
