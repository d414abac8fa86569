import type { BrowserWorker } from '@cloudflare/playwright'
import type { D1Database } from '@cloudflare/workers-types'
import type { DrizzleSqliteDODatabase } from 'drizzle-orm/durable-sqlite'
import type { Database } from '../../db/database.ts'
import { readConfig } from '../../platform/config.ts'
import type { Keyring } from '../../platform/crypto.ts'
import { type Clock, SECOND, shiftedClock } from '../../platform/time.ts'
import { bookAtOpening } from '../site/booking-race.ts'
import { createSportSite } from '../site/site-client.ts'
import type { SportSite } from '../site/site-model.ts'

/** The bindings that the object uses; settings and secrets are read by `readConfig`. */
export interface StudentEnv {
  DB: D1Database
  OUTBOUND: Queue
  BROWSER: BrowserWorker
}

/** What the object needs besides its storage; tests replace it as a whole. */
export interface Dependencies {
  clock: Clock
  /** When an alarm is to be set that should fire at `instant` of the clock; both epoch ms. */
  alarmAt(instant: number): number
  /** Uniform in [0, 1). */
  random(): number
  site: SportSite
  race: typeof bookAtOpening
}

/** What every part of one student's object works with. */
export interface StudentContext {
  db: DrizzleSqliteDODatabase
  userId: number
  keys: Keyring
  d1: Database
  outbound: Queue
  site: SportSite
  race: typeof bookAtOpening
  clock: Clock
  random(): number
  /** Writes the unsent notifications to D1. */
  flush(): Promise<void>
  /** The same, without waiting for it. */
  flushSoon(): void
}

/** The world as it is. Alarms go by the machine's clock, which the object's own may be ahead of. */
export function realDependencies(env: StudentEnv): Dependencies {
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
      // Half of the Worker's code, and rarely needed: load it only then.
      launchBrowser: async () => (await import('@cloudflare/playwright')).launch(env.BROWSER),
    }),
    race: bookAtOpening,
  }
}
