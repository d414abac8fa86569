import { type SQL, sql } from 'drizzle-orm'
import { describeError, log } from '../platform/log.ts'
import { MINUTE } from '../platform/time.ts'
import { type Database, type Statement, transact } from './database.ts'
import { type Count, type Counts, tally } from './tally.ts'

/** Metrics are stored in periods of ten minutes. */
export const BUCKET = 10 * MINUTE
/** An isolate writes its counts at most this often, ms. */
const SAVE_EVERY = MINUTE

/** The statement that adds counts to their period: one row written for any number of names. */
export const addCounts = (counts: Counts, now: number): Statement => sql`
  INSERT INTO metrics (at, counts) VALUES (${now - (now % BUCKET)}, ${JSON.stringify(counts)})
  ON CONFLICT (at) DO UPDATE SET counts = (
    SELECT json_group_object(key, json_array(count, total)) FROM (
      SELECT key, sum(value ->> 0) AS count, sum(value ->> 1) AS total
      FROM (SELECT key, value FROM json_each(metrics.counts)
            UNION ALL SELECT key, value FROM json_each(excluded.counts))
      GROUP BY key))`

let savedAt = Number.NEGATIVE_INFINITY

/**
 * Writes this isolate's counts if the last write is a minute ago; called at the end of every invocation. Never rejects:
 * counts that could not be written are kept for the next call.
 * @param now epoch ms
 * @returns undefined when it is too soon, so that most invocations wait for nothing
 */
export function saveTally(db: Database, now: number): Promise<void> | undefined {
  const elapsed = now - savedAt
  if (tally.isEmpty || (elapsed >= 0 && elapsed < SAVE_EVERY)) return undefined
  savedAt = now
  return save(db, now)
}

async function save(db: Database, now: number): Promise<void> {
  const counts = tally.take()
  try {
    await transact(db, [addCounts(counts, now)])
  } catch (error) {
    tally.putBack(counts)
    log('warn', 'counts-not-saved', { error: describeError(error) })
  }
}

/** A span of time, epoch ms; `to` is exclusive. */
export interface Period {
  from: number
  to: number
}

/** The counts of a period; a name without a count is [0, 0]. */
export interface Counted {
  period: Period
  of(name: string): Count
  /** The counts of the names with that prefix. */
  beginning(prefix: string): [name: string, count: Count][]
}

/** The query for the counts of some periods; read its result with `readCounts`. */
export function countsIn(periods: readonly Period[]): SQL {
  const from = Math.min(...periods.map((period) => period.from))
  return sql`
    SELECT period.key AS period, counter.key AS name, sum(counter.value ->> 0) AS count,
           sum(counter.value ->> 1) AS total
    FROM metrics JOIN json_each(${JSON.stringify(periods)}) AS period
           ON at >= period.value ->> 'from' AND at < period.value ->> 'to'
         JOIN json_each(metrics.counts) AS counter
    WHERE at >= ${from} GROUP BY 1, 2`
}

/** Reads the rows that `countsIn` gave. */
export function readCounts(periods: readonly Period[], rows: readonly Record<string, unknown>[]): Counted[] {
  const found = periods.map(() => new Map<string, Count>())
  for (const row of rows) {
    found[Number(row.period)]?.set(String(row.name), [Number(row.count), Number(row.total)])
  }
  return periods.map((period, i) => {
    const counts = found[i] ?? new Map<string, Count>()
    return {
      period,
      of: (name) => counts.get(name) ?? [0, 0],
      beginning: (prefix) => [...counts].filter(([name]) => name.startsWith(prefix)),
    }
  })
}
