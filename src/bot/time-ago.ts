import { DAY, HOUR, MINUTE, SECOND } from '../platform/time.ts'
import type { Texts } from '../texts/index.ts'

/** How long ago an instant was, in words. */
export function ago({ passport }: Texts, instant: number, now: number): string {
  const passed = Math.max(0, now - instant)
  if (passed < MINUTE) return passport.secondsAgo(Math.floor(passed / SECOND))
  if (passed < HOUR) return passport.minutesAgo(Math.floor(passed / MINUTE))
  if (passed < DAY) return passport.hoursAgo(Math.floor(passed / HOUR))
  return passport.daysAgo(Math.floor(passed / DAY))
}
