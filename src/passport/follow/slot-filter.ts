import type { QuietMode } from '../../db/schema/chats.ts'
import {
  addDays,
  HOUR,
  type RomeDate,
  type RomeTime,
  romeDate,
  romeInstant,
  romeTime,
} from '../../platform/time.ts'

/** What of its provinces a chat wants to hear, and when: columns of `chats`. */
export interface AlertPreferences {
  quietFrom: RomeTime | null
  quietTo: RomeTime | null
  quietMode: QuietMode
  tellGone: boolean
  onlyOffices: string[] | null
  onlyBefore: RomeDate | null
  onlyFrom: RomeTime | null
  onlyTo: RomeTime | null
  minPlaces: number
}

/** How `onlyOffices` names an office. */
export const officeKey = (province: string, officeId: string): string => `${province}:${officeId}`

/** The offices of a province that a chat chose; none means every one. */
export const chosenOffices = (prefs: Pick<AlertPreferences, 'onlyOffices'>, province: string): string[] =>
  (prefs.onlyOffices ?? []).filter((key) => key.startsWith(`${province}:`))

/** Whether a chat wants to hear of any slot of an office: true where it chose none of the province's. */
export function officeWanted(
  prefs: Pick<AlertPreferences, 'onlyOffices'>,
  office: { id: string; province: string },
): boolean {
  const chosen = chosenOffices(prefs, office.province)
  return chosen.length === 0 || chosen.includes(officeKey(office.province, office.id))
}

/** Whether a chat wants to hear of a slot: its office, day, time and number of free places. */
export const slotWanted = (
  prefs: Pick<AlertPreferences, 'onlyOffices' | 'onlyBefore' | 'onlyFrom' | 'onlyTo' | 'minPlaces'>,
  office: { id: string; province: string },
  slot: { date: RomeDate; time: RomeTime; places: number },
): boolean =>
  officeWanted(prefs, office) &&
  (prefs.onlyBefore === null || slot.date < prefs.onlyBefore) &&
  (prefs.onlyFrom === null || slot.time >= prefs.onlyFrom) &&
  (prefs.onlyTo === null || slot.time < prefs.onlyTo) &&
  slot.places >= prefs.minPlaces

/** Whether Rome's clocks stand within the chat's quiet hours (from inclusive, to exclusive; they may span midnight). */
export function inQuietHours(prefs: Pick<AlertPreferences, 'quietFrom' | 'quietTo'>, now: number): boolean {
  const { quietFrom: from, quietTo: to } = prefs
  if (from === null || to === null || from === to) return false
  const time = romeTime(now)
  return from < to ? time >= from && time < to : time >= from || time < to
}

/**
 * The instant (epoch ms) at which the quiet hours in which `now` falls end; null when it falls in none. At both clock
 * changes it is when Rome's clocks show the hour.
 */
export function quietHoursEnd(
  prefs: Pick<AlertPreferences, 'quietFrom' | 'quietTo'>,
  now: number,
): number | null {
  if (prefs.quietTo === null || !inQuietHours(prefs, now)) return null
  const today = romeDate(now)
  const end = romeInstant(today, prefs.quietTo)
  if (end > now) return end
  // In the hour that October repeats the clocks show it a second time.
  if (end + HOUR > now && romeTime(end + HOUR) === prefs.quietTo) return end + HOUR
  return romeInstant(addDays(today, 1), prefs.quietTo)
}
