import { addDays, DAY, romeDate } from '../../platform/time.ts'
import { refusalOf, type SlotFilter } from '../follow/slot-filter.ts'
import type { Opening } from './openings.ts'
import { medianOf, survival } from './survival.ts'

/** How far back a forecast looks, days. */
export const FORECAST_DAYS = 84
/** With fewer days of history there is no forecast: two weeks show each day of the week twice. */
export const ENOUGH_DAYS = 14
/** For how many days ahead the chance of a slot is given. */
export const HORIZONS = [7, 14, 30] as const

/** What to expect of a province with some filters, see docs/forecast.md. */
export interface Forecast {
  /** Whole days of history. */
  days: number
  /** Slots in it that pass. */
  slots: number
  slotsPerWeek: number
  /** After so long half of the slots were gone, by the Kaplan–Meier estimate, ms; null: it stays above one half. */
  medianMs: number | null
  /** The chance, 0 to 1, that at least one passes within so many days. */
  chances: { days: number; chance: number }[]
}

/** The beta prior of a week's chance: weeks with and without a slot that are counted in advance. */
const PRIOR = { with: 0.8, without: 0.6 }
/** A week counts half as much as one so many days later: offices change their habits. */
const HALF_LIFE = 28

const WEEK = 7

/** True for a filter on calendar dates: past slots are moved forward by whole weeks before it is applied. */
const namesDays = ({ onlyFromDay, onlyBefore, bookedDate }: SlotFilter): boolean =>
  onlyFromDay !== null || onlyBefore !== null || bookedDate != null

/** An opening as if it had happened so many days later. */
const movedBy = (opening: Opening, days: number): Opening => {
  const date = addDays(opening.slot.date, days)
  return {
    ...opening,
    slot: { ...opening.slot, date },
    open: opening.open.map((slot) => ({ ...slot, date })),
  }
}

const passes = (filter: SlotFilter, { office, slot, open }: Opening) =>
  refusalOf(filter, office, slot, open) === null

/**
 * The chance that at least one of `weeks` weeks has a slot; the last may be a part of a week. A week's chance has a beta
 * distribution with the given counts.
 */
function chanceWithin(weeks: number, withSlot: number, without: number): number {
  let none = 1
  for (let week = 0; week < weeks; week++)
    none *= ((without + week) / (withSlot + without + week)) ** Math.min(1, weeks - week)
  return 1 - none
}

/**
 * How many weeks of the history had a slot, and how many there are, by weight: each span of seven days counts as a seventh of
 * a week.
 * @param agos for each slot, how many days ago it was freed
 */
function weeksWithSlot(agos: ReadonlySet<number>, days: number): { withSlot: number; all: number } {
  let [withSlot, all] = [0, 0]
  for (let end = 0; end + WEEK <= days; end++) {
    const weight = 0.5 ** (end / HALF_LIFE) / WEEK
    all += weight
    for (let ago = end; ago < end + WEEK; ago++) {
      if (!agos.has(ago)) continue
      withSlot += weight
      break
    }
  }
  return { withSlot, all }
}

/** Chances of longer and longer times, none below one before it. */
function growing(chances: Forecast['chances']): Forecast['chances'] {
  let most = 0
  return chances.map(({ days, chance }) => {
    most = Math.max(most, chance)
    return { days, chance: most }
  })
}

/**
 * What to expect of a province. Weeks of history with a slot that passes are counted, recent ones more, and the chance is
 * the posterior predictive of a beta-binomial model: docs/forecast.md.
 * @param openings what was freed since `since`
 * @param since begin of the history, epoch ms
 * @returns undefined when the history is too short
 */
export function forecastOf(
  filter: SlotFilter,
  openings: readonly Opening[],
  since: number,
  now: number,
): Forecast | undefined {
  const days = Math.floor((now - since) / DAY)
  if (days < ENOUGH_DAYS) return undefined
  const agoOf = ({ at }: Opening) => Math.floor((now - at) / DAY)
  /** The openings that would pass if the history repeated `ahead` weeks from now. */
  const passing = (ahead: number): Opening[] => {
    if (!namesDays(filter)) return openings.filter((opening) => passes(filter, opening))
    return openings.filter((opening) =>
      passes(filter, movedBy(opening, WEEK * (Math.round(agoOf(opening) / WEEK) + ahead))),
    )
  }
  const weeks = namesDays(filter) ? Math.ceil(Math.max(...HORIZONS) / WEEK) : 1
  const byWeek = Array.from({ length: weeks }, (_, ahead) => passing(ahead))
  const counted = byWeek.map((found) => weeksWithSlot(new Set(found.map(agoOf)), days))
  const found = byWeek[0] ?? []
  return {
    days,
    slots: found.length,
    slotsPerWeek: (found.length / days) * WEEK,
    medianMs: medianOf(survival(lifetimesOf(found, now))),
    // What comes within 14 days comes within 30: with filters that name days, later weeks may let nothing pass.
    chances: growing(
      HORIZONS.map((horizon) => {
        const ahead = counted.slice(0, Math.ceil(horizon / WEEK))
        const withSlot = ahead.reduce((sum, one) => sum + one.withSlot, 0) / ahead.length
        const without = (counted[0]?.all ?? 0) - withSlot
        return {
          days: horizon,
          chance: chanceWithin(horizon / WEEK, PRIOR.with + withSlot, PRIOR.without + without),
        }
      }),
    ),
  }
}

/** How long slots stayed open; for one that is still open or was not seen to close, how long it was seen. */
const lifetimesOf = (openings: readonly Opening[], now: number) =>
  openings.map(({ slot, at, goneAt, seenUntil }) => ({
    ms: (goneAt ?? seenUntil ?? now) - at,
    // One whose day came was not taken.
    ended: goneAt !== null && romeDate(goneAt) < slot.date,
    count: 1,
  }))
