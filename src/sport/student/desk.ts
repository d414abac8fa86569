import type { DrizzleSqliteDODatabase } from 'drizzle-orm/durable-sqlite'
import type { Database } from '../../db/client.ts'
import type { Keyring } from '../../platform/crypto.ts'
import type { Clock } from '../../platform/time.ts'
import type { bookAtOpening } from '../site/booking-race.ts'
import type { SportSite } from '../site/site-model.ts'

/** What the object needs of the world outside its storage; tests replace it as a whole. */
export interface Outside {
  clock: Clock
  /** When an alarm is to be set that should fire at `instant` of the clock; both epoch ms. */
  alarmAt(instant: number): number
  /** Uniform in [0, 1). */
  random(): number
  site: SportSite
  race: typeof bookAtOpening
}

/** What every part of one student's object works with. */
export interface Desk {
  db: DrizzleSqliteDODatabase
  userId: number
  keys: Keyring
  d1: Database
  outbound: Queue
  site: SportSite
  race: typeof bookAtOpening
  clock: Clock
  random(): number
  /** Hands what is owed to D1. */
  flush(): Promise<void>
  /** The same, without waiting for it. */
  flushSoon(): void
}
