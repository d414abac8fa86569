import { sql } from 'drizzle-orm'
import { type Database, transact } from '../../db/database.ts'
import { count, flag, maybeNumber, maybeText, rowReader, text } from '../../db/rows.ts'
import { DAY, type RomeDate } from '../../platform/time.ts'
import { type OpenOffice, readOpenSlots } from '../open-slots.ts'
import { provinceName } from '../provinces/provinces.ts'
import { isDry } from './dry-provinces.ts'
import { bookedDateOf } from './follows.ts'

/** The state of a followed province. Instants are epoch ms. */
export interface ProvinceStatus {
  code: string
  mutedUntil: number | null
  /** The Rome day of the appointment that the person has; empty: they want no more alerts; null: none. */
  bookedDate: RomeDate | null
  /** Last complete reading; null: never. */
  lastReadAt: number | null
  /** Followers got an outage notice: it could not be read since this instant; null: it can. */
  outageSince: number | null
  /** It had no slot for 14 days. */
  isDry: boolean
  /** Offices with open slots, by name. */
  open: OpenOffice[]
  /** Alerts of new slots that this chat got in the last 7 days. */
  alertsThisWeek: number
}

export interface FollowStatus {
  /** Polling is paused since this instant, because no portal session is good; null: it goes on. */
  pausedSince: number | null
  /** By name of the province. */
  provinces: ProvinceStatus[]
}

const readFollowed = rowReader({
  code: text,
  mutedUntil: maybeNumber,
  bookedDate: maybeText,
  lastReadAt: maybeNumber,
  outageSince: maybeNumber,
  isDry: flag,
})

/** The present state of everything that a chat follows, or of one province of it. */
export async function readFollowStatus(
  db: Database,
  chatId: number,
  now: number,
  only: string | null = null,
): Promise<FollowStatus> {
  const [rows, paused, alerts] = await transact(db, [
    sql`SELECT subscriptions.province AS code, muted_until, ${bookedDateOf(sql`subscriptions`)} AS booked_date, last_read_at, blind_since AS outage_since,
               ${isDry(now)} AS is_dry
        FROM subscriptions LEFT JOIN province_readings ON code = subscriptions.province
        WHERE chat_id = ${chatId} AND subscriptions.province = coalesce(${only}, subscriptions.province)`,
    sql`SELECT value ->> 'since' AS since FROM state WHERE name = 'polling-paused'`,
    sql`SELECT alerts.province AS code, count(*) AS total
        FROM subscriptions
        JOIN alerts ON alerts.province = subscriptions.province AND alerts.created_at > ${now - 7 * DAY}
        JOIN deliveries ON deliveries.event = alerts.id AND deliveries.chat_id = subscriptions.chat_id
        LEFT JOIN deliveries AS digest ON deliveries.status = 'merged' AND digest.event = deliveries.reason
          AND digest.chat_id = deliveries.chat_id
        WHERE subscriptions.chat_id = ${chatId} AND subscriptions.province = coalesce(${only}, subscriptions.province)
          AND alerts.kind = 'open'
          AND (deliveries.status = 'sent' OR digest.status = 'sent')
        GROUP BY alerts.province`,
  ])
  const followed = (rows?.results ?? []).map(readFollowed)
  const open = await readOpenSlots(
    db,
    followed.map(({ code }) => code),
  )
  const total = new Map((alerts?.results ?? []).map((row) => [text(row.code), count(row.total)]))
  return {
    pausedSince: maybeNumber(paused?.results[0]?.since),
    provinces: followed
      .map((row) => ({
        ...row,
        open: open.filter((office) => office.province === row.code),
        alertsThisWeek: total.get(row.code) ?? 0,
      }))
      .sort((a, b) => provinceName(a.code).localeCompare(provinceName(b.code), 'it')),
  }
}
