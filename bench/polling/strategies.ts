import { boundsFor } from '../../src/passport/rules/interval-bounds.ts'
import { mostPerMinute, mustSave } from '../../src/passport/rules/polling-budget.ts'
import {
  clusterRate,
  type Pace,
  type PollingPlan,
  plannedInterval,
  planPolling,
} from '../../src/passport/rules/polling-plan.ts'
import { CLUSTER_WINDOW, type ReleaseRates } from '../../src/passport/rules/release-rates.ts'
import { DAY, HOUR, HOURS_OF_WEEK, MINUTE, romeInstant } from '../../src/platform/time.ts'
import type { Profile } from './profile.ts'
import type { Strategy } from './simulate.ts'
import { CLUSTER_GAP, isPublishing, slotsByHour, slotsTogether } from './simulated-portal.ts'

/** The world's first moment: a Monday of weeks without a clock change. */
const START = romeInstant('2026-05-04', '00:00')

/** Every province as often as any other. */
export const fixedGrid = (interval: number): Strategy => ({ interval: () => interval })

/**
 * What the poller does, with the poller's own rules.
 * @param interval that of the fixed grid which takes as many requests, ms
 */
export function adaptive(requestsPerMinute: number, interval: number, rates: ReleaseRates): Strategy {
  const bounds = boundsFor(interval)
  const perDay = (requestsPerMinute * DAY) / MINUTE
  let plan: PollingPlan | undefined
  let pace: Pace = null
  return {
    tick(now, provinces, spent) {
      const followed = provinces.map(({ code, followers, readings, requests }) => ({
        code,
        followers,
        cost: readings < 20 ? 1 : requests / readings,
      }))
      const left = perDay - spent
      if (!plan || START + now >= plan.until) {
        const most = mostPerMinute(requestsPerMinute)
        plan = planPolling({
          provinces: followed,
          rates,
          interval,
          left,
          mostPerMinute: most,
          now: START + now,
        })
      }
      pace = mustSave(followed, left, DAY - (now % DAY), bounds) ? null : plan.pace
    },
    interval({ code, foundAt }, now) {
      const planned = plan?.provinces[code]
      if (!plan || !planned) return interval
      return plannedInterval({ pace }, planned, clusterRate(now - foundAt, plan.slotsAfterFind), interval)
    },
  }
}

/**
 * The shortest waits that any strategy can hope for which knows the true rates and what it has seen, but not the future: any
 * length of interval between the bounds, requests spent in whatever hour of the week they are worth most.
 * @param pace decides how many requests it takes
 */
export function optimum(profile: Profile, interval: number, pace: number): Strategy {
  const { step, longest } = boundsFor(interval)
  const rates = new Map(Object.keys(profile.followers).map((code) => [code, slotsByHour(profile, code)]))
  return {
    interval(province, now) {
      const hour = Math.floor(now / HOUR) % HOURS_OF_WEEK
      const slots = (rates.get(province.code)?.[hour] ?? 0) + goingOn(profile, hour, now - province.foundAt)
      const cost = province.requests / province.readings
      return Math.max(step, Math.min(longest, pace / Math.sqrt((province.followers * slots) / cost)))
    },
  }
}

/** Slots an hour that a cluster frees which showed its last slot some time ago, if it goes on. */
function goingOn(profile: Profile, hour: number, since: number): number {
  if (isPublishing(hour) || since > CLUSTER_WINDOW) return 0
  const more = 1 - 1 / slotsTogether(profile, hour)
  const silent = more * Math.exp(-since / CLUSTER_GAP)
  return ((HOUR / CLUSTER_GAP) * silent) / (silent + 1 - more)
}

/** The strategy of a family that takes as many requests as wanted. @param requestsOf simulates one */
export function calibrate(wanted: number, guess: number, requestsOf: (scale: number) => number): number {
  let scale = guess
  for (let i = 0; i < 6; i++) {
    const found = requestsOf(scale)
    if (Math.abs(found / wanted - 1) < 0.002) break
    scale *= found / wanted
  }
  return scale
}
