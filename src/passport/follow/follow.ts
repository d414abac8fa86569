import { type SQL, sql } from 'drizzle-orm'
import { type Database, type Statement, transact } from '../../db/database.ts'
import { enqueue } from '../../delivery/outbox.ts'
import { ringHash } from '../../platform/id.ts'
import { addDays, MINUTE, romeDate, romeInstant } from '../../platform/time.ts'
import { RENDER } from '../alerts/rendered-content.ts'
import { isFollowed, patchReadings } from '../poller/readings.ts'
import { tellOfExpiryAgain } from './expired-filters.ts'
import { type Follow, isFinished } from './follows.ts'

/** The slots of a province without followers are discarded when its last reading is older than this. */
const MEMORY = 10 * MINUTE

/**
 * The result of following a province. `already`: nothing changed. `started`: it had no followers, readings start now.
 * `watched`: it has followers and was read; a summary of open slots is on its way. `unread`: it has followers and was
 * not read yet. `moved`: it was followed already, and its alerts now go to another forum topic.
 */
export type FollowOutcome = 'already' | 'moved' | 'started' | 'watched' | 'unread'

export interface FollowPlan {
  outcome: FollowOutcome
  /**
   * Polling is paused since this instant, because no portal session is good; null: it goes on, or nothing changed and it
   * was not looked up.
   */
  pausedSince: number | null
  /** To be run in one transaction; empty when nothing changes. */
  statements: Statement[]
}

/** True, in SQL, for a province without active followers whose last reading is too old. */
const cold = (province: SQL, now: number) => sql`(
  NOT EXISTS (SELECT 1 FROM subscriptions s WHERE s.province = ${province} AND s.asleep = 0)
  AND coalesce((SELECT p.last_read_at FROM province_readings p WHERE p.code = ${province}), 0) < ${now - MEMORY})`

/**
 * The statements that prepare the given provinces for a first follower, where none is active: old open slots end as
 * `unwatched`, and the next reading is due at once, or a minute after the last attempt, so that repeated following
 * causes no extra requests. Run them before the subscription is written.
 * @param codes a query with one column, `code`
 */
function beginWatching(codes: SQL, now: number): Statement[] {
  const openSlots = sql`
    FROM slots JOIN offices ON offices.id = slots.office_id
    WHERE slots.gone_at IS NULL AND offices.province IN (${codes}) AND ${cold(sql`offices.province`, now)}`
  return [
    sql`INSERT INTO slot_events (office_id, date, time, kind, places, at, trace)
        SELECT slots.office_id, slots.date, slots.time, 'unwatched', slots.places, ${now}, 'follow' ${openSlots}`,
    sql`UPDATE slots SET gone_at = ${now}, announced_at = NULL WHERE id IN (SELECT slots.id ${openSlots})`,
    sql`UPDATE offices SET doubt_since = NULL
        WHERE doubt_since IS NOT NULL AND province IN (${codes}) AND ${cold(sql`offices.province`, now)}`,
    sql`INSERT INTO provinces (code, watched_since) SELECT code, ${now} FROM (${codes}) WHERE true
        ON CONFLICT (code) DO UPDATE SET watched_since = ${now}, blind_since = NULL
        WHERE NOT ${isFollowed('provinces')}`,
    patchReadings(
      sql`SELECT code, json_object('dueAt', min(due_at, last_attempt_at + ${MINUTE}), 'suspiciousSince', NULL) AS patch
          FROM province_readings
          WHERE last_attempt_at IS NOT NULL AND code IN (${codes}) AND NOT ${isFollowed('province_readings')}`,
      now,
    ),
  ]
}

/** Whether a subscription sends alerts: neither suspended with its chat, nor ended after a booking. */
const isAlerted = (follow: Follow): boolean => !follow.asleep && !isFinished(follow)

/**
 * Plans that a chat follows a province (two-letter code, checked by the caller): run `statements` in one transaction,
 * then nudge the sender for `watched`, read the province now for `started`. Repeating it changes nothing.
 * @param threadId the forum topic that gets the alerts; null: General; undefined: as it was
 * @param known what the caller just read about this subscription: one that needs no change is not read again
 * @param now epoch ms
 */
export async function planFollow(
  db: Database,
  {
    chatId,
    province,
    threadId,
    known,
    now,
    trace,
  }: {
    chatId: number
    province: string
    threadId?: number | null
    known?: Follow | undefined
    now: number
    trace: string
  },
): Promise<FollowPlan> {
  if (known && isAlerted(known) && (threadId === undefined || threadId === known.threadId))
    return { outcome: 'already', pausedSince: null, statements: [] }
  const [found] = await transact(db, [
    sql`SELECT
          EXISTS (SELECT 1 FROM subscriptions WHERE chat_id = ${chatId} AND province = ${province} AND asleep = 0) AS mine,
          (SELECT thread_id FROM subscriptions WHERE chat_id = ${chatId} AND province = ${province}) AS thread_id,
          EXISTS (SELECT 1 FROM subscriptions WHERE province = ${province} AND asleep = 0) AS followed,
          coalesce((SELECT last_read_at FROM province_readings WHERE code = ${province}), 0) AS last_read_at,
          (SELECT value ->> 'since' FROM state WHERE name = 'polling-paused') AS paused_since`,
  ])
  const row = found?.results[0]
  const pausedSince = (row?.paused_since as number | null | undefined) ?? null
  const wasThread = (row?.thread_id as number | null | undefined) ?? null
  const thread = threadId === undefined ? wasThread : threadId
  if (row?.mine === 1) {
    if (thread === wasThread) return { outcome: 'already', pausedSince, statements: [] }
    const move = sql`UPDATE subscriptions SET thread_id = ${thread}
                     WHERE chat_id = ${chatId} AND province = ${province}`
    return { outcome: 'moved', pausedSince, statements: [move] }
  }
  const lastReadAt = Number(row?.last_read_at ?? 0)
  const outcome =
    row?.followed !== 1 && lastReadAt < now - MEMORY ? 'started' : lastReadAt === 0 ? 'unread' : 'watched'
  const summary = {
    event: `summary:${province}:${now}`,
    chatId,
    priority: 'interactive',
    content: { type: 'render', by: RENDER.summary, ref: province },
    eventAt: now,
    trace,
  } as const
  return {
    outcome,
    pausedSince,
    statements: [
      ...beginWatching(sql`SELECT ${province} AS code`, now),
      sql`INSERT INTO subscriptions (chat_id, province, ring, thread_id, created_at)
          VALUES (${chatId}, ${province}, ${ringHash(String(chatId))}, ${thread}, ${now})
          ON CONFLICT (chat_id, province) DO UPDATE SET asleep = 0, thread_id = excluded.thread_id,
            booked_at = CASE asleep WHEN 2 THEN NULL ELSE booked_at END,
            booked_date = CASE asleep WHEN 2 THEN NULL ELSE booked_date END`,
      tellOfExpiryAgain(chatId),
      ...(outcome === 'watched' ? [enqueue([summary], now)] : []),
    ],
  }
}

/** The statement that ends a chat's subscription to a province; none there changes nothing. */
export const unfollow = (chatId: number, province: string): Statement =>
  sql`DELETE FROM subscriptions WHERE chat_id = ${chatId} AND province = ${province}`

/** The statement that ends all subscriptions of a chat. */
export const unfollowAll = (chatId: number): Statement =>
  sql`DELETE FROM subscriptions WHERE chat_id = ${chatId}`

/** The statements that resume the subscriptions of a chat that came back, and the readings of its provinces. */
export const wake = (chatId: number, now: number): Statement[] => [
  ...beginWatching(
    sql`SELECT province AS code FROM subscriptions WHERE chat_id = ${chatId} AND asleep = 1`,
    now,
  ),
  sql`UPDATE subscriptions SET asleep = 0 WHERE chat_id = ${chatId} AND asleep = 1`,
  tellOfExpiryAgain(chatId),
]

/** The end of the Rome day in which `now` falls, epoch ms: until when "mute for today" lasts. */
export const endOfDay = (now: number): number => romeInstant(addDays(romeDate(now), 1), '00:00')

/** The statement that mutes a province for a chat until an instant, or no longer (null). */
export const mute = (chatId: number, province: string, until: number | null): Statement =>
  sql`UPDATE subscriptions SET muted_until = ${until} WHERE chat_id = ${chatId} AND province = ${province}`
