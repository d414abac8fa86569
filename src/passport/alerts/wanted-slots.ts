import { sql } from 'drizzle-orm'
import { type Database, transact } from '../../db/database.ts'
import type { Rendered, ToRender } from '../../delivery/renderer.ts'
import { slotWanted } from '../follow/slot-filter.ts'
import type { AlertNews } from './alert-news.ts'

/** Why a follower gets no alert of a province now; undefined: they get it. */
export type Absence = 'unsubscribed' | 'muted'

/** How a chat follows a province: whether it wants alerts now, and in which forum topic (null: General). */
export interface Followed {
  absence: Absence | undefined
  threadId: number | null
}

/** Reads how chats follow provinces. */
export async function readFollowed(
  db: Database,
  pairs: readonly { chatId: number; province: string }[],
  now: number,
) {
  const [answer] = await transact(db, [
    sql`SELECT s.chat_id, s.province, s.muted_until, s.thread_id
        FROM json_each(${JSON.stringify(pairs)}) AS j
        JOIN subscriptions s ON s.chat_id = j.value ->> 'chatId' AND s.province = j.value ->> 'province'
        WHERE s.asleep = 0`,
  ])
  const follows = new Map((answer?.results ?? []).map((row) => [`${row.chat_id} ${row.province}`, row]))
  return (chatId: number, province: string): Followed => {
    const row = follows.get(`${chatId} ${province}`)
    if (!row) return { absence: 'unsubscribed', threadId: null }
    const muted = Number(row.muted_until ?? 0) > now
    return { absence: muted ? 'muted' : undefined, threadId: row.thread_id as number | null }
  }
}

/** Which of some chats follow a province at all, with a forum topic in which they do so (null: General). */
export async function readFollowing(
  db: Database,
  chatIds: readonly number[],
): Promise<Map<number, number | null>> {
  const [answer] = await transact(db, [
    sql`SELECT chat_id, min(thread_id) AS thread_id FROM subscriptions
        WHERE asleep = 0 AND chat_id IN (SELECT value FROM json_each(${JSON.stringify(chatIds)})) GROUP BY chat_id`,
  ])
  return new Map((answer?.results ?? []).map((row) => [Number(row.chat_id), row.thread_id as number | null]))
}

/** A rendered message as it goes to a forum topic; null: to General. */
export const inThread = (rendered: Rendered, threadId: number | null): Rendered =>
  'message' in rendered && threadId !== null ? { message: { ...rendered.message, threadId } } : rendered

/** The slots of an alert that a chat wants; without `includeGone` only those that are still open. */
export function wantedSlots(news: AlertNews, { chat }: ToRender, includeGone: boolean) {
  const { office, province } = news
  if (!office || !chat) return []
  return news.slots.filter(
    (slot) => (includeGone || !slot.gone) && slotWanted(chat, { id: office.id, province }, slot),
  )
}
