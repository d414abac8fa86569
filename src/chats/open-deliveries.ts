import { type SQL, sql } from 'drizzle-orm'

/** Deliveries that wait, are claimed or are held, and meet a condition. */
export const openDeliveries = (condition: SQL): SQL => sql`id IN (
  SELECT id FROM open_deliveries WHERE ${condition}
  UNION ALL SELECT id FROM deliveries WHERE status = 'held' AND ${condition})`

/** The ids in claims: a send run holds these deliveries, or held them when it crashed, or has finished them. */
const inClaims = sql`SELECT entry.value FROM claims, json_each(claims.deliveries) AS entry`

/** True for deliveries that a send run may be sending, or may have sent. @param table the name of `deliveries` */
export const isClaimed = (table = sql`deliveries`): SQL => sql`(${table}.status = 'claimed'
  OR (${table}.status = 'queued' AND ${table}.id IN (${inClaims})))`

/** True for deliveries that wait and that no send run has taken: they can still be dropped. */
export const isWaiting = (table = sql`deliveries`): SQL => sql`(${table}.status = 'queued'
  AND ${table}.id NOT IN (${inClaims}))`
