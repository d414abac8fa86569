import { addDays, HOUR, MINUTE, romeDate, romeHourOfWeek, romeInstant } from '../../platform/time.ts'
import { boundsFor, type IntervalBounds, toGrid } from './interval-bounds.ts'
import { gridRequests } from './polling-budget.ts'
import { CLUSTER_WINDOW, type ReleaseRates } from './release-rates.ts'

/** A followed province, as the plan sees it. */
export interface FollowedProvince {
  /** Two letters. */
  code: string
  /** At least 1. */
  followers: number
  /** Requests that one reading takes, on average; at least 1. */
  cost: number
}

/** What is expected of a province in the plan's hour. */
export interface PlannedProvince extends Omit<FollowedProvince, 'code'> {
  slotsPerHour: number
}

/**
 * What turns a province's worth into its interval: the same for all provinces. Null: everybody in the longest interval.
 */
export type Pace =
  | {
      /** The interval of a province that is worth 1, ms. */
      ms: number
      /** How much intervals beyond the operator's are drawn back to it, ms². */
      pull: number
    }
  | {
      /** Everybody in this interval, about the operator's, ms. */
      even: number
    }
  | null

/** How often each province is read until the hour is over. */
export interface PollingPlan {
  /** Made at, and holds until, epoch ms. */
  from: number
  until: number
  pace: Pace
  /** Slots that each find lets expect within `CLUSTER_WINDOW`. */
  slotsAfterFind: number
  /** By code. */
  provinces: Record<string, PlannedProvince>
  /** Requests that the rest of the day may take, and that it is expected to take, boosts included. */
  left: number
  expected: number
}

/** What a plan is made of. */
export interface PlanInput {
  provinces: readonly FollowedProvince[]
  rates: ReleaseRates
  /** The operator's interval, ms. */
  interval: number
  /** Requests that the rest of the Rome day may take. */
  left: number
  /** Requests that a busy minute may take. */
  mostPerMinute: number
  /** Epoch ms. */
  now: number
}

/** How fast the slots expected after a find come, ms: of those still to come, two thirds within this time. */
const CLUSTER_DECAY = 2 * MINUTE
/** Slices in which a cluster's boost is priced, ms. */
const SLICE = MINUTE
const slices = Array.from({ length: CLUSTER_WINDOW / SLICE }, (_, i) => (i + 0.5) * SLICE)

/**
 * Slots an hour that are expected on top of the usual ones because some were just found.
 * @param since time since the last find, ms
 * @param slotsAfterFind how many in all
 */
export const clusterRate = (since: number, slotsAfterFind: number): number =>
  since < 0 || since >= CLUSTER_WINDOW
    ? 0
    : slotsAfterFind * (HOUR / CLUSTER_DECAY) * Math.exp(-since / CLUSTER_DECAY)

/** How much a request to a province is worth: the interval is the pace divided by this. */
const worth = (followers: number, slotsPerHour: number, cost: number) =>
  Math.sqrt((followers * slotsPerHour) / cost)

/** Between what intervals are chosen, and the operator's own. */
interface Bounds extends IntervalBounds {
  interval: number
  /** The longest allowed interval that is no longer than it. */
  usual: number
}

function boundsOf(interval: number): Bounds {
  const bounds = boundsFor(interval)
  return { ...bounds, interval, usual: Math.floor(interval / bounds.step) * bounds.step }
}

/**
 * The interval of a province at a pace, ms. Beyond the usual interval it is √(wanted² - pull): the shape that makes few
 * people wait longer than on the fixed grid at the least cost for all others.
 */
function intervalAt(pace: Pace, value: number, bounds: Bounds): number {
  if (pace === null) return bounds.longest
  if ('even' in pace) return pace.even
  if (value <= 0) return bounds.longest
  const wanted = pace.ms / value
  if (wanted <= bounds.usual) return toGrid(wanted, bounds)
  return toGrid(Math.sqrt(Math.max(bounds.usual ** 2, wanted ** 2 - pace.pull)), bounds)
}

/** The whole or begun hours left of the Rome day: 23, 24 or 25 from its midnight on. */
export function hoursLeft(now: number): { ms: number; hourOfWeek: number }[] {
  const midnight = romeInstant(addDays(romeDate(now), 1), '00:00')
  const hours = []
  for (let from = now; from < midnight; ) {
    const to = Math.min(midnight, from - (from % HOUR) + HOUR)
    hours.push({ ms: to - from, hourOfWeek: romeHourOfWeek(from) })
    from = to
  }
  return hours
}

/** One province in one hour, with what does not depend on the pace. */
interface Cell {
  cost: number
  /** Slots expected, times followers. */
  weight: number
  worth: number
  /** Its worth in each slice of a cluster. */
  boosted: number[]
  /** Finds expected in the hour. */
  finds: number
}

/** One of the hours that are left. */
interface PlannedHour {
  ms: number
  hourOfWeek: number
  cells: Cell[]
}

/** The requests that an hour is expected to take. */
function requestsOf({ cells, ms }: PlannedHour, pace: Pace, bounds: Bounds): number {
  let total = 0
  for (const { cost, worth, boosted, finds } of cells) {
    const usual = 1 / intervalAt(pace, worth, bounds)
    let extra = 0
    for (const value of boosted) extra += SLICE * (1 / intervalAt(pace, value, bounds) - usual)
    total += cost * (ms * usual + finds * extra)
  }
  return total
}

/** The q-quantile of waits that a plan must not make longer than the fixed grid does. */
const GUARDED = 0.95

/** The share of followers' waits that is longer than that quantile of the fixed grid. Waits within clusters are short. */
function shareOfLongWaits(
  hours: readonly { cells: readonly Cell[]; pace: Pace }[],
  followUps: number,
  bounds: Bounds,
): number {
  let [long, all] = [0, 0]
  for (const { cells, pace } of hours) {
    for (const { weight, worth } of cells) {
      all += weight
      long += weight * Math.max(0, 1 - (GUARDED * bounds.interval) / intervalAt(pace, worth, bounds))
    }
  }
  return all === 0 ? 0 : (long * Math.max(0, 1 - followUps)) / all
}

/** Paces at which every province is in its shortest and in its longest interval. */
const FASTEST = 1e-3
const SLOWEST = 1e12

type Scale = Extract<Pace, { ms: number }>

/** The fastest pace at which something takes at most so many requests; null: none does. */
function fastestWithin(most: number, pull: number, requests: (pace: Scale) => number): Scale | null {
  if (requests({ ms: SLOWEST, pull }) > most) return null
  let [low, high] = [FASTEST, SLOWEST]
  while (high / low > 1.001) {
    const ms = Math.sqrt(low * high)
    if (requests({ ms, pull }) > most) low = ms
    else high = ms
  }
  return { ms: high, pull }
}

const slower = (a: Scale | null, b: Scale | null) => (a === null || b === null ? null : a.ms > b.ms ? a : b)

/** The pace of each hour for one pull. */
function paceHours(
  hours: readonly PlannedHour[],
  pull: number,
  { left, mostPerMinute }: PlanInput,
  bounds: Bounds,
) {
  const limits = hours.map((hour) =>
    fastestWithin((mostPerMinute * hour.ms) / MINUTE, pull, (pace) => requestsOf(hour, pace, bounds)),
  )
  const at = (pace: Scale | null) =>
    hours.map((hour, i) => ({ ...hour, pace: slower(pace, limits[i] ?? null) }))
  const requests = (pace: Scale | null) =>
    at(pace).reduce((total, hour) => total + requestsOf(hour, hour.pace, bounds), 0)
  const pace = fastestWithin(left, pull, requests)
  return { pace, hours: at(pace), expected: requests(pace) }
}

/** Pulls that are tried, as multiples of the operator's interval squared. */
const PULLS = [0.25, 0.5, 1, 2, 4, 8, 16, 32, 128]

/** The paces with the least pull at which not more people wait long than on the fixed grid; at worst, as few as possible. */
function choosePace(
  hours: readonly PlannedHour[],
  followUps: number,
  input: PlanInput,
  bounds: Bounds,
): ReturnType<typeof paceHours> {
  let best = paceHours(hours, 0, input, bounds)
  let least = shareOfLongWaits(best.hours, followUps, bounds)
  for (const pull of PULLS) {
    if (least <= 1 - GUARDED || best.pace === null) break
    const paced = paceHours(hours, pull * bounds.interval ** 2, input, bounds)
    const share = shareOfLongWaits(paced.hours, followUps, bounds)
    if (paced.pace === null || share >= least) continue
    best = paced
    least = share
  }
  return best
}

/** How long the followers wait on a plan, as a share of what they wait on the fixed grid. */
function shareOfGridWait(
  hours: readonly { cells: readonly Cell[]; pace: Pace }[],
  followUps: number,
  bounds: Bounds,
): number {
  let [planned, grid] = [0, 0]
  const inClusters = Math.min(1, followUps)
  for (const { cells, pace } of hours) {
    for (const { weight, worth, boosted } of cells) {
      const usual = intervalAt(pace, worth, bounds)
      const soon = intervalAt(pace, boosted[0] ?? worth, bounds)
      planned += weight * (usual + inClusters * (soon - usual))
      grid += weight * bounds.interval
    }
  }
  return grid === 0 ? 1 : planned / grid
}

/** A plan that promises less than this to gain is not worth its guesses: everybody is read as often as any other. */
const LEAST_GAIN = 0.1

/**
 * Plans until the hour is over. The followers of all provinces wait least in all when each interval is proportional to
 * √(cost ÷ (followers × expected slots)), with one factor, the pace, for all provinces and all hours: so requests that the
 * quiet hours do not need are spent in the busy ones. The pace is the fastest at which the rest of the day, in which every
 * province is read at least once in the longest interval, is expected to take what is left of the day's requests. In hours in
 * which that would be too many a minute the pace is slower, and the rest of the day faster. As much as that makes more
 * people wait long than the fixed grid would, long intervals are drawn back to the grid's.
 */
export function planPolling(input: PlanInput): PollingPlan {
  const { provinces, rates, left, now } = input
  const bounds = boundsOf(input.interval)
  const slotsAfterFind = rates.followUps * rates.slotsPerFind
  const hours = hoursLeft(now).map(({ ms, hourOfWeek }): PlannedHour => {
    const cells = provinces.map(({ code, followers, cost }): Cell => {
      const slots = rates.slotsPerHour(code, hourOfWeek)
      return {
        cost,
        weight: followers * slots * ms,
        worth: worth(followers, slots, cost),
        boosted: slices.map((since) => worth(followers, slots + clusterRate(since, slotsAfterFind), cost)),
        finds: (slots / rates.slotsPerFind) * (ms / HOUR),
      }
    })
    return { ms, hourOfWeek, cells }
  })
  const paced = choosePace(hours, rates.followUps, input, bounds)
  const dayMs = hours.reduce((total, hour) => total + hour.ms, 0)
  const grid = gridRequests(provinces, dayMs, input.interval)
  // What was spent beyond the grid so far is saved until midnight.
  const evenly = { even: input.interval * Math.max(1, grid / left) }
  const gain = 1 - shareOfGridWait(paced.hours, rates.followUps, bounds)
  const isEven =
    gain < LEAST_GAIN && left > 0 && evenly.even < Math.min(bounds.longest, input.interval * (1 + LEAST_GAIN))
  const [first] = paced.hours
  if (!first) throw new RangeError('a day has an hour left at any moment')
  return {
    from: now,
    until: now + first.ms,
    pace: isEven ? evenly : first.pace,
    slotsAfterFind,
    provinces: Object.fromEntries(
      provinces.map(({ code, followers, cost }) => [
        code,
        { followers, cost, slotsPerHour: rates.slotsPerHour(code, first.hourOfWeek) },
      ]),
    ),
    left,
    expected: isEven ? gridRequests(provinces, dayMs, evenly.even) : paced.expected,
  }
}

/**
 * How often a province is read now, ms.
 * @param interval the operator's, ms
 * @param extraSlotsPerHour what is expected on top of the usual: after a find (`clusterRate`), around an office's hour
 */
export function plannedInterval(
  { pace }: Pick<PollingPlan, 'pace'>,
  { followers, cost, slotsPerHour }: PlannedProvince,
  extraSlotsPerHour: number,
  interval: number,
): number {
  return intervalAt(pace, worth(followers, slotsPerHour + extraSlotsPerHour, cost), boundsOf(interval))
}
