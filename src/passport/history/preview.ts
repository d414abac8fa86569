import type { Database } from '../../db/database.ts'
import { DAY, type RomeDate, romeDate } from '../../platform/time.ts'
import type { Texts } from '../../texts/index.ts'
import { type Follow, isFinished } from '../follow/follows.ts'
import { excludesEveryDay, refusalOf, type SlotFilter } from '../follow/slot-filter.ts'
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
  /** The filters leave no day in any province. */
  never: boolean
  /** There is more history than was counted. */
  isCut: boolean
  /** Provinces watched for fewer days. */
  shorter: { province: string; days: number }[]
}

/**
 * Counts the alerts of a history: one for each office and round with a slot that passes.
 * @param booked by province, the day of the appointment that the person has there
 */
export function previewOf(
  filter: SlotFilter,
  { openings, since, isCut }: SlotHistory,
  now: number,
  booked: ReadonlyMap<string, RomeDate | null> = new Map(),
): Preview {
  const rounds = new Set<string>()
  const passed = new Set<string>()
  for (const { office, round, slot, open } of openings) {
    const alert = `${office.id} ${round}`
    rounds.add(alert)
    const bookedDate = booked.get(office.province) ?? null
    if (!passed.has(alert) && refusalOf({ ...filter, bookedDate }, office, slot, open) === null)
      passed.add(alert)
  }
  const days = [...since].map(([province, at]) => ({ province, days: Math.floor((now - at) / DAY) }))
  const most = Math.max(0, ...days.map((one) => one.days))
  return {
    alerts: passed.size,
    unfiltered: rounds.size,
    days: most,
    never: [...since.keys()].every((province) =>
      excludesEveryDay({ ...filter, bookedDate: booked.get(province) ?? null }, romeDate(now)),
    ),
    isCut,
    shorter: days.filter((one) => one.days < most),
  }
}

/** Reads the history of the followed provinces, and counts; null: no alerts of any are wanted. */
export async function readPreview(
  db: Database,
  filter: SlotFilter,
  follows: readonly Pick<Follow, 'province' | 'bookedDate'>[],
  now: number,
): Promise<Preview | null> {
  const active = follows.filter((follow) => !isFinished(follow))
  if (active.length === 0) return null
  const booked = new Map(active.map(({ province, bookedDate }) => [province, bookedDate]))
  const history = await readSlotHistory(db, [...booked.keys()], now - PREVIEW_DAYS * DAY, now)
  return previewOf(filter, history, now, booked)
}

/** Provinces with a shorter history are named if they are no more than this. */
const MOST_NAMED = 2

/** A preview in words; null: there is none. */
export function previewWords({ filters }: Texts, preview: Preview | null): string | null {
  if (preview === null) return null
  const { alerts, unfiltered, days, never, isCut, shorter } = preview
  if (never) return filters.never
  if (days < 1) return filters.previewTooShort
  const counted =
    days >= PREVIEW_DAYS || isCut
      ? filters.preview(days, alerts, unfiltered)
      : filters.previewShort(days, alerts, unfiltered)
  if (shorter.length === 0) return counted
  const exceptions =
    shorter.length <= MOST_NAMED
      ? shorter.map((one) => filters.previewSince(provinceName(one.province), one.days)).join(' ')
      : filters.previewSomeShorter
  return `${counted} ${exceptions}`
}
