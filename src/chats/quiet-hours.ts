import { addDays, HOUR, romeDate, romeInstant, romeTime } from '../platform/time.ts'
import type { Chat } from './chat-row.ts'

/** A chat's quiet hours, Rome wall-clock; null: none. */
export type QuietHours = Pick<Chat, 'quietFrom' | 'quietTo'>

/** True when the Rome time is within the chat's quiet hours (from inclusive, to exclusive; they may span midnight). */
export function inQuietHours(prefs: QuietHours, now: number): boolean {
  const { quietFrom: from, quietTo: to } = prefs
  if (from === null || to === null || from === to) return false
  const time = romeTime(now)
  return from < to ? time >= from && time < to : time >= from || time < to
}

/**
 * When the quiet hours around `now` end (epoch ms); null outside quiet hours. On days of a clock change it is the
 * instant at which Rome's clocks show that time.
 */
export function quietHoursEnd(prefs: QuietHours, now: number): number | null {
  if (prefs.quietTo === null || !inQuietHours(prefs, now)) return null
  const today = romeDate(now)
  const end = romeInstant(today, prefs.quietTo)
  if (end > now) return end
  // In October the repeated hour shows that time twice.
  if (end + HOUR > now && romeTime(end + HOUR) === prefs.quietTo) return end + HOUR
  return romeInstant(addDays(today, 1), prefs.quietTo)
}
