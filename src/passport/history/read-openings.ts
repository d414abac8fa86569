import { sql } from 'drizzle-orm'
import { type Database, transact } from '../../db/database.ts'
import { count, rowReader, text } from '../../db/rows.ts'
import type { SlotEventKind } from '../../db/schema/passport.ts'
import { type Opening, openingsIn } from './openings.ts'

/** The most slot events that are read at once, the newest: a busy province has some hundreds a month. */
const MOST_EVENTS = 5_000

/** What was freed in some provinces, and since when each of them was watched. */
export interface SlotHistory {
  openings: Opening[]
  /** By province, epoch ms: when its readings began, or how far back the events were read, whichever is later. */
  since: Map<string, number>
  /** There were more events than are read at once. */
  isCut: boolean
}

const readChange = rowReader({
  province: text,
  officeId: text,
  date: text,
  time: text,
  kind: text,
  trace: text,
  places: count,
  at: count,
  firstSeenAt: count,
  watchedSince: count,
})

/**
 * Reads what was freed in some provinces since an instant, in one round trip. When there are too many events, it looks
 * back less far, and says so by `since`.
 * @param from epoch ms
 */
export async function readSlotHistory(
  db: Database,
  provinces: readonly string[],
  from: number,
  now: number,
): Promise<SlotHistory> {
  const wanted = sql`(SELECT value FROM json_each(${JSON.stringify(provinces)}))`
  const [watched, events] = await transact(db, [
    sql`SELECT code, watched_since FROM provinces WHERE code IN ${wanted}`,
    sql`SELECT province, office_id, date, time, kind, places, at, trace, first_seen_at, watched_since
        FROM offices CROSS JOIN slot_events ON office_id = offices.id
             JOIN provinces ON provinces.code = province
        WHERE province IN ${wanted} AND at >= ${from}
        ORDER BY slot_events.id DESC LIMIT ${MOST_EVENTS}`,
  ])
  const rows = events?.results ?? []
  const changes = rows.map((row) => {
    const { kind, ...change } = readChange(row)
    return { ...change, kind: kind as SlotEventKind }
  })
  changes.reverse()
  const begin = rows.length < MOST_EVENTS ? from : (changes[0]?.at ?? from)
  const since = new Map(provinces.map((code) => [code, now]))
  for (const row of watched?.results ?? [])
    since.set(text(row.code), Math.max(begin, Math.min(now, count(row.watched_since))))
  const openings = openingsIn(changes).filter(({ office, at }) => at >= (since.get(office.province) ?? now))
  return { openings, since, isCut: rows.length >= MOST_EVENTS }
}
