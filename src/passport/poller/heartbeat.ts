import { sql } from 'drizzle-orm'
import { type Database, type Statement, transact } from '../../db/client.ts'
import type { StateValues } from '../../db/state.ts'

type Heartbeat = StateValues['poller-heartbeat']

/** Writes one field of the heartbeat and keeps the other: ticks may overlap. */
const beat = (field: keyof Heartbeat, now: number): Statement => {
  const first: Heartbeat = { tickAt: now, lastGoodRoundAt: field === 'lastGoodRoundAt' ? now : null }
  return sql`
    INSERT INTO state (name, value, at) VALUES ('poller-heartbeat', ${JSON.stringify(first)}, ${now})
    ON CONFLICT (name) DO UPDATE SET value = json_set(value, ${`$.${field}`}, ${now}), at = ${now}`
}

/** The statement that notes that the poller is awake. */
export const markTick = (now: number): Statement => beat('tickAt', now)

/** Notes that a round read something. */
export async function markGoodRound(db: Database, now: number): Promise<void> {
  await transact(db, [beat('lastGoodRoundAt', now)])
}
