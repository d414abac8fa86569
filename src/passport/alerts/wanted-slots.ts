import { sql } from 'drizzle-orm'
import { type Database, transact } from '../../db/database.ts'
import type { Rendered, ToRender } from '../../delivery/renderer.ts'
import type { RomeDate } from '../../platform/time.ts'
import { needsSeveral, ONE_PLACE } from '../follow/several-places.ts'
import { NO_FILTER, newlyWanted, type SlotFilter, wantedOf } from '../follow/slot-filter.ts'
import { byTime, slotKey } from '../rules/known-office.ts'
import { openWhenSent } from '../rules/slot-outcome.ts'
import type { AlertNews, ListedSlot } from './alert-news.ts'

/** Why a follower gets no alert of a province now; undefined: they get it. */
export type Absence = 'unsubscribed' | 'muted'

/** How a chat follows a province: whether it wants alerts now, and in which forum topic (null: General). */
export interface Followed {
  absence: Absence | undefined
  threadId: number | null
  /** The Rome day of the appointment that the person has there; null: none. */
  bookedDate: RomeDate | null
}

/** Reads how chats follow provinces. */
export async function readFollowed(
  db: Database,
  pairs: readonly { chatId: number; province: string }[],
  now: number,
) {
  const [answer] = await transact(db, [
    sql`SELECT s.chat_id, s.province, s.muted_until, s.thread_id, s.booked_date
        FROM json_each(${JSON.stringify(pairs)}) AS j
        JOIN subscriptions s ON s.chat_id = j.value ->> 'chatId' AND s.province = j.value ->> 'province'
        WHERE s.asleep = 0`,
  ])
  const follows = new Map((answer?.results ?? []).map((row) => [`${row.chat_id} ${row.province}`, row]))
  return (chatId: number, province: string): Followed => {
    const row = follows.get(`${chatId} ${province}`)
    if (!row) return { absence: 'unsubscribed', threadId: null, bookedDate: null }
    const muted = Number(row.muted_until ?? 0) > now
    return {
      absence: muted ? 'muted' : undefined,
      threadId: row.thread_id as number | null,
      bookedDate: row.booked_date as RomeDate | null,
    }
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

/** The slots of an alert's days, in order. */
const ofDays = ({ slots, sameDay }: AlertNews): ListedSlot[] => [...slots, ...sameDay].sort(byTime)

/**
 * The slots of an alert that are news to a chat: the new ones; for a chat that needs several places those that its filters let
 * pass only since that reading, known ones too.
 */
export function newsTo(news: AlertNews, filter: SlotFilter): ListedSlot[] {
  const { office, province, slots, places } = news
  if (!office || places === null || !needsSeveral(filter)) return slots
  const wanted = newlyWanted(filter, { id: office.id, province }, places)
  const keys = new Set(wanted.map(slotKey))
  return ofDays(news).filter((slot) => keys.has(slotKey(slot)))
}

/**
 * What an alert lists for a chat.
 * @param fresh slots that are news to it: those that pass its filters are listed
 * @param all of these days, if the chat adds up the places of a day: then it gets all that it wants on the days of these slots
 */
function listing(
  { office, province }: AlertNews,
  filter: SlotFilter,
  fresh: readonly ListedSlot[],
  all: readonly ListedSlot[] | null,
): ListedSlot[] {
  if (!office) return []
  const place = { id: office.id, province }
  if (all === null) return wantedOf(filter, place, fresh)
  const days = new Set(wantedOf(filter, place, fresh, all).map(({ date }) => date))
  return wantedOf(filter, place, all).filter(({ date }) => days.has(date))
}

/** What an alert lists for a chat: the slots that it wants and that are still open. */
export const wantedSlots = (news: AlertNews, filter: SlotFilter): ListedSlot[] => {
  const isOpen = (slot: ListedSlot) => !slot.gone
  const all = filter.minDayPlaces > 1 ? ofDays(news).filter(isOpen) : null
  return listing(news, filter, newsTo(news, filter).filter(isOpen), all)
}

/** The message that an edit corrects. */
export interface SentMessage {
  /** When it was sent, epoch ms: the slots that had closed by then were not in it. */
  sentAt: number
  /** The day of the appointment that the person had in a province by then; null: none. */
  bookedDate(province: string): RomeDate | null
}

/** Reads the messages that edits correct. */
export async function readSent(
  db: Database,
  items: readonly ToRender[],
): Promise<(item: ToRender) => SentMessage> {
  const eventOf = ({ delivery: { content } }: ToRender) =>
    content.type === 'render' && content.edits && 'event' in content.edits ? content.edits.event : ''
  const pairs = items.map((item) => ({ event: eventOf(item), chatId: item.delivery.chatId }))
  const [answer, bookings] = await transact(db, [
    sql`SELECT d.event, d.chat_id, d.done_at FROM json_each(${JSON.stringify(pairs)}) AS j
        JOIN deliveries d ON d.event = j.value ->> 'event' AND d.chat_id = j.value ->> 'chatId'
        WHERE d.status = 'sent'`,
    sql`SELECT chat_id, province, booked_at, booked_date FROM subscriptions
        WHERE chat_id IN (SELECT value ->> 'chatId' FROM json_each(${JSON.stringify(pairs)})) AND booked_date IS NOT NULL`,
  ])
  const sent = new Map(
    (answer?.results ?? []).map((row) => [`${row.event} ${row.chat_id}`, Number(row.done_at ?? 0)]),
  )
  const booked = new Map((bookings?.results ?? []).map((row) => [`${row.chat_id} ${row.province}`, row]))
  return (item) => {
    const { chatId } = item.delivery
    const sentAt = sent.get(`${eventOf(item)} ${chatId}`) ?? 0
    return {
      sentAt,
      bookedDate(province) {
        const row = booked.get(`${chatId} ${province}`)
        return row && Number(row.booked_at) <= sentAt ? String(row.booked_date) : null
      },
    }
  }
}

/**
 * The slots that an edit lists: those that the message listed when it was sent. When the chat's filters have changed so
 * much that none is left, all that were open then; of known slots, if possible, those that met the chat's wish.
 */
export function listedSlots(
  news: AlertNews,
  chat: SlotFilter | undefined,
  { sentAt, bookedDate }: SentMessage,
): ListedSlot[] {
  const wereOpen = (slot: ListedSlot) => openWhenSent(slot, sentAt)
  const own = news.slots.filter(wereOpen)
  if (!chat) return own
  const sameDay = news.sameDay.filter(({ openedAt }) => openedAt <= sentAt)
  const all = ofDays({ ...news, sameDay }).filter(wereOpen)
  const booked = { ...chat, bookedDate: bookedDate(news.province) }
  const fresh = newsTo({ ...news, sameDay }, booked).filter(wereOpen)
  // There were enough places when the message was sent; some may be gone since.
  const filter = { ...booked, ...ONE_PLACE }
  const then = new Map((news.places ?? []).map(([date, time, , places]) => [slotKey({ date, time }), places]))
  const sufficed = (slot: ListedSlot) => Math.max(slot.places, then.get(slotKey(slot)) ?? 0) >= chat.minPlaces
  const listedOf = (slots: ListedSlot[]) => slots.filter(sufficed)
  const wanted = listing(news, filter, listedOf(fresh), chat.minDayPlaces > 1 ? listedOf(all) : null)
  // The chat's filters may have changed since.
  const { minPlaces, minDayPlaces } = chat
  const anyDay = newsTo({ ...news, sameDay }, { ...NO_FILTER, minPlaces, minDayPlaces }).filter(wereOpen)
  return [wanted, anyDay, own].find((slots) => slots.length > 0) ?? all
}
