import { type RomeDate, type RomeTime, romeDate } from '../../platform/time.ts'
import type { ObservedOffice, ObservedSlot } from '../model.ts'
import { bookability } from './bookable.ts'
import { byTime } from './known-office.ts'

/** When the booking of an office's slots opens: Rome day and time, `2026-05-20 09:00`. */
export type Opening = string

export const openingAt = (date: RomeDate, time: RomeTime): Opening => `${date} ${time}`

/** The slots that an office shows before they can be booked: followers who asked for it get an early notice. */
export interface Publication {
  officeId: string
  opening: Opening
  /** In order of date and time. */
  slots: [date: RomeDate, time: RomeTime][]
  /** The time of the opening, Rome. */
  bookableAt: RomeTime
}

/**
 * The publication that followers are to be told of; undefined: nothing waits for an opening, or they were told of this
 * opening already. Slots that an office adds before the same opening are not told again; those of another day are.
 * @param waiting free slots that were not announced
 * @param toldFor the opening that the office's last early notice was about; null: it had none
 * @param now epoch ms
 */
export function publicationOf(
  { id, bookableFrom }: Pick<ObservedOffice, 'id' | 'bookableFrom'>,
  waiting: readonly ObservedSlot[],
  toldFor: Opening | null,
  now: number,
): Publication | undefined {
  if (bookableFrom === null || waiting.length === 0) return undefined
  if (bookability(bookableFrom, now).when !== 'later') return undefined
  const opening = openingAt(romeDate(now), bookableFrom)
  if (opening === toldFor) return undefined
  const slots = waiting.toSorted(byTime).map(({ date, time }): [RomeDate, RomeTime] => [date, time])
  return { officeId: id, opening, slots, bookableAt: bookableFrom }
}
