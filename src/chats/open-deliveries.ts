import { type SQL, sql } from 'drizzle-orm'

/** Open deliveries that meet a condition, found by the partial indexes of open and held ones. */
export const openDeliveries = (condition: SQL): SQL => sql`id IN (
  SELECT id FROM deliveries WHERE status IN ('queued', 'claimed') AND ${condition}
  UNION ALL SELECT id FROM deliveries WHERE status = 'held' AND ${condition})`
