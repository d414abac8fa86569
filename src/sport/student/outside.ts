import type { BookingEnv } from '../../platform/bindings.d.ts'
import { readConfig } from '../../platform/config.ts'
import { SECOND, shiftedClock } from '../../platform/time.ts'
import { bookAtOpening } from '../site/booking-race.ts'
import { createSportSite } from '../site/site-client.ts'
import type { Outside } from './desk.ts'

/** The world as it is. Alarms go by the machine's clock, which the object's own may be ahead of. */
export function realOutside(env: BookingEnv): Outside {
  const { SPORTRICK_BASE, CLOCK_SHIFT_SECONDS } = readConfig(env, ['SPORTRICK_BASE', 'CLOCK_SHIFT_SECONDS'])
  const shift = CLOCK_SHIFT_SECONDS * SECOND
  const clock = shiftedClock(shift)
  return {
    clock,
    alarmAt: (instant) => instant - shift,
    random: Math.random,
    site: createSportSite({
      base: SPORTRICK_BASE,
      fetch: (...request) => fetch(...request),
      clock,
      // Half of the Worker's code, and needed once in days: evaluated then, not whenever an object wakes.
      launchBrowser: async () => (await import('@cloudflare/playwright')).launch(env.BROWSER),
    }),
    race: bookAtOpening,
  }
}
