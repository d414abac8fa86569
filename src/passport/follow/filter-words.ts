import type { Texts } from '../../texts/index.ts'
import { chosenOffices, type SlotFilter } from './slot-filter.ts'
import { type TimeWindow, windowsOf } from './time-windows.ts'

/** Time windows in words: "from 09:00 to 12:00 or from 15:00 to 17:00". */
export const windowWords = ({ filters }: Texts, windows: readonly TimeWindow[]): string =>
  windows.map(([from, to]) => filters.hours.window(from, to)).join(filters.hours.or)

/** The chat's filters for a province, in words. That it wants no more alerts of it is no filter. */
export function filterWords(texts: Texts, chat: SlotFilter, province: string): string {
  const { passport, filters, dates } = texts
  const windows = windowsOf(chat)
  const { bookedDate } = chat
  return [
    bookedDate && texts.booked.wordsEarlier(dates.full(bookedDate)),
    chosenOffices(chat, province).length > 0 && passport.filterOffices,
    chat.onlyFromDay !== null && filters.fromDay.words(dates.full(chat.onlyFromDay)),
    chat.onlyBefore !== null && passport.filterBefore(dates.full(chat.onlyBefore)),
    chat.onlyWeekdays?.length && filters.weekdays.words(chat.onlyWeekdays),
    windows.length > 0 && windowWords(texts, windows),
    chat.minPlaces > 1 && passport.filterPlaces(chat.minPlaces),
    chat.minDayPlaces > 1 && filters.dayPlaces.words(chat.minDayPlaces),
  ]
    .filter((words) => typeof words === 'string')
    .join(', ')
}
