import { CLUSTER_WINDOW, type ReleaseHistory } from '../../src/passport/rules/release-rates.ts'
import { DAY, HOUR, HOURS_OF_WEEK, MINUTE } from '../../src/platform/time.ts'
import type { Profile } from './profile.ts'
import { type FreedSlot, WEEK } from './simulated-portal.ts'

/** Requests for the agenda of an office that has something free: its month, the two after it, a far one. */
const AGENDA = 4

/** A province while it is simulated. Times in ms since the world's first Monday. */
export interface SimulatedProvince {
  readonly code: string
  readonly followers: number
  readonly slots: readonly FreedSlot[]
  /** The first slot that no reading was late enough for. */
  next: number
  /** Slots that were seen and are not taken yet. */
  open: FreedSlot[]
  dueAt: number
  readAt: number
  /** The last reading that found freed slots. */
  foundAt: number
  readings: number
  requests: number
}

/** Decides how often provinces are read. */
export interface Strategy {
  /** Called once a minute, before its readings. @param spent requests of the day so far */
  tick?(now: number, provinces: readonly SimulatedProvince[], spent: number): void
  /** How long after this reading the next one comes, ms. */
  interval(province: SimulatedProvince, now: number): number
}

/** How long one slot waited, ms, and how many people did. */
export interface Wait {
  ms: number
  followers: number
}

/** The result of some weeks. */
export interface Simulation {
  waits: Wait[]
  /** Slots that were taken before any reading showed them. */
  missed: number
  /** The longest time between two readings of a province, ms. */
  longestGapMs: number
  requests: number
  requestsPerMinute: number
  /** By hour of the day. */
  requestsPerMinuteByHour: number[]
  /** The most requests that a day took, by the minute. */
  busiestDayPerMinute: number
  history: ReleaseHistory
}

/** Lets `weeks` pass from the week `first` on. */
export function simulate(
  profile: Profile,
  world: ReadonlyMap<string, readonly FreedSlot[]>,
  strategy: Strategy,
  { first, weeks }: { first: number; weeks: number },
): Simulation {
  const from = first * WEEK
  const end = from + weeks * WEEK
  let finds = 0
  let followUps = 0
  let longestGapMs = 0
  let missed = 0
  const waits: Wait[] = []
  const freed = new Map<string, number[]>()
  const provinces = [...world].map(([code, slots], i): SimulatedProvince => {
    freed.set(code, Array<number>(HOURS_OF_WEEK).fill(0))
    const begun = slots.findIndex((slot) => slot.at >= from)
    return {
      code,
      followers: profile.followers[code] ?? 0,
      slots,
      next: begun < 0 ? slots.length : begun,
      open: [],
      // Spread over the first seconds, as provinces are that people began to follow at any moment.
      dueAt: from + ((i * 5_003) % 20_000),
      readAt: from,
      foundAt: Number.NEGATIVE_INFINITY,
      readings: 0,
      requests: 0,
    }
  })

  function read(province: SimulatedProvince): number {
    const now = province.dueAt
    const { slots } = province
    longestGapMs = Math.max(longestGapMs, now - province.readAt)
    province.readAt = now
    if (province.open.length > 0) province.open = province.open.filter((slot) => slot.takenAt > now)
    let found = false
    for (
      let slot = slots[province.next];
      slot && slot.at <= now && slot.at < end;
      slot = slots[++province.next]
    ) {
      waits.push({ ms: now - slot.at, followers: province.followers })
      if (slot.takenAt <= now) {
        missed++
        continue
      }
      found = true
      province.open.push(slot)
      const counts = freed.get(province.code)
      const hour = Math.floor(now / HOUR) % HOURS_OF_WEEK
      if (counts) counts[hour] = (counts[hour] ?? 0) + 1
    }
    if (found) {
      finds++
      if (now - province.foundAt < CLUSTER_WINDOW) followUps++
      province.foundAt = now
    }
    const requests =
      province.open.length === 0 ? 1 : 1 + AGENDA * new Set(province.open.map((slot) => slot.office)).size
    province.readings++
    province.requests += requests
    province.dueAt = now + strategy.interval(province, now)
    return requests
  }

  let spent = 0
  let total = 0
  let busiestDay = 0
  const byHour = Array<number>(24).fill(0)
  for (let minute = from; minute < end; minute += MINUTE) {
    if (minute % DAY === 0) spent = 0
    strategy.tick?.(minute, provinces, spent)
    let requests = 0
    for (const province of provinces) while (province.dueAt < minute + MINUTE) requests += read(province)
    spent += requests
    total += requests
    busiestDay = Math.max(busiestDay, spent)
    const hour = Math.floor(minute / HOUR) % 24
    byHour[hour] = (byHour[hour] ?? 0) + requests
  }
  const minutes = (end - from) / MINUTE
  return {
    waits,
    missed,
    longestGapMs,
    requests: total,
    requestsPerMinute: total / minutes,
    requestsPerMinuteByHour: byHour.map((requests) => requests / (minutes / 24)),
    busiestDayPerMinute: busiestDay / (DAY / MINUTE),
    history: {
      provinces: Object.fromEntries(
        provinces.map(({ code }) => [code, { weeks, freed: freed.get(code) ?? [] }]),
      ),
      finds,
      followUps,
    },
  }
}
