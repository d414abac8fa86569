import { sql } from 'drizzle-orm'
import { type Database, transact } from '../../db/database.ts'
import { type StateValues, writeState } from '../../db/state.ts'
import { DAY, HOUR, type RomeDate, romeHourOfWeek } from '../../platform/time.ts'
import { CLUSTER_WINDOW } from '../rules/release-rates.ts'

/** How far back history is counted: older habits say little, and slot events are kept for a hundred days. */
const LOOK_BACK = 84 * DAY
const WEEK = 7 * DAY

/**
 * Counts what was freed in each province by hour of the week, and how far ahead, and saves it: four statements, once a day. What an office
 * showed when it was first seen was free before, and does not count.
 * @param day today in Rome
 */
export async function countReleases(
  db: Database,
  day: RomeDate,
  now: number,
): Promise<StateValues['release-history']> {
  const since = now - LOOK_BACK
  const first = Math.floor(since / HOUR)
  const hours = Array.from({ length: Math.floor(now / HOUR) - first + 1 }, (_, i) => [
    first + i,
    romeHourOfWeek((first + i) * HOUR),
  ])
  const [counted, observed, ahead] = await transact(db, [
    sql`WITH hours AS MATERIALIZED (
          SELECT value ->> 0 AS hour, value ->> 1 AS of_week FROM json_each(${JSON.stringify(hours)})),
        finds AS (
          SELECT province, at, count(*) AS slots FROM offices CROSS JOIN slot_events ON office_id = offices.id
          WHERE at > ${since} AND kind = 'seen' AND at <> first_seen_at GROUP BY province, at),
        marked AS (
          SELECT *, at - lag(at) OVER (PARTITION BY province ORDER BY at) < ${CLUSTER_WINDOW} AS follows FROM finds)
        SELECT province, of_week, sum(slots) AS slots, count(*) AS finds, count(*) FILTER (WHERE follows) AS follow_ups
        FROM marked JOIN hours ON hours.hour = marked.at / ${sql.raw(String(HOUR))} GROUP BY 1, 2`,
    sql`SELECT province, min(first_seen_at) AS since FROM offices GROUP BY province`,
    sql`SELECT office_id, max(12 * (substr(date, 1, 4) - strftime('%Y', at / 1000, 'unixepoch'))
               + substr(date, 6, 2) - strftime('%m', at / 1000, 'unixepoch')) AS months
        FROM offices CROSS JOIN slot_events ON office_id = offices.id
        WHERE at > ${since} AND kind = 'seen' GROUP BY office_id`,
  ])
  const provinces: Record<string, { weeks: number; freed: number[] }> = {}
  for (const row of observed?.results ?? []) {
    const weeks = Math.max(0, now - Math.max(since, Number(row.since))) / WEEK
    provinces[String(row.province)] = { weeks: Math.round(weeks * 100) / 100, freed: [] }
  }
  let [finds, followUps] = [0, 0]
  for (const row of counted?.results ?? []) {
    const freed = provinces[String(row.province)]?.freed
    const hour = Number(row.of_week)
    if (freed) {
      while (freed.length <= hour) freed.push(0)
      freed[hour] = Number(row.slots)
    }
    finds += Number(row.finds)
    followUps += Number(row.follow_ups)
  }
  const horizons = Object.fromEntries(
    (ahead?.results ?? []).map((row) => [String(row.office_id), Number(row.months)]),
  )
  const history = { day, provinces, finds, followUps, horizons }
  await transact(db, [writeState(db, 'release-history', history, now)])
  return history
}
