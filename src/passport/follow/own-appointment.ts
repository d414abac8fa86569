import { sql } from 'drizzle-orm'
import type { Statement } from '../../db/database.ts'
import type { RomeDate } from '../../platform/time.ts'

/** The statement after which a chat gets no more alerts of a province where its person booked. */
export const finish = (chatId: number, province: string, now: number): Statement =>
  sql`UPDATE subscriptions SET asleep = 2, booked_at = ${now}, booked_date = NULL, muted_until = NULL
      WHERE chat_id = ${chatId} AND province = ${province}`

/** The statement after which a chat gets alerts only of slots before the appointment that its person has. */
export const keepEarlier = (chatId: number, province: string, date: RomeDate, now: number): Statement =>
  sql`UPDATE subscriptions SET booked_at = ${now}, booked_date = ${date}
      WHERE chat_id = ${chatId} AND province = ${province} AND asleep = 0`

/** The statement after which no appointment limits a chat's alerts. A finished subscription is followed again instead. */
export const forgetBooking = (chatId: number, province: string): Statement =>
  sql`UPDATE subscriptions SET booked_at = NULL, booked_date = NULL
      WHERE chat_id = ${chatId} AND province = ${province} AND asleep = 0`

/** In how many subscriptions somebody said since an instant (epoch ms) that they booked: for statistics. */
export const bookingsSince = (since: number): Statement =>
  sql`SELECT count(*) AS bookings FROM subscriptions WHERE booked_at > ${since}`
