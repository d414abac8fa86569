import { addDays, HOUR, romeDate, romeInstant, romeTime } from '../platform/time.ts'
import type { Chat } from './chat-row.ts'

/** A chat's quiet hours, Rome wall-clock; null: none. */
export type QuietHours = Pick<Chat, 'quietFrom' | 'quietTo'>

/** Whether Rome's clocks stand within the chat's quiet hours (from inclusive, to exclusive; they may span midnight). */
export function inQuietHours(prefs: QuietHours, now: number): boolean {
  const { quietFrom: from, quietTo: to } = prefs
  if (from === null || to === null || from === to) return false
  const time = romeTime(now)
  return from < to ? time >= from && time < to : time >= from || time < to
}

/**
 * The instant (epoch ms) at which the quiet hours in which `now` falls end; null when it falls in none. At both clock
 * changes it is when Rome's clocks show the hour.
 */
export function quietHoursEnd(prefs: QuietHours, now: number): number | null {
  if (prefs.quietTo === null || !inQuietHours(prefs, now)) return null
  const today = romeDate(now)
  const end = romeInstant(today, prefs.quietTo)
  if (end > now) return end
  // In the hour that October repeats the clocks show it a second time.
  if (end + HOUR > now && romeTime(end + HOUR) === prefs.quietTo) return end + HOUR
  return romeInstant(addDays(today, 1), prefs.quietTo)
}
