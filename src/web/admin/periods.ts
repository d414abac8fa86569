import type { Period } from '../../db/metrics.ts'
import { addDays, DAY, MINUTE, romeDate, romeInstant } from '../../platform/time.ts'

/** The time that the plots cover. */
export type Span = 'day' | 'month'

const HALF_HOUR = 30 * MINUTE
const DAYS = 31

/** The last 24 hours by half hours, the one under way the last. */
export function halfHours(now: number): Period[] {
  const end = now - (now % HALF_HOUR) + HALF_HOUR
  return Array.from({ length: DAY / HALF_HOUR }, (_, i) => {
    const from = end - DAY + i * HALF_HOUR
    return { from, to: from + HALF_HOUR }
  })
}

/** The last 31 days in Rome, today the last. */
export function days(now: number): Period[] {
  const today = romeDate(now)
  const starts = Array.from({ length: DAYS + 1 }, (_, i) =>
    romeInstant(addDays(today, i - DAYS + 1), '00:00'),
  )
  return starts.slice(0, -1).map((from, i) => ({ from, to: starts[i + 1] ?? from }))
}

/** This month until now, as Cloudflare counts it: in UTC. */
export function monthSoFar(now: number): Period {
  const date = new Date(now)
  return { from: Date.UTC(date.getUTCFullYear(), date.getUTCMonth()), to: now + 1 }
}

/** How much of a period has passed, minutes; never 0. */
export const minutesOf = ({ from, to }: Period, now: number): number =>
  Math.max(1, (Math.min(to, now) - from) / MINUTE)
