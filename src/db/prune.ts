import { type SQL, sql } from 'drizzle-orm'
import { describeError, log } from '../platform/log.ts'
import { DAY } from '../platform/time.ts'
import { type Database, transact } from './client.ts'
import type { StateName } from './state.ts'

/** Rows deleted by one statement: short enough not to hold up other writers. */
const BATCH = 1_000
/** Statements a table and day, so that a first prune of a large backlog ends; the rest goes the next day. */
const MOST_BATCHES = 50

/** What grows old, and when. The evolution of the slots (`slot_events`) is kept for good. */
const perishables = (now: number): SQL[] => [
  sql`updates WHERE rowid IN (SELECT rowid FROM updates WHERE done_at < ${now - 2 * DAY} LIMIT ${BATCH})`,
  sql`deliveries WHERE id IN (SELECT id FROM deliveries WHERE done_at < ${now - 30 * DAY} LIMIT ${BATCH})`,
  sql`alerts WHERE rowid IN (SELECT rowid FROM alerts WHERE created_at < ${now - 30 * DAY} LIMIT ${BATCH})`,
  sql`metrics WHERE at IN (SELECT at FROM metrics WHERE at < ${now - 40 * DAY} LIMIT ${BATCH})`,
]

async function prune(db: Database, now: number): Promise<number | null> {
  const name: StateName = 'last-prune'
  const [mine] = await transact(db, [
    sql`INSERT INTO state (name, value, at) VALUES (${name}, ${JSON.stringify({ at: now })}, ${now})
        ON CONFLICT (name) DO UPDATE SET value = excluded.value, at = excluded.at WHERE state.at <= ${now - DAY}`,
  ])
  if (mine?.meta.changes === 0) return null
  let deleted = 0
  for (const rows of perishables(now)) {
    for (let batch = 0; batch < MOST_BATCHES; batch++) {
      const [result] = await transact(db, [sql`DELETE FROM ${rows}`])
      const changes = result?.meta.changes ?? 0
      deleted += changes
      if (changes < BATCH) break
    }
  }
  log('info', 'pruned', { deleted })
  return deleted
}

/**
 * Deletes what is of no use any more: once a day, however often it is called. Never rejects: a failure is logged, and
 * must not end the tick that it is part of.
 * @returns how many rows it deleted; null when today's pruning was done before, or failed
 */
export async function pruneDaily(db: Database, now: number): Promise<number | null> {
  try {
    return await prune(db, now)
  } catch (error) {
    log('error', 'prune-failed', { error: describeError(error) })
    return null
  }
}
