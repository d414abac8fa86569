import { sql } from 'drizzle-orm'
import { type Database, type Row, type Statement, transact } from '../db/database.ts'
import { columnReader } from '../db/rows.ts'
import { deliveries, type Priority, priorities } from '../db/schema/delivery.ts'
import { traceId } from '../platform/id.ts'
import { type ChannelName, channelNames, FIRST_PUSH_ID } from './channels/channel.ts'
import { type Content, readContent, type Unreadable } from './content.ts'

/** A claim expires after this (ms): the next run claims the messages of a crashed one again. */
const CLAIM_MS = 60_000
/** The mark of settled deliveries moves by at least so many: each move is a write, and each step behind it a read. */
const MARK_STEP = 100

/** A delivery that this run has claimed. */
export interface ClaimedDelivery {
  id: number
  event: string
  chatId: number
  priority: Priority
  content: Content | Unreadable
  attempts: number
  eventAt: number
  createdAt: number
  trace: string
}

/** Compares deliveries: by priority, then the oldest first. */
export const inSendingOrder = (a: ClaimedDelivery, b: ClaimedDelivery): number =>
  priorities.indexOf(a.priority) - priorities.indexOf(b.priority) || a.id - b.id

/** What a channel claims: at most so many deliveries, of this priority or a higher one. */
export interface Wanted {
  limit: number
  upTo: Priority
}

/** Which recipients a channel reaches; see `channelOf`. */
const recipients: Record<ChannelName, Statement> = {
  telegram: sql`chat_id < ${FIRST_PUSH_ID}`,
  // All of them are indexed: the rows of a broadcast are not looked through.
  'web-push': sql`indexed = 1 AND chat_id >= ${FIRST_PUSH_ID}`,
}

/**
 * Claims the next due deliveries of some channels, each in its order of sending, in one row for all of them. One whose run
 * crashed is in doubt: it may have been sent.
 */
export async function claimDeliveries(
  db: Database,
  wanted: ReadonlyMap<ChannelName, Wanted>,
  now: number,
): Promise<ClaimedDelivery[]> {
  const token = traceId()
  // Replies are indexed: for them alone, the rows of a broadcast are not looked through.
  const chosen = [...wanted].map(
    ([channel, { limit, upTo }]) => sql`
          SELECT id FROM (
            SELECT id FROM open_deliveries
            WHERE indexed >= ${upTo === 'interactive' ? 1 : 0} AND lane <= ${priorities.indexOf(upTo)}
              AND ${recipients[channel]} AND coalesce(claimed_until, not_before) <= ${now}
            ORDER BY lane, id LIMIT ${limit})`,
  )
  const [, taken] = await transact(db, [
    sql`INSERT INTO claims (token, deliveries, lease_until)
        SELECT ${token}, json_group_array(id), ${now + CLAIM_MS} FROM (${sql.join(chosen, sql` UNION ALL `)})
        HAVING count(*) > 0`,
    sql`SELECT d.id, event, chat_id, lane, content, attempts + 1 AS attempts, event_at, created_at, trace, status,
               d.id IN (SELECT other.value FROM claims, json_each(claims.deliveries) AS other WHERE token <> ${token})
               AS reclaimed
        FROM claims AS mine, json_each(mine.deliveries) AS entry JOIN deliveries d ON d.id = entry.value
        WHERE mine.token = ${token}`,
  ])
  const rows = taken?.results ?? []
  const doubtful = rows.filter(isDoubtful).map(({ id }) => Number(id))
  if (doubtful.length > 0) await transact(db, [markDoubtful(doubtful)])
  return rows.map(claimedOf).sort(inSendingOrder)
}

/** Its run crashed: of this version, or of 0.2.0 and older, which wrote that into the delivery and counted the attempt. */
const isDoubtful = ({ status, reclaimed }: Row): boolean => status === 'claimed' || reclaimed === 1

const markDoubtful = (ids: readonly number[]): Statement =>
  sql`UPDATE deliveries SET attempts = attempts + (status = 'queued'), status = 'queued', reason = 'in-doubt'
      WHERE id IN (SELECT value FROM json_each(${JSON.stringify(ids)})) AND status IN ('queued', 'claimed')`

const claimedColumns = columnReader(
  deliveries,
  'id',
  'event',
  'chatId',
  'priority',
  'attempts',
  'eventAt',
  'createdAt',
  'trace',
)
const claimedOf = (row: Row): ClaimedDelivery => {
  const columns = claimedColumns(row)
  return {
    ...columns,
    attempts: columns.attempts + (row.status === 'queued' && isDoubtful(row) ? 1 : 0),
    priority: priorities[columns.priority],
    content: readContent(String(row.content)),
  }
}

/**
 * The statement that takes deliveries out of all claims, so that they can be claimed again and are not in doubt, and
 * prolongs the claims of those that their run goes on with. Both are JSON arrays of ids.
 */
export const updateClaims = (returned: string, continued: string, now: number): Statement => sql`
  UPDATE claims SET
    deliveries = (SELECT json_group_array(value) FROM json_each(claims.deliveries)
                  WHERE value NOT IN (SELECT value FROM json_each(${returned}))),
    lease_until = CASE WHEN EXISTS (SELECT 1 FROM json_each(claims.deliveries)
                                    WHERE value IN (SELECT value FROM json_each(${continued})))
                  THEN ${now + CLAIM_MS} ELSE lease_until END
  WHERE EXISTS (SELECT 1 FROM json_each(claims.deliveries) WHERE value IN (
    SELECT value FROM json_each(${returned}) UNION ALL SELECT value FROM json_each(${continued})))`

/** The statement that deletes claims whose deliveries are all finished. */
export const dropFinishedClaims = (): Statement => sql`
  DELETE FROM claims WHERE NOT EXISTS (
    SELECT 1 FROM json_each(claims.deliveries) AS entry JOIN deliveries ON deliveries.id = entry.value
    WHERE status IN ('queued', 'claimed'))`

/**
 * The statement that moves the mark of settled deliveries to the first open one that no index finds. It never passes one:
 * ids rise, nothing that is finished opens again, and what has to wait is indexed before.
 */
export const markSettled = (now: number): Statement => sql`
  INSERT INTO state (name, value, at)
  WITH mark AS (SELECT coalesce((SELECT value ->> 'upTo' FROM state WHERE name = 'settled-deliveries'), 0) AS up_to)
  SELECT 'settled-deliveries', json_object('upTo', settled), ${now} FROM mark, (
    SELECT coalesce(
      (SELECT id - 1 FROM deliveries WHERE id > (SELECT up_to FROM mark) AND indexed = 0 AND status IN ('queued', 'claimed')
       ORDER BY id LIMIT 1),
      (SELECT max(id) FROM deliveries), 0) AS settled)
  WHERE settled >= mark.up_to + ${MARK_STEP}
  ON CONFLICT (name) DO UPDATE SET value = excluded.value, at = excluded.at`

/** When each channel's next delivery is due (epoch ms; in the past: it waits already); absent when none is open. */
export async function nextDueAt(db: Database): Promise<Partial<Record<ChannelName, number>>> {
  const [answer] = await transact(db, [
    sql`SELECT chat_id >= ${FIRST_PUSH_ID} AS push, min(coalesce(claimed_until, not_before)) AS due
        FROM open_deliveries GROUP BY 1`,
  ])
  return Object.fromEntries((answer?.results ?? []).map(({ push, due }) => [channelNames[Number(push)], due]))
}
