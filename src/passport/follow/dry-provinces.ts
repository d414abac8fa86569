import { type SQL, sql } from 'drizzle-orm'
import { type Database, transact } from '../../db/database.ts'
import { log } from '../../platform/log.ts'
import { DAY, HOUR, romeTime } from '../../platform/time.ts'

/** A province is dry after so long (ms) without a slot. */
const DRY_FOR = 14 * DAY
/** A province that was not read for so long (ms) is not known to be dry. */
const READ_WITHIN = HOUR
/** The Rome times between which followers are told. */
const TOLD_FROM = '09:00'
const TOLD_TO = '21:00'

/** True, in SQL, for a province (a row of `province_readings`) that was watched for 14 days and had no slot in them. */
export const isDry = (now: number): SQL => {
  const code = sql`province_readings.code`
  return sql`(province_readings.watched_since > 0 AND province_readings.watched_since < ${now - DRY_FOR}
    AND province_readings.last_read_at > ${now - READ_WITHIN}
    AND NOT EXISTS (SELECT 1 FROM alerts a WHERE a.province = ${code} AND a.created_at > ${now - DRY_FOR} AND a.kind = 'open')
    AND NOT EXISTS (SELECT 1 FROM offices o JOIN slots ON slots.office_id = o.id AND slots.gone_at IS NULL
                    WHERE o.province = ${code}))`
}

/** Whether a province had no slot for 14 days. */
export async function readIsDry(db: Database, code: string, now: number): Promise<boolean> {
  const [found] = await transact(db, [
    sql`SELECT ${isDry(now)} AS is_dry FROM province_readings WHERE code = ${code}`,
  ])
  return found?.results[0]?.is_dry === 1
}

/**
 * Writes an alert for each dry province whose followers were not told of the alternatives since its last slot; the sweep
 * hands it to the fan-out. It runs each minute and looks at 107 provinces at most.
 * @param now epoch ms
 * @returns how many alerts it wrote
 */
export async function tellAlternatives(db: Database, trace: string, now: number): Promise<number> {
  const time = romeTime(now)
  if (time < TOLD_FROM || time >= TOLD_TO) return 0
  const [written] = await transact(db, [
    sql`INSERT INTO alerts (id, kind, province, slots, created_at, trace, pivot)
        SELECT 'alternatives:' || p.code || ':' || ${now}, 'alternatives', p.code, '[]', ${now}, ${trace}, 0
        FROM provinces p JOIN province_readings ON province_readings.code = p.code
        WHERE EXISTS (SELECT 1 FROM subscriptions s WHERE s.province = p.code AND s.asleep = 0)
          AND (p.alternatives_told_at IS NULL OR EXISTS (
            SELECT 1 FROM alerts a WHERE a.province = p.code AND a.created_at > p.alternatives_told_at AND a.kind = 'open'))
          AND ${isDry(now)}
        ON CONFLICT (id) DO NOTHING RETURNING id`,
    sql`UPDATE provinces SET alternatives_told_at = ${now}
        WHERE code IN (SELECT province FROM alerts WHERE kind = 'alternatives' AND created_at = ${now})`,
  ])
  const told = written?.results.length ?? 0
  if (told > 0) log('info', 'alternatives', { trace, provinces: told })
  return told
}
