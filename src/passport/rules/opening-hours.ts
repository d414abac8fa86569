import { MINUTE, romeDate, romeInstant } from '../../platform/time.ts'
import type { ObservedOffice } from '../model.ts'
import { ANNOUNCED_AHEAD } from './bookable.ts'

/** For so long after an office's hour its province is read more often, ms: people book, change their minds and release. */
const BUSY_AFTER = 5 * MINUTE
/** Slots an hour that are expected on top of the usual ones around an office's hour. */
const BUSY_RATE = 60

/** What a province's offices with free slots let expect of their hours today. */
export interface OpeningHours {
  /** Slots an hour expected on top of the usual ones. */
  extraSlotsPerHour: number
  /** When slots that wait unannounced may first be announced, epoch ms; null: none waits for later today. */
  announceAt: number | null
}

/** @param now epoch ms */
export function openingHours(
  offices: readonly Pick<ObservedOffice, 'firstDate' | 'bookableFrom'>[],
  now: number,
): OpeningHours {
  const hours = new Set(
    offices.flatMap(({ firstDate, bookableFrom }) =>
      firstDate === null || bookableFrom === null ? [] : [bookableFrom],
    ),
  )
  const today = romeDate(now)
  const instants = [...hours].map((hour) => romeInstant(today, hour))
  const isBusy = instants.some((at) => now >= at - ANNOUNCED_AHEAD && now < at + BUSY_AFTER)
  const toCome = instants.map((at) => at - ANNOUNCED_AHEAD).filter((at) => at > now)
  return {
    extraSlotsPerHour: isBusy ? BUSY_RATE : 0,
    announceAt: toCome.length === 0 ? null : Math.min(...toCome),
  }
}
