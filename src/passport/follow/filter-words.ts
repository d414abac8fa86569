import type { Texts } from '../../texts/index.ts'
import { chosenOffices, type SlotFilter } from './slot-filter.ts'

/** The chat's filters for a province, in words. */
export function filterWords({ passport, dates }: Texts, chat: SlotFilter, province: string): string {
  return [
    chosenOffices(chat, province).length > 0 && passport.filterOffices,
    chat.onlyBefore !== null && passport.filterBefore(dates.full(chat.onlyBefore)),
    (chat.onlyFrom !== null || chat.onlyTo !== null) &&
      passport.filterHours(chat.onlyFrom ?? '00:00', chat.onlyTo ?? '24:00'),
    chat.minPlaces > 1 && passport.filterPlaces(chat.minPlaces),
  ]
    .filter((words) => words !== false)
    .join(', ')
}
