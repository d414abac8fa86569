import { type SQL, sql } from 'drizzle-orm'
import type { Row, Statement } from '../../db/database.ts'
import { columnReader } from '../../db/rows.ts'
import { subscriptions } from '../../db/schema/chats.ts'
import type { RomeDate } from '../../platform/time.ts'
import { provinceName } from '../provinces/provinces.ts'

/** A province that a chat follows. */
export interface Follow {
  province: string
  /** No alerts before this instant; null: not muted. */
  mutedUntil: number | null
  /** The Rome day of the appointment that the person has; empty: they want no more alerts; null: none. */
  bookedDate: RomeDate | null
  /** The forum topic that gets its alerts; null: General. */
  threadId: number | null
  /** Suspended, because the chat refused the bot. */
  asleep: boolean
}

/** In SQL: `bookedDate` of a subscription as it was at an instant; null before the person said that they booked. */
export const bookedDateAt = (subscription: SQL, at: SQL): SQL =>
  sql`CASE WHEN ${subscription}.booked_at <= ${at} THEN ${bookedDateOf(subscription)} END`

/** In SQL: `bookedDate` of a subscription. */
export const bookedDateOf = (subscription: SQL): SQL =>
  sql`CASE ${subscription}.asleep WHEN 2 THEN '' ELSE ${subscription}.booked_date END`

/** Whether the person booked and wants no more alerts. */
export const isFinished = ({ bookedDate }: Pick<Follow, 'bookedDate'>): boolean => bookedDate === ''

/** Whether a followed province sends no alerts now. */
export const isMuted = ({ mutedUntil }: Pick<Follow, 'mutedUntil'>, now: number): boolean =>
  mutedUntil !== null && mutedUntil > now

/** The statement that reads what a chat follows: for `readFollows`. */
export const followsQuery = (chatId: number): Statement =>
  sql`SELECT province, muted_until, ${bookedDateOf(sql`subscriptions`)} AS booked_date, thread_id, asleep FROM subscriptions WHERE chat_id = ${chatId}`

const readFollow = columnReader(subscriptions, 'province', 'mutedUntil', 'bookedDate', 'threadId', 'asleep')

/** What a chat follows, by name of the province. */
export const readFollows = (rows: readonly Row[]): Follow[] =>
  rows.map(readFollow).sort((a, b) => provinceName(a.province).localeCompare(provinceName(b.province), 'it'))
