import type { RomeDate, RomeTime } from '../../platform/time.ts'
import type { ObservedSlot } from '../model.ts'
import type { KnownSlot } from './known-office.ts'

/** The free places of a slot before and after a reading, as far as they were announced; 0: none. */
export type PlacesChange = [date: RomeDate, time: RomeTime, before: number, after: number]

/** The changes on the days on which places were added somewhere, in order: people who need several look at a whole day. */
export function addedPlaces(changes: readonly PlacesChange[]): PlacesChange[] {
  const days = new Set(changes.filter(([, , before, after]) => before < after).map(([date]) => date))
  return changes
    .filter(([date]) => days.has(date))
    .sort(([a, from], [b, to]) => (a < b || (a === b && from < to) ? -1 : 1))
}

/**
 * Between which numbers a wish for several places lies if the changes may have met it, whatever the other filters: more than
 * some slot had that got more, at most all of a day.
 */
export function wishesMet(changes: readonly PlacesChange[]): [least: number, most: number] {
  const had = changes.flatMap(([, , before, after]) => (before < after ? [before] : []))
  const days = Map.groupBy(changes, ([date]) => date)
  const sums = [...days.values()].map((ofDay) => ofDay.reduce((sum, [, , , after]) => sum + after, 0))
  return [Math.min(...had) + 1, Math.max(...sums)]
}

/**
 * The most places of a slot that count now: until the office's hour more wait, in an unsteady office for a second reading.
 * @param before the slot as it is known; undefined: it is not
 * @param told the slot as it was announced; undefined: it was not
 */
export function mostPlaces(
  announceable: boolean,
  unsteady: boolean,
  before: KnownSlot | undefined,
  told: ObservedSlot | undefined,
): number {
  if (!announceable) return told?.places ?? Number.POSITIVE_INFINITY
  const lastShown = before?.unconfirmedPlaces ?? (before ?? told)?.places
  return (unsteady ? lastShown : undefined) ?? Number.POSITIVE_INFINITY
}
