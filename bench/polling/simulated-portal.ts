import { HOUR, HOURS_OF_WEEK, MINUTE, SECOND } from '../../src/platform/time.ts'
import type { Profile } from './profile.ts'
import { Draws } from './random.ts'

/** A slot that becomes free. Times in ms since the world's first Monday. */
export interface FreedSlot {
  at: number
  /** When somebody takes it. */
  takenAt: number
  /** Which of the province's offices frees it, from 0 on. */
  office: number
}

/** Offices of a province. */
const OFFICES = 3
/** Time between two slots of a cluster, ms. */
export const CLUSTER_GAP = 45 * SECOND
/** In the first hours of a day offices publish: many slots at one moment. */
const PUBLISHING_HOURS = 2
const PUBLISHED_AT_ONCE = 8
/** How much the days of a province differ: each has so many times the usual slots, with these chances. */
const GOOD_AND_BAD_DAYS = [0.4, 0.8, 1, 1.8]

export const WEEK = HOURS_OF_WEEK * HOUR

/** Slots an hour that the profile expects of a province, by hour of the week. */
export function slotsByHour({ hourOfWeek, slotsPerWeek }: Profile, code: string): number[] {
  const total = hourOfWeek.reduce((sum, share) => sum + share, 0)
  return hourOfWeek.map((share) => ((slotsPerWeek[code] ?? 0) * share) / total)
}

/** Whether offices publish in this hour of the week instead of freeing slots one after the other. */
export const isPublishing = (hour: number): boolean => hour % 24 < PUBLISHING_HOURS

/** How many slots appear together in an hour of the week, on average. */
export const slotsTogether = ({ clusterMean }: Profile, hour: number): number =>
  isPublishing(hour) ? Math.max(clusterMean, PUBLISHED_AT_ONCE) : clusterMean

/** Everything that a province frees in a number of weeks, in order of time. */
export function freedSlots(profile: Profile, code: string, weeks: number, draws: Draws): FreedSlot[] {
  const rates = slotsByHour(profile, code)
  const lifetime = profile.lifetimeMinutes * MINUTE
  const slots: FreedSlot[] = []
  const free = (at: number, office: number) =>
    slots.push({ at, takenAt: at + draws.exponential(lifetime), office })
  for (let day = 0; day < weeks * 7; day++) {
    const luck = GOOD_AND_BAD_DAYS[Math.floor(draws.next() * GOOD_AND_BAD_DAYS.length)] ?? 1
    for (let hour = day * 24; hour < (day + 1) * 24; hour++) {
      const ofWeek = hour % HOURS_OF_WEEK
      const together = slotsTogether(profile, ofWeek)
      const published = isPublishing(ofWeek)
      const moments = draws.poisson((luck * (rates[ofWeek] ?? 0)) / together)
      for (let i = 0; i < moments; i++) {
        const office = Math.floor(draws.next() * OFFICES)
        let at = (hour + draws.next()) * HOUR
        for (let left = draws.geometric(together); left > 0; left--) {
          free(at, office)
          if (!published) at += draws.exponential(CLUSTER_GAP)
        }
      }
    }
  }
  return slots.filter((slot) => slot.at < weeks * WEEK).sort((a, b) => a.at - b.at)
}

/** The whole country's slots, by province that is followed. */
export function freedInCountry(profile: Profile, weeks: number, seed: number): Map<string, FreedSlot[]> {
  const followed = Object.entries(profile.followers).filter(([, count]) => count > 0)
  return new Map(
    followed.map(([code], i) => [code, freedSlots(profile, code, weeks, new Draws(seed * 1_000 + i))]),
  )
}
