import { sql } from 'drizzle-orm'
import type { Chat } from '../../chats/chat-row.ts'
import { quietHoursEnd } from '../../chats/quiet-hours.ts'
import { type Database, type Statement, transact } from '../../db/database.ts'
import { decodeRow } from '../../db/rows.ts'
import { chats } from '../../db/schema/chats.ts'
import { button } from '../../delivery/button-data.ts'
import type { Message } from '../../delivery/content.ts'
import { enqueue, type OutboxMessage } from '../../delivery/outbox.ts'
import { log } from '../../platform/log.ts'
import { type RomeDate, romeDate, romeTime } from '../../platform/time.ts'
import type { Texts } from '../../texts/index.ts'
import { RENDER } from '../alerts/rendered-content.ts'

/** Chats of one transaction, and transactions of one run: 40,000 chats with 120 queries. The next minute continues. */
const PAGE = 1_000
const MAX_PAGES = 40

/**
 * The Rome times between which chats are notified: filters expire at midnight, and the notice can wait for the morning.
 */
const TOLD_FROM = '09:00'
const TOLD_TO = '21:00'

/** True when a chat's date filter excludes every slot from today on. */
export const filterExpired = ({ onlyBefore }: Pick<Chat, 'onlyBefore'>, today: RomeDate): boolean =>
  onlyBefore !== null && onlyBefore <= today

/** The statement after which a chat is notified of its expired filter again: it follows again, or came back. */
export const tellOfExpiryAgain = (chatId: number): Statement =>
  sql`UPDATE chats SET filter_expiry_told = NULL WHERE id = ${chatId} AND filter_expiry_told IS NOT NULL`

/**
 * Enqueues a message to each chat that follows something and whose date filter has expired, once for each date; a chat
 * with quiet hours gets it when they end. It reads only chats not notified yet, so that it can run each minute.
 * @param now epoch ms
 * @returns how many messages were enqueued
 */
export async function notifyExpiredFilters(db: Database, trace: string, now: number): Promise<number> {
  const time = romeTime(now)
  if (time < TOLD_FROM || time >= TOLD_TO) return 0
  let notified = 0
  for (let page = 0; page < MAX_PAGES; page++) {
    const [found] = await transact(db, [
      sql`SELECT *, EXISTS (SELECT 1 FROM subscriptions WHERE chat_id = chats.id AND asleep = 0) AS follows FROM chats
          WHERE only_before IS NOT NULL AND filter_expiry_told IS NOT only_before AND only_before <= ${romeDate(now)}
          ORDER BY only_before LIMIT ${PAGE}`,
    ])
    const rows = found?.results ?? []
    if (rows.length === 0) break
    const messages = rows
      .filter(({ follows }) => follows === 1)
      .map((row) => messageTo(decodeRow(chats, row), trace, now))
    // By date, so that a filter changed at this moment does not count as notified.
    const handled = rows.map(({ id, only_before: date }) => ({ id, date }))
    await transact(db, [
      ...(messages.length > 0 ? [enqueue(messages, now)] : []),
      sql`UPDATE chats SET filter_expiry_told = only_before FROM json_each(${JSON.stringify(handled)}) AS j
          WHERE chats.id = j.value ->> 'id' AND only_before = j.value ->> 'date'`,
    ])
    notified += messages.length
    if (rows.length < PAGE) break
  }
  if (notified > 0) log('info', 'filters-expired', { trace, notified })
  return notified
}

function messageTo(chat: Chat, trace: string, now: number): OutboxMessage {
  const date = String(chat.onlyBefore)
  const quietEnd = chat.quietMode === 'digest' ? quietHoursEnd(chat, now) : null
  return {
    event: `filter-expired:${date}`,
    chatId: chat.id,
    priority: 'alert',
    content: { type: 'render', by: RENDER.filterExpired, ref: date },
    eventAt: quietEnd ?? now,
    trace,
    ...(quietEnd !== null && { notBefore: quietEnd }),
  }
}

/** Says that the date filter has expired, and offers to change or to remove it. */
export const expiredFilterMessage = (texts: Texts, date: RomeDate): Message => ({
  text: texts.alerts.filterExpired(texts.dates.full(date)),
  keyboard: expiredFilterButtons(texts),
})

/** To change the date filter, or to remove it; the bot's settings handle them. */
export const expiredFilterButtons = (texts: Texts) => [
  [button(texts.alerts.filterChange, 'before'), button(texts.alerts.filterRemove, 'set-before', 'off')],
]
