import type { Database } from '../../db/database.ts'
import { DAY } from '../../platform/time.ts'
import type { Texts } from '../../texts/index.ts'
import { refusalOf, type SlotFilter } from '../follow/slot-filter.ts'
import { provinceName } from '../provinces/provinces.ts'
import { readSlotHistory, type SlotHistory } from './read-openings.ts'

/** How far back a preview looks. */
export const PREVIEW_DAYS = 30

/** How many alerts filters would have let through. */
export interface Preview {
  alerts: number
  /** The same without any filter. */
  unfiltered: number
  /** For how many whole days the province watched longest was watched, at most `PREVIEW_DAYS`. */
  days: number
  /** Provinces watched for fewer days. */
  shorter: { province: string; days: number }[]
}

/** Counts the alerts of a history: one for each office and round with a slot that passes. */
export function previewOf(filter: SlotFilter, { openings, since }: SlotHistory, now: number): Preview {
  const rounds = new Set<string>()
  const passed = new Set<string>()
  for (const { office, round, slot, open } of openings) {
    const alert = `${office.id} ${round}`
    rounds.add(alert)
    if (!passed.has(alert) && refusalOf(filter, office, slot, open) === null) passed.add(alert)
  }
  const days = [...since].map(([province, at]) => ({ province, days: Math.floor((now - at) / DAY) }))
  const most = Math.max(0, ...days.map((one) => one.days))
  return {
    alerts: passed.size,
    unfiltered: rounds.size,
    days: most,
    shorter: days.filter((one) => one.days < most),
  }
}

/** Reads the history of the followed provinces, and counts. */
export async function readPreview(
  db: Database,
  filter: SlotFilter,
  follows: readonly { province: string }[],
  now: number,
): Promise<Preview> {
  const provinces = follows.map(({ province }) => province)
  return previewOf(filter, await readSlotHistory(db, provinces, now - PREVIEW_DAYS * DAY, now), now)
}

/** Named, when no more than so many provinces have a shorter history. */
const MOST_NAMED = 2

/** A preview in words. */
export function previewWords({ filters }: Texts, { alerts, unfiltered, days, shorter }: Preview): string {
  if (days < 1) return filters.previewTooShort
  const counted =
    days >= PREVIEW_DAYS
      ? filters.preview(days, alerts, unfiltered)
      : filters.previewShort(days, alerts, unfiltered)
  if (shorter.length === 0) return counted
  const exceptions =
    shorter.length <= MOST_NAMED
      ? shorter.map((one) => filters.previewSince(provinceName(one.province), one.days)).join(' ')
      : filters.previewSomeShorter
  return `${counted} ${exceptions}`
}
