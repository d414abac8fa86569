import { sql } from 'drizzle-orm'
import { type Database, type Statement, transact } from '../../db/database.ts'
import { count, flag, rowReader, text } from '../../db/rows.ts'
import { DAY } from '../../platform/time.ts'

/** How far back reports and alerts are compared. */
const LOOK_BACK = 14 * DAY
/** An office is unsteady from so many reported alerts on, by so many chats: one person decides nothing. */
const LEAST_REPORTED = 3
const LEAST_CHATS = 2

/** The statement that notes that an alert which a chat received was false; repeating it changes nothing. */
export const reportFalseAlarm = (chatId: number, alertId: string, now: number): Statement =>
  sql`INSERT INTO false_alarms (alert_id, chat_id, office_id, at)
      SELECT a.id, d.chat_id, a.office_id, ${now} FROM alerts a
      JOIN deliveries d ON d.event = a.id AND d.chat_id = ${chatId} AND d.status IN ('sent', 'merged')
      WHERE a.id = ${alertId} AND a.kind = 'open' AND a.office_id IS NOT NULL
      ON CONFLICT DO NOTHING`

/** Alerts and reported ones by office, of offices with a report, in SQL. */
const rates = (now: number) => sql`
  SELECT a.office_id, count(*) AS alerts,
         count(*) FILTER (WHERE EXISTS (SELECT 1 FROM false_alarms f WHERE f.alert_id = a.id)) AS reported,
         (SELECT count(DISTINCT chat_id) FROM false_alarms f WHERE f.office_id = a.office_id
            AND f.at > ${now - LOOK_BACK}) AS chats
  FROM alerts a
  WHERE a.office_id IN (SELECT office_id FROM false_alarms WHERE at > ${now - LOOK_BACK})
    AND a.created_at > ${now - LOOK_BACK} AND a.kind = 'open'
  GROUP BY a.office_id`

/**
 * The statement that says which offices announce a slot only when a second reading shows it; it writes only what changes.
 * @param percent of an office's alerts that were reported, from which on it is one of them; 0: none is
 */
export const unsteadyOffices = (percent: number, now: number): Statement => {
  const unsteady = sql`id IN (SELECT office_id FROM (${rates(now)}) WHERE reported >= ${LEAST_REPORTED}
    AND chats >= ${LEAST_CHATS} AND reported * 100 >= alerts * ${percent} AND ${percent} > 0)`
  return sql`UPDATE offices SET unsteady = ${unsteady} WHERE unsteady <> (${unsteady})`
}

/** How many of an office's alerts people reported as false within two weeks. */
export interface FalseAlarmRate {
  province: string
  office: string
  alerts: number
  reported: number
  /** Its slots wait for a second reading. */
  unsteady: boolean
}

const readRate = rowReader({ province: text, office: text, alerts: count, reported: count, unsteady: flag })

/** The offices with the most reported alerts. */
export async function readFalseAlarms(db: Database, limit: number, now: number): Promise<FalseAlarmRate[]> {
  const [found] = await transact(db, [
    sql`SELECT o.province, coalesce(nullif(o.name, ''), o.code) AS office, r.alerts, r.reported, o.unsteady
        FROM (${rates(now)}) r JOIN offices o ON o.id = r.office_id WHERE r.reported > 0
        ORDER BY r.reported DESC, r.alerts, o.id LIMIT ${limit}`,
  ])
  return (found?.results ?? []).map(readRate)
}
