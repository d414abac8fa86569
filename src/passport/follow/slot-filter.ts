import type { Chat } from '../../chats/chat-row.ts'
import { addDays, dayOfWeek, type RomeDate, type RomeTime } from '../../platform/time.ts'
import type { PlacesChange } from '../rules/day-places.ts'
import { slotKey } from '../rules/known-office.ts'
import type { PlacesFilter } from './several-places.ts'
import { windowsOf } from './time-windows.ts'

/** A chat's slot filters: columns of `chats`, and of its subscription to the province. */
export type SlotFilter = Pick<
  Chat,
  | 'onlyOffices'
  | 'onlyFromDay'
  | 'onlyBefore'
  | 'onlyWeekdays'
  | 'onlyFrom'
  | 'onlyTo'
  | 'onlyWindows'
  | 'minPlaces'
  | 'minDayPlaces'
> & {
  /** The Rome day of the appointment that the person has: only earlier slots pass. Empty: none do. Null or absent: no limit. */
  bookedDate?: RomeDate | null
}

/** Lets every slot pass. */
export const NO_FILTER: SlotFilter = {
  onlyOffices: null,
  onlyFromDay: null,
  onlyBefore: null,
  onlyWeekdays: null,
  onlyFrom: null,
  onlyTo: null,
  onlyWindows: null,
  minPlaces: 1,
  minDayPlaces: 1,
}

/** The filters by name, in the order in which they are applied. */
export const FILTERS = [
  'booked',
  'offices',
  'fromDay',
  'before',
  'weekdays',
  'hours',
  'places',
  'dayPlaces',
] as const
export type FilterName = (typeof FILTERS)[number]

/** The fields of an office, and of a slot, that filters use. */
export interface FilteredOffice {
  id: string
  province: string
}
export interface FilteredSlot {
  date: RomeDate
  time: RomeTime
  places: number
}

/** How `onlyOffices` names an office. */
export const officeKey = (province: string, officeId: string): string => `${province}:${officeId}`

/** The offices of a province that a chat chose; empty: all. */
export const chosenOffices = (filter: Pick<SlotFilter, 'onlyOffices'>, province: string): string[] =>
  (filter.onlyOffices ?? []).filter((key) => key.startsWith(`${province}:`))

/** True when the chat chose the office, or none of its province. */
function officeWanted(filter: SlotFilter, { id, province }: FilteredOffice): boolean {
  const chosen = chosenOffices(filter, province)
  return chosen.length === 0 || chosen.includes(officeKey(province, id))
}

const timeWanted = (filter: SlotFilter, time: RomeTime): boolean => {
  const windows = windowsOf(filter)
  return windows.length === 0 || windows.some(([from, to]) => time >= from && time < to)
}

/** Whether each filter lets a slot pass, whatever else is open; `dayPlaces` looks at the whole day. */
const passes: Record<
  Exclude<FilterName, 'dayPlaces'>,
  (filter: SlotFilter, office: FilteredOffice, slot: FilteredSlot) => boolean
> = {
  booked: ({ bookedDate }, _, { date }) => bookedDate == null || date < bookedDate,
  offices: (filter, office) => officeWanted(filter, office),
  fromDay: ({ onlyFromDay }, _, { date }) => onlyFromDay === null || date >= onlyFromDay,
  before: ({ onlyBefore }, _, { date }) => onlyBefore === null || date < onlyBefore,
  weekdays: ({ onlyWeekdays }, _, { date }) =>
    !onlyWeekdays?.length || onlyWeekdays.includes(dayOfWeek(date)),
  hours: (filter, _, { time }) => timeWanted(filter, time),
  places: ({ minPlaces }, _, { places }) => places >= minPlaces,
}

/**
 * True when the filters leave no day on which a slot could pass: together they exclude all, or the last one is over.
 * @param today the Rome day
 */
export function excludesEveryDay(filter: SlotFilter, today: RomeDate): boolean {
  const { onlyFromDay, onlyBefore, onlyWeekdays, bookedDate } = filter
  const from = onlyFromDay !== null && onlyFromDay > today ? onlyFromDay : today
  const [until] = [onlyBefore, bookedDate].filter((day) => day != null).sort()
  if (until === undefined) return false
  for (let n = 0; n < 7; n++) {
    const day = addDays(from, n)
    if (day >= until) return true
    if (!onlyWeekdays?.length || onlyWeekdays.includes(dayOfWeek(day))) return false
  }
  return true
}

/** The first filter that refuses a slot, whatever else is open. */
const refusalAlone = (filter: SlotFilter, office: FilteredOffice, slot: FilteredSlot): FilterName | null =>
  FILTERS.find((name) => name !== 'dayPlaces' && !passes[name](filter, office, slot)) ?? null

/** The places of each day together, at the times that pass the other filters. */
function placesByDay(
  filter: SlotFilter,
  office: FilteredOffice,
  open: readonly FilteredSlot[],
): Map<RomeDate, number> {
  const places = new Map<RomeDate, number>()
  for (const slot of open) {
    if (refusalAlone(filter, office, slot) !== null) continue
    places.set(slot.date, (places.get(slot.date) ?? 0) + slot.places)
  }
  return places
}

/**
 * The first filter that refuses a slot; null: all let it pass.
 * @param open everything open at the office, the slot included: `dayPlaces` adds up the places of its day
 */
export function refusalOf(
  filter: SlotFilter,
  office: FilteredOffice,
  slot: FilteredSlot,
  open: readonly FilteredSlot[] = [slot],
): FilterName | null {
  const refusal = refusalAlone(filter, office, slot)
  if (refusal !== null || filter.minDayPlaces <= 1) return refusal
  const sameDay = open.filter(({ date }) => date === slot.date)
  const places = placesByDay(filter, office, sameDay).get(slot.date) ?? 0
  return places >= filter.minDayPlaces ? null : 'dayPlaces'
}

/** The slots of an office that a chat's filters let pass. @param open everything open there; else only these slots */
export function wantedOf<Slot extends FilteredSlot>(
  filter: SlotFilter,
  office: FilteredOffice,
  slots: readonly Slot[],
  open: readonly FilteredSlot[] = slots,
): Slot[] {
  const wanted = slots.filter((slot) => refusalAlone(filter, office, slot) === null)
  if (filter.minDayPlaces <= 1) return wanted
  const places = placesByDay(filter, office, open)
  return wanted.filter(({ date }) => (places.get(date) ?? 0) >= filter.minDayPlaces)
}

/** The days of an office on which as many places are free as somebody needs, whatever the other filters. */
export function sufficientDays(
  { minPlaces, minDayPlaces }: PlacesFilter,
  open: readonly FilteredSlot[],
): Set<RomeDate> {
  const wish = { ...NO_FILTER, minPlaces, minDayPlaces }
  return new Set(wantedOf(wish, { id: '', province: '' }, open).map(({ date }) => date))
}

/** A day's slots with the places that they had before a reading (2) or after it (3). */
export const slotsAt = (changes: readonly PlacesChange[], at: 2 | 3): FilteredSlot[] =>
  changes.flatMap((change) =>
    change[at] > 0 ? [{ date: change[0], time: change[1], places: change[at] }] : [],
  )

/** The slots that a chat's filters let pass after a reading and did not before it. @param changes of whole days */
export function newlyWanted(
  filter: SlotFilter,
  office: FilteredOffice,
  changes: readonly PlacesChange[],
): FilteredSlot[] {
  const had = new Set(wantedOf(filter, office, slotsAt(changes, 2)).map(slotKey))
  return wantedOf(filter, office, slotsAt(changes, 3)).filter((slot) => !had.has(slotKey(slot)))
}
