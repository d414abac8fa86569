import { sql } from 'drizzle-orm'
import { type Database, transact } from '../../db/database.ts'
import { count, maybeNumber, rowReader, text } from '../../db/rows.ts'
import { MINUTE, romeDate } from '../../platform/time.ts'
import { Pacing } from './poll-pacing.ts'
import { parsePlan, requestsLeft } from './polling-plan-store.ts'
import { isFollowed } from './readings.ts'

/** How often a province is read now, and why. */
export interface PlannedReading {
  code: string
  /** Ms. */
  interval: number
  followers: number
  /** Expected at this hour of the week. */
  slotsPerHour: number
  /** `found`: slots were just found. `opening`: an office's hour is near. `saving`: the day's requests are nearly spent. */
  reason: 'usual' | 'found' | 'opening' | 'saving'
}

/** The plan in force, for operators. */
export interface PlanView {
  /** Shortest interval first. */
  provinces: PlannedReading[]
  /** Requests to the portal since midnight in Rome, and those that the rest of the day may take. */
  spent: number
  left: number
}

/** A plan is made anew at the first tick of an hour: an older one is of an installation that has switched it off. */
const GRACE = 5 * MINUTE

const readReading = rowReader({ code: text, foundAt: maybeNumber, cost: count, spent: count })

/** Reads the plan in force: three statements. Null: provinces are read alike. */
export async function readPlanView(db: Database, now: number): Promise<PlanView | null> {
  const [stored, readings, offices] = await transact(db, [
    sql`SELECT value FROM state WHERE name = 'polling-plan'`,
    sql`SELECT code, found_at, max(coalesce(cost, 1), 1) AS cost,
               iif(spent_on = ${romeDate(now)}, spent, 0) AS spent
        FROM province_readings WHERE ${isFollowed('province_readings')}`,
    sql`SELECT DISTINCT province, bookable_from FROM offices
        WHERE first_date IS NOT NULL AND bookable_from IS NOT NULL`,
  ])
  const plan = parsePlan(stored?.results[0]?.value)
  if (plan === null || now >= plan.until + GRACE) return null
  const rows = (readings?.results ?? []).map(readReading)
  const spent = rows.reduce((sum, row) => sum + row.spent, 0)
  const cost = rows.reduce((sum, row) => sum + row.cost, 0)
  const pacing = Pacing.forTick(plan.interval, plan, spent, cost, now)
  const hoursOf = (code: string) =>
    (offices?.results ?? [])
      .filter((row) => row.province === code)
      .map((row) => ({ firstDate: '', bookableFrom: String(row.bookable_from) }))
  const provinces = rows.flatMap(({ code, foundAt }): PlannedReading[] => {
    const planned = plan.provinces[code]
    if (!planned) return []
    const { followers, slotsPerHour } = planned
    const next = pacing.next({ code, foundAt, offices: hoursOf(code) }, now)
    return [{ code, interval: next.interval, followers, slotsPerHour, reason: next.reason }]
  })
  provinces.sort((a, b) => a.interval - b.interval || b.followers - a.followers)
  return { provinces, spent, left: Math.max(0, Math.floor(requestsLeft(plan, rows, spent))) }
}
