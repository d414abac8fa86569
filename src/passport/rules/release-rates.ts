import { HOURS_OF_WEEK, MINUTE } from '../../platform/time.ts'

/** What was freed in a province while it was read. */
export interface ProvinceHistory {
  /** For how many weeks it was. */
  weeks: number
  /** Slots seen to be freed, by hour of the week in Rome; what is missing is 0. */
  freed: readonly number[]
}

/** What was freed in all provinces. */
export interface ReleaseHistory {
  /** By two-letter code. */
  provinces: Readonly<Record<string, ProvinceHistory>>
  /** Readings of a province that found freed slots. */
  finds: number
  /** Of these, those within `CLUSTER_WINDOW` after another one of the same province. */
  followUps: number
}

/** Before anything was read. */
export const NO_HISTORY: ReleaseHistory = { provinces: {}, finds: 0, followUps: 0 }

/** What to expect, learned from history. */
export interface ReleaseRates {
  /** Slots that a province is expected to free in an hour. @param hourOfWeek 0 to 167, Rome */
  slotsPerHour(province: string, hourOfWeek: number): number
  /** Slots that one reading finds, when it finds any. */
  slotsPerFind: number
  /** How many other finds each find is expected to be followed by within `CLUSTER_WINDOW`. */
  followUps: number
}

/** Released slots come in clusters: after a find, others are more likely for so long, ms. */
export const CLUSTER_WINDOW = 5 * MINUTE

/** Expected of a province of which nothing is known, slots a week. */
const USUAL_WEEK = 20
/** Weeks of its own after which a province's number of slots counts as much as the national one. */
const WEEKS_TO_TRUST = 0.25
/** Slots of its own after which a province's hours count as much as the national ones: some a cell, and they come in clusters. */
const SLOTS_TO_TRUST = 2_000
/** Slots after which the national hours count as much as an even week. */
const NATIONAL_TO_TRUST = 168
/** Finds after which the number of follow-ups counts as much as the usual one. */
const FINDS_TO_TRUST = 100
const USUAL_FOLLOW_UPS = 0.5
const USUAL_SLOTS_PER_FIND = 1.5

const hours = Array.from({ length: HOURS_OF_WEEK }, (_, hour) => hour)
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

/** `known` counted in `weight` units, drawn towards `usual` as far as `trust` outweighs them. */
const shrink = (known: number, weight: number, usual: number, trust: number) =>
  (known + usual * trust) / (weight + trust)

/**
 * What history lets expect. Where it is thin, a province is taken to be like the others: its number of slots is shrunk
 * towards the national mean, its hours towards the national ones, and these towards an even week.
 */
export function releaseRates({ provinces, finds, followUps }: ReleaseHistory): ReleaseRates {
  const histories = Object.values(provinces)
  const counted = sum(histories.map(({ freed }) => sum(freed)))
  const weeks = sum(histories.map((history) => history.weeks))
  const usualWeek = shrink(counted, weeks, USUAL_WEEK, WEEKS_TO_TRUST)
  const ownSlots = new Map(Object.entries(provinces).map(([code, { freed }]) => [code, sum(freed)]))
  const national = hours.map((hour) =>
    shrink(
      sum(histories.map(({ freed }) => freed[hour] ?? 0)),
      counted,
      1 / HOURS_OF_WEEK,
      NATIONAL_TO_TRUST,
    ),
  )
  return {
    slotsPerHour(province, hourOfWeek) {
      const own = provinces[province] ?? { weeks: 0, freed: [] }
      const slots = ownSlots.get(province) ?? 0
      const week = shrink(slots, own.weeks, usualWeek, WEEKS_TO_TRUST)
      return week * shrink(own.freed[hourOfWeek] ?? 0, slots, national[hourOfWeek] ?? 0, SLOTS_TO_TRUST)
    },
    slotsPerFind: shrink(counted, finds, USUAL_SLOTS_PER_FIND, FINDS_TO_TRUST),
    followUps: shrink(followUps, finds, USUAL_FOLLOW_UPS, FINDS_TO_TRUST),
  }
}
