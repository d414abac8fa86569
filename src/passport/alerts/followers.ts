import { type SQL, sql } from 'drizzle-orm'
import { type Database, transact } from '../../db/database.ts'
import { decodeRow } from '../../db/rows.ts'
import { chats } from '../../db/schema/chats.ts'
import type { ChatRow } from '../../delivery/delivery-store.ts'
import type { RomeDate } from '../../platform/time.ts'

/** Where in the ring of followers a fan-out stands: the first pass goes from the pivot to the end, the second up to it. */
export interface RingCursor {
  pass: 1 | 2
  ring: number
  chatId: number
}

/** Before the first follower of a pass. */
const START = { ring: -1, chatId: 0 }

/** The first cursor for a pivot. */
export const ringStart = (pivot: number): RingCursor => ({
  pass: 1,
  ring: pivot - 1,
  chatId: Number.MAX_SAFE_INTEGER,
})

export const writeCursor = ({ pass, ring, chatId }: RingCursor): string => `${pass}:${ring}:${chatId}`

export function readCursor(text: string | null, pivot: number): RingCursor {
  const [pass, ring, chatId] = (text ?? '').split(':').map(Number)
  if (ring === undefined || chatId === undefined) return ringStart(pivot)
  return { pass: pass === 2 ? 2 : 1, ring, chatId }
}

/** A follower of a province, with its chat's preferences. */
export interface Follower {
  chat: ChatRow
  mutedUntil: number | null
  /** The Rome day of the appointment that the person has there; null: none. */
  bookedDate: RomeDate | null
}

/** One page of a province's followers, and where the next one begins; no next one after the last. */
export interface FollowerPage {
  followers: Follower[]
  next: RingCursor | undefined
}

/**
 * Reads a page of a province's followers, in ring order from the pivot, so that each event begins with other followers.
 * Leaves out chats that are gone, and chats that followed after the event.
 * @param followedBy epoch ms
 * @param also another condition on the chat `c`
 */
export async function readFollowers(
  db: Database,
  province: string,
  cursor: RingCursor,
  pivot: number,
  followedBy: number,
  limit: number,
  also: SQL = sql``,
): Promise<FollowerPage> {
  const end = cursor.pass === 2 ? sql`AND s.ring < ${pivot}` : sql``
  const [answer] = await transact(db, [
    sql`SELECT c.*, s.ring, s.muted_until, s.booked_date FROM subscriptions s JOIN chats c ON c.id = s.chat_id
        WHERE s.province = ${province} AND s.asleep = 0 AND (s.ring, s.chat_id) > (${cursor.ring}, ${cursor.chatId}) ${end}
          AND s.created_at <= ${followedBy} AND c.status = 'active' ${also}
        ORDER BY s.ring, s.chat_id LIMIT ${limit}`,
  ])
  const rows = answer?.results ?? []
  const followers = rows.map((row) => ({
    chat: decodeRow(chats, row),
    mutedUntil: row.muted_until as number | null,
    bookedDate: row.booked_date as RomeDate | null,
  }))
  const last = rows.at(-1)
  if (last && rows.length === limit) {
    return { followers, next: { pass: cursor.pass, ring: Number(last.ring), chatId: Number(last.id) } }
  }
  return { followers, next: cursor.pass === 1 ? { pass: 2, ...START } : undefined }
}
