import { launch } from '@cloudflare/playwright'
import { readConfig } from '../../platform/config.ts'
import { systemClock } from '../../platform/time.ts'
import { createSportSite } from '../site/client.ts'
import { bookAtOpening } from '../site/race.ts'
import type { Outside } from './desk.ts'

/** The world as it is. */
export const realOutside: Outside = {
  clock: systemClock,
  random: Math.random,
  site: (env) =>
    createSportSite({
      base: readConfig(env, ['SPORTRICK_BASE']).SPORTRICK_BASE,
      fetch: (...request) => fetch(...request),
      clock: systemClock,
      launchBrowser: () => launch(env.BROWSER),
    }),
  race: bookAtOpening,
}
