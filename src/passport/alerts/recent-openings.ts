import { sql } from 'drizzle-orm'
import type { Chat } from '../../chats/chat-row.ts'
import { type Database, type Row, transact } from '../../db/database.ts'
import { count, flag, maybeNumber, maybeText, rowReader, text } from '../../db/rows.ts'
import type { DeliveryStatus } from '../../db/schema/delivery.ts'
import { DAY, type RomeTime, romeDate } from '../../platform/time.ts'
import { bookedDateAt } from '../follow/follows.ts'
import { type FilterName, refusalOf, slotsAt } from '../follow/slot-filter.ts'
import { bookability } from '../rules/bookable.ts'
import { byTime, slotKey } from '../rules/known-office.ts'
import { type DeliveryRecord, type SlotOutcome, slotOutcomes } from '../rules/slot-outcome.ts'
import { type AlertNews, anyWish, type ListedSlot, readAlertNews } from './alert-news.ts'
import { newsTo } from './wanted-slots.ts'

/** How far back openings are listed, and how many. */
const LOOK_BACK = 7 * DAY
const MOST = 8
/** A slot waits for its announcement until its office's hour, so for a day at most. */
const UNANNOUNCED_LOOK_BACK = DAY
const MOST_UNANNOUNCED = 200

/**
 * What became of a slot for a chat. Announced slots have a `SlotOutcome`. A slot that was not announced waits for its
 * office's hour (`opens-later`) or was taken before it (`gone-early`); one of an unsteady office waits for a second reading
 * (`second-reading`), or was missing in it (`unconfirmed`).
 */
export type OpeningOutcome =
  | SlotOutcome<FilterName>
  | { kind: 'opens-later' | 'gone-early'; from: RomeTime | null }
  | { kind: 'second-reading' | 'unconfirmed' }

/** The early notice of an opening: sent at an instant, or waiting until it for the end of quiet hours; epoch ms. */
export interface OpeningNotice {
  at: number
  sent: boolean
}

/** Slots of an office that were seen at once, by what became of them for one chat. */
export interface RecentOpening {
  province: string
  office: { code: string; name: string }
  /** When the poller saw them, epoch ms. */
  seenAt: number
  groups: { outcome: OpeningOutcome; slots: ListedSlot[] }[]
  /** The chat got, or is about to get, an early notice that listed some of these slots. */
  notice?: OpeningNotice
  /** Its alert, if the chat got it and all of it is gone: it can be reported as false. */
  reportable?: { alertId: string; reported: boolean }
}

/** Puts slots with equal outcomes together, in order of their first slot. */
function grouped(slots: readonly ListedSlot[], outcomes: readonly OpeningOutcome[]): RecentOpening['groups'] {
  const groups = new Map<string, RecentOpening['groups'][number]>()
  for (const [index, slot] of slots.entries()) {
    const outcome = outcomes[index]
    if (!outcome) continue
    const key = JSON.stringify(outcome)
    const group = groups.get(key) ?? { outcome, slots: [] }
    group.slots.push(slot)
    groups.set(key, group)
  }
  return [...groups.values()]
}

const readAlert = rowReader({
  id: text,
  createdAt: count,
  fannedOutAt: maybeNumber,
  followedSince: count,
  mutedUntil: maybeNumber,
  bookedDate: maybeText,
})

const deliveryReader = (prefix: string) => {
  const read = rowReader({ status: maybeText, reason: maybeText, doneAt: maybeNumber, notBefore: count })
  return (row: Row): DeliveryRecord | null => {
    const own = Object.fromEntries(
      ['status', 'reason', 'done_at', 'not_before'].map((name) => [name, row[prefix + name]]),
    )
    const { status, ...rest } = read(own)
    return status === null ? null : { status: status as DeliveryStatus, ...rest }
  }
}
const readDelivery = deliveryReader('')
const readDigest = deliveryReader('digest_')

const readUnannounced = rowReader({
  officeId: text,
  province: text,
  code: text,
  name: text,
  bookableFrom: maybeText,
  date: text,
  time: text,
  places: count,
  openedAt: count,
  goneAt: maybeNumber,
  bookedDate: maybeText,
})

const readNotice = rowReader({
  officeId: text,
  slots: text,
  createdAt: count,
  sentAt: maybeNumber,
  notBefore: count,
})

/** An office's slots that were seen at an instant. */
interface Seen {
  officeId: string
  seenAt: number
  slots: readonly Pick<ListedSlot, 'date' | 'time'>[]
}

/** Finds the early notice that listed some of the slots; the day on which they are shown early is that of their opening. */
function noticesOf(rows: readonly Row[]): (seen: Seen) => { notice?: OpeningNotice } {
  const notices = rows.map(readNotice).map(({ slots, ...notice }) => ({
    ...notice,
    keys: new Set((JSON.parse(slots) as [string, string][]).map((slot) => slot.join(' '))),
  }))
  return ({ officeId, seenAt, slots }) => {
    const found = notices.find(
      (notice) =>
        notice.officeId === officeId &&
        romeDate(notice.createdAt) === romeDate(seenAt) &&
        slots.some(({ date, time }) => notice.keys.has(`${date} ${time}`)),
    )
    if (!found) return {}
    const { sentAt, notBefore, createdAt } = found
    return { notice: { at: sentAt ?? Math.max(notBefore, createdAt), sent: sentAt !== null } }
  }
}

/** What became of an alert's slots for a chat. */
function openingOf(
  chat: Chat,
  row: Row,
  news: AlertNews,
  noticeOf: ReturnType<typeof noticesOf>,
): RecentOpening | undefined {
  const { office, province, places, sameDay } = news
  const record = { ...readAlert(row), delivery: readDelivery(row), digest: readDigest(row) }
  const filter = { ...chat, bookedDate: record.bookedDate }
  const slots = [...new Set([...news.slots, ...newsTo(news, filter)])].sort(byTime)
  if (!office || slots.length === 0) return undefined
  // What was open at that reading; of older alerts only what is open now is known.
  const open = places ? slotsAt(places, 3) : [...slots, ...sameDay.filter(({ gone }) => !gone)]
  const outcomes = slotOutcomes(record, slots, (slot) => {
    const then = open.find((one) => slotKey(one) === slotKey(slot)) ?? slot
    return refusalOf(filter, { id: office.id, province }, then, open)
  })
  const wasSent = outcomes.some(({ kind }) => kind === 'sent')
  return {
    province,
    office,
    seenAt: record.createdAt,
    groups: grouped(slots, outcomes),
    ...noticeOf({ officeId: office.id, seenAt: record.createdAt, slots }),
    ...(wasSent &&
      slots.every(({ gone }) => gone) && {
        reportable: { alertId: news.id, reported: flag(row.reported) },
      }),
  }
}

/** The slots that were not announced, by office and moment. */
function unannounced(
  chat: Chat,
  rows: readonly Row[],
  noticeOf: ReturnType<typeof noticesOf>,
): RecentOpening[] {
  const slots = rows.map(readUnannounced)
  return [...Map.groupBy(slots, ({ officeId, openedAt }) => `${officeId} ${openedAt}`).values()].flatMap(
    (group) => {
      const [first] = group
      if (!first) return []
      const { officeId: id, province, code, name, openedAt, bookableFrom: from, bookedDate } = first
      const outcomes = group.map((slot): OpeningOutcome => {
        const by = refusalOf({ ...chat, bookedDate }, { id, province }, slot, group)
        if (by !== null) return { kind: 'filtered', by }
        const isOpen = slot.goneAt === null
        if (bookability(from, openedAt).when !== 'later')
          return { kind: isOpen ? 'second-reading' : 'unconfirmed' }
        return { kind: isOpen ? 'opens-later' : 'gone-early', from }
      })
      const listed = group.map((slot) => ({ ...slot, gone: slot.goneAt !== null }))
      const opening = {
        province,
        office: { code, name },
        seenAt: openedAt,
        groups: grouped(listed, outcomes),
      }
      return [{ ...opening, ...noticeOf({ officeId: id, seenAt: openedAt, slots: group }) }]
    },
  )
}

/**
 * The last slots that were seen in a chat's provinces, newest first, and what became of each for that chat. It reads
 * what deliveries recorded (kept for 30 days, as alerts are), and otherwise applies the chat's present filters and mutes.
 * It reads at most eight alerts and eight early notices of each province, and the slot events of the last day.
 * @param now epoch ms
 */
export async function readRecentOpenings(db: Database, chat: Chat, now: number): Promise<RecentOpening[]> {
  const [alerts, waiting, early] = await transact(db, [
    sql`WITH recent AS MATERIALIZED (
          SELECT a.id, a.created_at, a.fanned_out_at, s.chat_id, s.created_at AS followed_since, s.muted_until,
                 ${bookedDateAt(sql`s`, sql`a.created_at`)} AS booked_date
          FROM subscriptions s CROSS JOIN alerts a ON a.rowid IN (
            SELECT rowid FROM alerts WHERE province = s.province AND created_at > ${now - LOOK_BACK} AND kind = 'open'
              AND (slots <> '[]' OR EXISTS (SELECT 1 FROM deliveries WHERE event = alerts.id AND chat_id = s.chat_id))
            ORDER BY created_at DESC LIMIT ${MOST})
          WHERE s.chat_id = ${chat.id} ORDER BY a.created_at DESC LIMIT ${MOST})
        SELECT recent.*, d.status, d.reason, d.done_at, d.not_before, digest.status AS digest_status,
               digest.reason AS digest_reason, digest.done_at AS digest_done_at, digest.not_before AS digest_not_before,
               EXISTS (SELECT 1 FROM false_alarms f WHERE f.alert_id = recent.id AND f.chat_id = recent.chat_id) AS reported
        FROM recent LEFT JOIN deliveries d ON d.event = recent.id AND d.chat_id = recent.chat_id
        LEFT JOIN deliveries digest ON d.status = 'merged' AND digest.event = d.reason
          AND digest.chat_id = d.chat_id
        ORDER BY recent.created_at DESC`,
    // Left out: slots from before this chat followed the province, and those that ended because nobody followed it any more:
    // nothing is known of these, not even whether they were announced.
    sql`SELECT o.id AS office_id, o.province, o.code, o.name, o.bookable_from, s.date, s.time, s.places, s.opened_at,
               ${bookedDateAt(sql`f`, sql`s.opened_at`)} AS booked_date,
               s.gone_at
        FROM subscriptions f CROSS JOIN offices o ON o.province = f.province
        CROSS JOIN slot_events e ON e.office_id = o.id AND e.at > max(${now - UNANNOUNCED_LOOK_BACK}, f.created_at)
          AND e.kind = 'seen'
        CROSS JOIN slots s ON s.office_id = e.office_id AND s.date = e.date AND s.time = e.time
          AND s.opened_at = e.at AND s.announced_at IS NULL
        WHERE f.chat_id = ${chat.id} AND NOT EXISTS (
          SELECT 1 FROM slot_events u WHERE u.office_id = s.office_id AND u.at = s.gone_at AND u.kind = 'unwatched'
            AND u.date = s.date AND u.time = s.time)
        ORDER BY s.opened_at DESC, s.date, s.time LIMIT ${MOST_UNANNOUNCED}`,
    sql`SELECT a.office_id, a.slots, a.created_at, d.done_at AS sent_at, d.not_before
        FROM subscriptions f CROSS JOIN alerts a ON a.rowid IN (
          SELECT rowid FROM alerts WHERE province = f.province AND created_at > ${now - LOOK_BACK} AND kind = 'early'
          ORDER BY created_at DESC LIMIT ${MOST})
        JOIN deliveries d ON d.event = a.id AND d.chat_id = f.chat_id AND d.status IN ('queued', 'sent')
        WHERE f.chat_id = ${chat.id}`,
  ])
  const rows = alerts?.results ?? []
  const news = await readAlertNews(
    db,
    rows.map(({ id }) => String(id)),
    anyWish([chat]),
  )
  const noticeOf = noticesOf(early?.results ?? [])
  const announced = rows.flatMap((row) => {
    const alert = news.get(String(row.id))
    return (alert && openingOf(chat, row, alert, noticeOf)) ?? []
  })
  return [...announced, ...unannounced(chat, waiting?.results ?? [], noticeOf)]
    .sort((a, b) => b.seenAt - a.seenAt)
    .slice(0, MOST)
}
