import { sql } from 'drizzle-orm'
import type { Statement } from '../../db/database.ts'
import type { RomeDate } from '../../platform/time.ts'

/** The statement that ends a chat's alerts of a province, since the person booked there. */
export const finish = (chatId: number, province: string, now: number): Statement =>
  sql`UPDATE subscriptions SET asleep = 2, booked_at = ${now}, booked_date = NULL, muted_until = NULL
      WHERE chat_id = ${chatId} AND province = ${province}`

/** The statement that limits a chat's alerts of a province to slots before the person's appointment there. */
export const keepEarlier = (chatId: number, province: string, date: RomeDate, now: number): Statement =>
  sql`UPDATE subscriptions SET booked_at = ${now}, booked_date = ${date}
      WHERE chat_id = ${chatId} AND province = ${province} AND asleep = 0`

/** The statement that removes this limit. It leaves a finished subscription alone: `planFollow` resumes that. */
export const forgetBooking = (chatId: number, province: string): Statement =>
  sql`UPDATE subscriptions SET booked_at = NULL, booked_date = NULL
      WHERE chat_id = ${chatId} AND province = ${province} AND asleep = 0`

/** In how many subscriptions somebody said since an instant (epoch ms) that they booked: for statistics. */
export const bookingsSince = (since: number): Statement =>
  sql`SELECT count(*) AS bookings FROM subscriptions WHERE booked_at > ${since}`
