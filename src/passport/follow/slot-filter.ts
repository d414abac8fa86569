import type { Chat } from '../../chats/chat-row.ts'
import type { RomeDate, RomeTime } from '../../platform/time.ts'

/** A chat's slot filters: columns of `chats`. */
export type SlotFilter = Pick<Chat, 'onlyOffices' | 'onlyBefore' | 'onlyFrom' | 'onlyTo' | 'minPlaces'>

/** How `onlyOffices` names an office. */
export const officeKey = (province: string, officeId: string): string => `${province}:${officeId}`

/** The offices of a province that a chat chose; empty: all. */
export const chosenOffices = (prefs: Pick<SlotFilter, 'onlyOffices'>, province: string): string[] =>
  (prefs.onlyOffices ?? []).filter((key) => key.startsWith(`${province}:`))

/** True when a chat's filter lets the office through: it chose that office, or none of the province. */
export function officeWanted(
  prefs: Pick<SlotFilter, 'onlyOffices'>,
  office: { id: string; province: string },
): boolean {
  const chosen = chosenOffices(prefs, office.province)
  return chosen.length === 0 || chosen.includes(officeKey(office.province, office.id))
}

/** True when a chat's filters let a slot through: its office, day, time and number of free places. */
export const slotWanted = (
  prefs: SlotFilter,
  office: { id: string; province: string },
  slot: { date: RomeDate; time: RomeTime; places: number },
): boolean =>
  officeWanted(prefs, office) &&
  (prefs.onlyBefore === null || slot.date < prefs.onlyBefore) &&
  (prefs.onlyFrom === null || slot.time >= prefs.onlyFrom) &&
  (prefs.onlyTo === null || slot.time < prefs.onlyTo) &&
  slot.places >= prefs.minPlaces
