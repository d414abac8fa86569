import { sql } from 'drizzle-orm'
import { type Database, transact } from '../../db/database.ts'
import type { ToRender } from '../../delivery/renderer.ts'
import { slotWanted } from '../follow/slot-filter.ts'
import type { AlertNews } from './alert-news.ts'

/** Why a follower does not want an alert of a province now; undefined: they want it. */
export type Absence = 'unsubscribed' | 'muted'

/** Reads whether chats want alerts of provinces. @returns why one does not want them now; undefined: it does */
export async function readAbsences(
  db: Database,
  pairs: readonly { chatId: number; province: string }[],
  now: number,
) {
  const [answer] = await transact(db, [
    sql`SELECT s.chat_id, s.province, s.muted_until
        FROM json_each(${JSON.stringify(pairs)}) AS j
        JOIN subscriptions s ON s.chat_id = j.value ->> 'chatId' AND s.province = j.value ->> 'province'
        WHERE s.asleep = 0`,
  ])
  const follows = new Map(
    (answer?.results ?? []).map((row) => [
      `${row.chat_id} ${row.province}`,
      (row.muted_until as number | null) ?? 0,
    ]),
  )
  return (chatId: number, province: string): Absence | undefined => {
    const mutedUntil = follows.get(`${chatId} ${province}`)
    if (mutedUntil === undefined) return 'unsubscribed'
    return mutedUntil > now ? 'muted' : undefined
  }
}

/** Which of some chats follow a province at all. */
export async function readFollowing(db: Database, chatIds: readonly number[]): Promise<Set<number>> {
  const [answer] = await transact(db, [
    sql`SELECT DISTINCT chat_id FROM subscriptions
        WHERE asleep = 0 AND chat_id IN (SELECT value FROM json_each(${JSON.stringify(chatIds)}))`,
  ])
  return new Set((answer?.results ?? []).map((row) => Number(row.chat_id)))
}

/** The slots of an alert that a chat wants; without `includeGone` only those that are still open. */
export function wantedSlots(news: AlertNews, { chat }: ToRender, includeGone: boolean) {
  const { office, province } = news
  if (!office || !chat) return []
  return news.slots.filter(
    (slot) => (includeGone || !slot.gone) && slotWanted(chat, { id: office.id, province }, slot),
  )
}
