import { sql } from 'drizzle-orm'
import { transact } from '../../db/database.ts'
import { count, rowReader, text } from '../../db/rows.ts'
import { type StateValues, writeState } from '../../db/state.ts'
import { log } from '../../platform/log.ts'
import { addDays, MINUTE, romeDate, romeInstant } from '../../platform/time.ts'
import { gridRequests, mostPerMinute } from '../rules/polling-budget.ts'
import { planPolling } from '../rules/polling-plan.ts'
import { releaseRates } from '../rules/release-rates.ts'
import type { PollerContext } from './poller-context.ts'
import { isFollowed } from './readings.ts'
import { countReleases } from './release-history.ts'

/** The plan in force, with the account of its day. */
export type StoredPlan = StateValues['polling-plan']

/** Reads the row; null: there is none, or it cannot be used. */
export function parsePlan(value: unknown): StoredPlan | null {
  if (typeof value !== 'string') return null
  return JSON.parse(value) as StoredPlan
}

/** Whether a plan holds now, for the operator's interval (ms). */
export const isCurrent = (plan: StoredPlan | null, interval: number, now: number): plan is StoredPlan =>
  plan !== null && plan.interval === interval && now >= plan.from && now < plan.until

/** Requests that the rest of the day may take. @param spent requests of the day so far */
export const requestsLeft = (
  { granted, from, interval }: Pick<StoredPlan, 'granted' | 'from' | 'interval'>,
  provinces: readonly { cost: number }[],
  spent: number,
): number => {
  const midnight = romeInstant(addDays(romeDate(from), 1), '00:00')
  return granted + gridRequests(provinces, midnight - from, interval) - spent
}

const readReading = rowReader({ code: text, followers: count, cost: count, spent: count })

/**
 * Makes the plan of the hour that has begun and saves it: four statements, and two more on the first one of a day, which
 * counts the history. What the fixed grid would have taken since midnight is granted, hour by hour, at the prices of the hour.
 * @param previous the last plan
 */
export async function renewPlan(ctx: PollerContext, previous: StoredPlan | null): Promise<StoredPlan> {
  const { db, clock, interval } = ctx
  const now = clock.now()
  const day = romeDate(now)
  const [readings, stored] = await transact(db, [
    sql`SELECT code, followers, coalesce(cost, 1) AS cost, iif(spent_on = ${day}, spent, 0) AS spent
        FROM province_readings LEFT JOIN (
          SELECT province, count(*) AS followers FROM subscriptions WHERE asleep = 0 GROUP BY province
        ) ON province = code`,
    sql`SELECT value FROM state WHERE name = 'release-history'`,
  ])
  const rows = (readings?.results ?? []).map(readReading)
  const provinces = rows
    .filter(({ followers }) => followers > 0)
    .map(({ code, followers, cost }) => ({ code, followers, cost: Math.max(1, cost) }))
  const spent = rows.reduce((sum, row) => sum + row.spent, 0)
  const known = stored?.results[0]?.value
  const history = typeof known === 'string' ? (JSON.parse(known) as StateValues['release-history']) : null
  const current = history?.day === day ? history : await countReleases(db, day, now)

  const midnight = romeInstant(day, '00:00')
  const since = previous === null ? now : Math.max(midnight, Math.min(previous.from, now))
  const before = previous !== null && romeDate(previous.from) === day ? previous.granted : 0
  const granted = before + gridRequests(provinces, now - since, interval)
  const plan = planPolling({
    provinces,
    rates: releaseRates(current),
    interval,
    left: requestsLeft({ granted, from: now, interval }, provinces, spent),
    mostPerMinute: mostPerMinute(gridRequests(provinces, MINUTE, interval)),
    now,
  })
  const renewed: StoredPlan = { ...plan, interval, granted, horizons: current.horizons }
  await transact(db, [writeState(db, 'polling-plan', renewed, now)])
  const { expected, left } = plan
  log('info', 'polling-planned', { provinces: provinces.length, spent, left, expected })
  return renewed
}

/**
 * True, in SQL, when a followed province is not in the stored plan. (EXCEPT, since a RETURNING evaluates the list of a NOT IN
 * again for each row.)
 */
export const isUnplanned = sql`EXISTS (
  SELECT code FROM province_readings WHERE ${isFollowed('province_readings')}
  EXCEPT SELECT key FROM state, json_each(state.value, '$.provinces') WHERE state.name = 'polling-plan')`
