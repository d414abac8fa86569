import { sql } from 'drizzle-orm'
import { type Database, transact } from '../../db/database.ts'
import { count, flag, maybeNumber, maybeText, rowReader, text } from '../../db/rows.ts'
import { MINUTE, type RomeDate } from '../../platform/time.ts'
import type { Level } from './shape.ts'

/** A reading older than this is out of date. */
export const STALE_AFTER = 10 * MINUTE
/** From this many free places on there are "many". */
export const MANY_FROM = 10

/** The open slots of one province. */
export interface Availability {
  code: string
  level: Level
  places: number
  offices: number
  /** First Rome day with a free place; null: none. */
  firstDate: RomeDate | null
  /** Last complete reading, epoch ms; null: never. */
  lastReadAt: number | null
}

/** All of Italy at one moment. Provinces never followed are absent. */
export interface Overview {
  provinces: Availability[]
  /** The newest reading of any followed province, epoch ms; null: nothing is read. */
  readAt: number | null
  /** Polling is paused since this instant, because no portal session is good; null: it goes on. */
  pausedSince: number | null
}

/** The level of a province at `now` (epoch ms). */
export function levelOf(
  { watched, lastReadAt, places }: { watched: boolean; lastReadAt: number | null; places: number },
  now: number,
): Level {
  if (!watched) return 'unwatched'
  if (lastReadAt === null || now - lastReadAt > STALE_AFTER) return 'stale'
  if (places === 0) return 'none'
  return places < MANY_FROM ? 'few' : 'many'
}

/** True when the level is up to date, so that its places may be shown. */
export const isCurrent = (level: Level): boolean => level === 'none' || level === 'few' || level === 'many'

const readOverviewRow = rowReader({
  code: text,
  lastReadAt: maybeNumber,
  watched: flag,
  places: count,
  openOffices: count,
  firstDate: maybeText,
})

/** Reads how every province that was ever followed stands, in one round trip. */
export async function readOverview(db: Database, now: number): Promise<Overview> {
  const [rows, paused] = await transact(db, [
    sql`SELECT province_readings.code, last_read_at,
               EXISTS (SELECT 1 FROM subscriptions s WHERE s.province = province_readings.code AND s.asleep = 0) AS watched,
               coalesce(places, 0) AS places, coalesce(open_offices, 0) AS open_offices, first_date
        FROM province_readings LEFT JOIN (
          SELECT offices.province, sum(places) AS places, count(DISTINCT office_id) AS open_offices,
                 min(date) AS first_date
          FROM slots JOIN offices ON offices.id = office_id WHERE gone_at IS NULL GROUP BY offices.province
        ) AS open ON open.province = province_readings.code
        ORDER BY province_readings.code`,
    sql`SELECT value ->> 'since' AS since FROM state WHERE name = 'polling-paused'`,
  ])
  const provinces = (rows?.results ?? []).map((row): Availability => {
    const { code, lastReadAt, watched, places, openOffices, firstDate } = readOverviewRow(row)
    const level = levelOf({ watched, lastReadAt, places }, now)
    const current = isCurrent(level)
    return {
      code,
      level,
      lastReadAt,
      places: current ? places : 0,
      offices: current ? openOffices : 0,
      firstDate: current ? firstDate : null,
    }
  })
  const readings = provinces.flatMap((one) => (one.level === 'unwatched' ? [] : (one.lastReadAt ?? [])))
  return {
    provinces,
    readAt: readings.length > 0 ? Math.max(...readings) : null,
    pausedSince: maybeNumber(paused?.results[0]?.since),
  }
}
