import { type SQL, sql } from 'drizzle-orm'
import { type Database, type Statement, transact } from '../../db/database.ts'
import { attempt } from '../../platform/attempt.ts'
import { traceId } from '../../platform/id.ts'
import { log } from '../../platform/log.ts'
import { MINUTE, romeDate, SECOND } from '../../platform/time.ts'
import { claimDue } from './claims.ts'
import { needsOutageNotice, noticeOutages } from './outages.ts'
import { Pacing } from './poll-pacing.ts'
import type { PollerContext } from './poller-context.ts'
import { isCurrent, isUnplanned, parsePlan, renewPlan, type StoredPlan } from './polling-plan-store.ts'
import { isFollowed } from './readings.ts'
import { beginRun, type Run, readClaims, runRound } from './round.ts'

/**
 * A tick lasts a little longer than a minute, since the next one may start late. Leases keep them from overlapping on a
 * province.
 */
const TICK = MINUTE + 5 * SECOND
/** The shortest pause between two looks at what is due, ms. */
const SHORTEST_PAUSE = 100
/**
 * The pause between two looks while nothing is due, ms: the longest wait of a first follower for the second reading.
 */
const IDLE_PAUSE = 30 * SECOND

/** The provinces with an active follower, in SQL: one index seek a province, for any number of followers. */
const followedCodes: SQL = sql`(
  WITH RECURSIVE followed(code) AS (
    SELECT min(province) FROM subscriptions WHERE asleep = 0
    UNION ALL
    SELECT (SELECT min(province) FROM subscriptions WHERE asleep = 0 AND province > followed.code)
    FROM followed WHERE followed.code IS NOT NULL
  )
  SELECT code FROM followed WHERE code IS NOT NULL)`

/** Gives every followed province a row, should one have none. */
export const enrolFollowed = (now: number): Statement => sql`
  INSERT OR IGNORE INTO provinces (code, watched_since) SELECT code, ${now} FROM ${followedCodes}`

/** What a tick finds when it begins. */
interface Opening {
  /** When the first followed province can be claimed, epoch ms; infinity: nobody follows anything. */
  nextDueAt: number
  outages: boolean
  /** The stored plan; null: there is none. */
  plan: StoredPlan | null
  /** A followed province is not in it. */
  unplanned: boolean
  /** Requests of the Rome day so far, and those of one reading of every followed province. */
  spent: number
  cost: number
}

/** Records that the poller runs, and looks for due provinces: one statement that writes one row. */
async function open(db: Database, now: number): Promise<Opening> {
  const [result] = await transact(db, [
    sql`INSERT INTO state (name, value, at) VALUES ('poller-heartbeat', ${JSON.stringify({ tickAt: now })}, ${now})
        ON CONFLICT (name) DO UPDATE SET value = excluded.value, at = excluded.at
        RETURNING
          (SELECT min(max(due_at, lease_until)) FROM province_readings
           WHERE ${isFollowed('province_readings')}) AS next_due_at,
          EXISTS (SELECT 1 FROM province_readings WHERE ${needsOutageNotice(now)}) AS outages,
          EXISTS (SELECT 1 FROM ${followedCodes} WHERE code NOT IN (SELECT code FROM provinces)) AS unknown,
          (SELECT value FROM state WHERE name = 'polling-plan') AS plan,
          ${isUnplanned} AS unplanned,
          (SELECT sum(iif(spent_on = ${romeDate(now)}, spent, 0)) FROM province_readings) AS spent,
          (SELECT sum(max(coalesce(cost, 1), 1)) FROM province_readings
           WHERE ${isFollowed('province_readings')}) AS cost`,
  ])
  const row = result?.results[0]
  const unknown = row?.unknown === 1
  if (unknown) await transact(db, [enrolFollowed(now)])
  const nextDueAt = unknown ? now : row?.next_due_at
  return {
    nextDueAt: typeof nextDueAt === 'number' ? nextDueAt : Number.POSITIVE_INFINITY,
    outages: row?.outages === 1,
    plan: parsePlan(row?.plan),
    unplanned: row?.unplanned === 1,
    spent: Number(row?.spent ?? 0),
    cost: Number(row?.cost ?? 0),
  }
}

/** How often this tick reads provinces. Makes a plan when none holds; without one all are read alike. */
async function pace(ctx: PollerContext, { plan, unplanned, spent, cost }: Opening): Promise<Pacing> {
  const now = ctx.clock.now()
  if (!ctx.adaptive) return new Pacing(ctx.interval, null)
  if (isCurrent(plan, ctx.interval, now) && !unplanned)
    return Pacing.forTick(ctx.interval, plan, spent, cost, now)
  const renewed = await attempt('poll-plan', () => renewPlan(ctx, plan))
  return new Pacing(ctx.interval, renewed ?? null)
}

/** Claims the due provinces and begins to read them. @returns when to look again, epoch ms */
async function look(run: Run, begin: (round: Promise<unknown>) => void): Promise<number> {
  const { ctx, writer } = run
  const trace = traceId()
  // A province whose reading has just ended may be due again.
  await writer.flush()
  writer.nextDueAt = Number.POSITIVE_INFINITY
  const now = ctx.clock.now()
  const found = await attempt('poll-look', () => claimDue(ctx.db, trace, now))
  if (found && found.claims.length > 0) begin(readClaims(run, trace, found.claims))
  if (!found) return now + ctx.interval
  return found.nextDueAt ?? Number.POSITIVE_INFINITY
}

/**
 * One tick of the cron: for about a minute, starts a round whenever provinces are due. It does not wait for a round to
 * end, so that a slow province does not delay the others; leases keep rounds and ticks apart. A tick without due
 * provinces takes two queries. A tick that has used up its budget ends early, and the next one continues. Never
 * throws.
 */
export async function pollTick(ctx: PollerContext): Promise<void> {
  const { db, clock, interval } = ctx
  const startedAt = clock.now()
  const end = startedAt + TICK
  const run = beginRun(ctx)
  const running = new Set<Promise<unknown>>()
  const begin = (work: Promise<unknown>) => {
    const round = work.finally(() => running.delete(round))
    running.add(round)
  }

  let opening = await attempt('poll-open', () => open(db, startedAt))
  while (opening && !opening.outages && opening.nextDueAt >= end) {
    if (clock.now() + IDLE_PAUSE >= startedAt + MINUTE) return
    await clock.sleep(IDLE_PAUSE)
    opening = await attempt('poll-open', () => open(db, clock.now()))
  }
  if (opening) run.pacing = await pace(ctx, opening)
  let nextDueAt = opening?.nextDueAt ?? startedAt
  // First read what is due: that may end an outage before its notice is written.
  let outages = opening?.outages ?? false
  const notice = () => attempt('poll-outages', () => noticeOutages(ctx))
  if (outages && nextDueAt > startedAt) {
    outages = false
    await notice()
  }

  /**
   * At least once an interval: somebody may have begun to follow a province. First when the tick before has ended: it
   * releases what it was reading long before its leases end.
   */
  let lookAt = Math.min(nextDueAt, clock.now() + Math.min(interval, TICK - MINUTE), end)
  for (;;) {
    const dueAt = Math.min(nextDueAt, run.writer.nextDueAt)
    if (dueAt >= end && running.size === 0) break
    const wakeAt = Math.min(dueAt, lookAt, end)
    // A round that ends changes what is due next.
    if (wakeAt > clock.now()) await Promise.race([clock.sleep(wakeAt - clock.now()), ...running])
    if (clock.now() >= end) break
    const { usedUp } = run.budget
    if (usedUp !== null) {
      log('warn', 'tick-ended-early', { usedUp, ...ctx.usage, ms: clock.now() - startedAt })
      break
    }
    if (clock.now() < Math.min(nextDueAt, run.writer.nextDueAt, lookAt)) continue
    nextDueAt = await look(run, (round) => begin(outages ? round.then(notice) : round))
    outages = false
    lookAt = clock.now() + interval
    if (Math.min(nextDueAt, run.writer.nextDueAt) <= clock.now()) await clock.sleep(SHORTEST_PAUSE)
  }
  await Promise.all(running)
  await run.writer.flush()
}

/**
 * Reads a province at once for its first follower. Does nothing when it has no follower, when it is not due, or while a
 * round is reading it. Never throws.
 * @param province two-letter code
 */
export async function pollNow(ctx: PollerContext, province: string): Promise<void> {
  await attempt('poll-round', () => runRound(ctx, province))
}
