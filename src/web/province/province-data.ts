import { sql } from 'drizzle-orm'
import { type Database, transact } from '../../db/database.ts'
import { count, flag, maybeNumber, rowReader } from '../../db/rows.ts'
import type { Lifetime } from '../../passport/history/survival.ts'
import { gatherOpenSlots, type OpenOffice, openSlotsQuery } from '../../passport/open-slots.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../platform/time.ts'
import { isCurrent, levelOf } from '../map/availability.ts'
import type { Level } from '../map/shape.ts'
import type { FreedInHour } from './statistics.ts'

/** How far back the statistics look. */
export const WINDOW = 84 * DAY
/** Slots seen this soon after the readings began were free before: when they were freed is unknown. */
const FIRST_SIGHT = 2 * MINUTE

/** A province now. */
export interface ProvinceNow {
  level: Level
  lastReadAt: number | null
  /** Offices with free slots, first free day first; empty unless the level is of now. */
  offices: OpenOffice[]
}

const readReading = rowReader({ lastReadAt: maybeNumber, watched: flag })
const readFreed = rowReader({ hour: count, count })
const readLifetime = rowReader({ ms: count, ended: flag, count })

const firstDay = (office: OpenOffice) => office.slots[0]?.date ?? ''

/** Reads how a province stands and what is free there, in one round trip. */
export async function readProvinceNow(db: Database, code: string, now: number): Promise<ProvinceNow> {
  const [province, open] = await transact(db, [
    sql`SELECT last_read_at,
               EXISTS (SELECT 1 FROM subscriptions s WHERE s.province = code AND s.asleep = 0) AS watched
        FROM province_readings WHERE code = ${code}`,
    openSlotsQuery([code]),
  ])
  const { lastReadAt, watched } = readReading(province?.results[0])
  const offices = gatherOpenSlots(open?.results ?? []).sort((a, b) => firstDay(a).localeCompare(firstDay(b)))
  const places = offices.flatMap((office) => office.slots).reduce((sum, slot) => sum + slot.places, 0)
  const level = levelOf({ watched, lastReadAt, places }, now)
  return {
    level,
    lastReadAt,
    offices: isCurrent(level) ? offices : [],
  }
}

/** The history of a province's slots within the window. */
export interface History {
  /** Since when the province was read, at most as far back as the statistics look; epoch ms. */
  since: number
  freed: FreedInHour[]
  lifetimes: Lifetime[]
}

/**
 * Reads when slots were freed and how long they lasted, summed by the database. A slot that was free already when
 * watching began counts in neither; one whose appointment's day came, or that nobody watched to its end, is not seen
 * to go.
 */
export async function readHistory(db: Database, code: string, now: number): Promise<History> {
  const since = now - WINDOW
  const steps = sql`
    WITH recorded AS (
      SELECT slot_events.*, lead(kind) OVER (PARTITION BY office_id, date, time ORDER BY slot_events.id) AS following,
             first_seen_at, watched_since, last_read_at
      FROM slot_events JOIN offices ON offices.id = office_id
           JOIN province_readings ON province_readings.code = province
      WHERE province = ${code} AND at >= ${since} AND kind <> 'places'),
    -- A slot that a reset took away for minutes was open all the time.
    steps AS (
      SELECT kind, at, recorded.date, first_seen_at, watched_since, last_read_at,
             lag(kind) OVER slot AS before, lead(kind) OVER slot AS next, lead(at) OVER slot AS next_at
      FROM recorded
      WHERE kind <> 'restored' AND NOT (kind = 'gone' AND following IS 'restored')
      WINDOW slot AS (PARTITION BY office_id, date, time ORDER BY id)),
    freed AS (
      SELECT * FROM steps
      WHERE kind = 'seen' AND at <> first_seen_at AND before IS NOT 'unwatched'
        AND NOT at BETWEEN watched_since AND watched_since + ${FIRST_SIGHT})`
  const age = sql`max(0, coalesce(next_at, last_read_at, at) - at)`
  const [province, freed, lifetimes] = await transact(db, [
    sql`SELECT watched_since FROM provinces WHERE code = ${code}`,
    sql`${steps} SELECT at / ${HOUR} * ${HOUR} AS hour, count(*) AS count FROM freed GROUP BY 1 ORDER BY 1`,
    sql`${steps} SELECT
          CASE WHEN ${age} < ${HOUR} THEN ${age} / ${10 * SECOND} * ${10 * SECOND}
               WHEN ${age} < ${DAY} THEN ${age} / ${MINUTE} * ${MINUTE} ELSE ${age} / ${HOUR} * ${HOUR} END AS ms,
          next IS 'gone' AND date(next_at / 1000, 'unixepoch') < date AS ended, count(*) AS count
        FROM freed GROUP BY 1, 2 ORDER BY 1, 2`,
  ])
  const watchedSince = Number(province?.results[0]?.watched_since ?? now)
  const firstFreed = Number(freed?.results[0]?.hour ?? now)
  return {
    // A week without readings is not a week without freed slots.
    since: Math.max(since, Math.min(watchedSince, firstFreed)),
    freed: (freed?.results ?? []).map(readFreed),
    lifetimes: (lifetimes?.results ?? []).map(readLifetime),
  }
}
