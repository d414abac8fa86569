import { sql } from 'drizzle-orm'
import { type Database, type Row, transact } from '../../db/database.ts'
import { count, maybeNumber, maybeText, rowReader, text } from '../../db/rows.ts'
import type { AlertKind } from '../../db/schema/passport.ts'
import type { RomeDate, RomeTime } from '../../platform/time.ts'
import { needsSeveral, type PlacesFilter } from '../follow/several-places.ts'
import type { PlacesChange } from '../rules/day-places.ts'
import type { AlertOffice, AlertSlot } from './alert-message.ts'

/** A slot that an alert listed, as it is now. */
export interface ListedSlot extends AlertSlot {
  /** When the opening that was announced ended; null: it has not. */
  goneAt: number | null
}

/** A slot of an alert's office and days that the alert did not list, as it is now. */
export interface SameDaySlot extends ListedSlot {
  /** When it last opened. */
  openedAt: number
}

/** An alert with the present state of its slots. */
export interface AlertNews {
  id: string
  kind: AlertKind
  province: string
  /** Null for alerts about a whole province. */
  office: (AlertOffice & { id: string }) | null
  /** The slots it listed, as they are now, in order of date and time. */
  slots: ListedSlot[]
  /** For chats that need several places; empty unless it was asked for. */
  sameDay: SameDaySlot[]
  /** The announced slots of its days as the reading changed them; null: unknown. */
  places: PlacesChange[] | null
  bookableAt: RomeTime | null
  createdAt: number
}

/** True if any of these chats needs several places: its alerts need `sameDay`. */
export const anyWish = (chats: readonly (PlacesFilter | undefined)[]): boolean =>
  chats.some((chat) => chat && needsSeveral(chat))

/** Reads alerts and how their slots stand now, by alert id. @param withSameDay reads `sameDay` too */
export async function readAlertNews(
  db: Database,
  ids: readonly string[],
  withSameDay = false,
): Promise<Map<string, AlertNews>> {
  const wanted = JSON.stringify([...new Set(ids)])
  const [alerts, slots, sameDay] = await transact(db, [
    sql`SELECT a.id, a.kind, a.province, a.bookable_at, a.created_at, a.places, o.id AS office_id, o.code, o.name,
               o.address, o.city
        FROM alerts a LEFT JOIN offices o ON o.id = a.office_id
        WHERE a.id IN (SELECT value FROM json_each(${wanted}))`,
    sql`SELECT a.id, s.date, s.time, s.places, CASE WHEN s.opened_at <= a.created_at THEN s.gone_at ELSE coalesce((
                 SELECT min(g.created_at) FROM alerts g, json_each(g.slots) AS closed
                 WHERE g.office_id = a.office_id AND g.created_at > a.created_at AND g.kind = 'gone'
                   AND closed.value = j.value), s.opened_at) END AS ended_at
        FROM alerts a, json_each(a.slots) AS j
        JOIN slots s ON s.office_id = a.office_id AND s.date = j.value ->> 0 AND s.time = j.value ->> 1
        WHERE a.id IN (SELECT value FROM json_each(${wanted}))
        ORDER BY s.date, s.time`,
    ...(withSameDay
      ? [
          sql`SELECT a.id, s.date, s.time, s.places, s.opened_at, s.gone_at
              FROM alerts a JOIN slots s ON s.office_id = a.office_id AND s.announced_at IS NOT NULL AND s.date IN (
                SELECT j.value ->> 0 FROM json_each(coalesce(a.places, a.slots)) AS j)
              WHERE a.id IN (SELECT value FROM json_each(${wanted})) AND NOT EXISTS (
                SELECT 1 FROM json_each(a.slots) AS own
                WHERE own.value ->> 0 = s.date AND own.value ->> 1 = s.time)
              ORDER BY s.date, s.time`,
        ]
      : []),
  ])
  const news = new Map((alerts?.results ?? []).map((row) => [String(row.id), newsOf(row)]))
  for (const row of slots?.results ?? []) {
    news.get(String(row.id))?.slots.push({
      ...readSlot(row),
      // A slot that opened again later has an alert of its own: this one's opening is over.
      gone: row.ended_at !== null,
      goneAt: row.ended_at === null ? null : Number(row.ended_at),
    })
  }
  for (const row of sameDay?.results ?? []) {
    const { goneAt, ...slot } = readSameDay(row)
    news.get(String(row.id))?.sameDay.push({ ...slot, goneAt, gone: goneAt !== null })
  }
  return news
}

const readSlot = rowReader({ date: text, time: text, places: count })
const readSameDay = rowReader({ date: text, time: text, places: count, openedAt: count, goneAt: maybeNumber })
const readOffice = rowReader({ code: text, name: text, address: text, city: text })

const readAlert = rowReader({
  id: text,
  kind: text,
  province: text,
  createdAt: count,
  officeId: maybeText,
  bookableAt: maybeText,
})

function newsOf(row: Row): AlertNews {
  const { officeId, kind, bookableAt, ...alert } = readAlert(row)
  return {
    ...alert,
    kind: kind as AlertKind,
    office: officeId === null ? null : { id: officeId, ...readOffice(row) },
    slots: [],
    sameDay: [],
    places: row.places === null ? null : JSON.parse(String(row.places)),
    bookableAt: bookableAt as RomeTime | null,
  }
}

/** Slots of an office that an alert listed, as `[date, time]`. */
export type SlotKey = [date: RomeDate, time: RomeTime]
