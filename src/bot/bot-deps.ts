import type { Database } from '../db/database.ts'
import type { Settings } from '../platform/config.ts'
import type { Clock } from '../platform/time.ts'

/** The bot's dependencies on its Worker. */
export interface BotDeps {
  db: Database
  settings: Pick<
    Settings,
    | 'ADMIN_IDS'
    | 'SPORT_USER_IDS'
    | 'PUBLIC_URL'
    | 'PORTAL_ORIGIN'
    | 'TELEGRAM_API_ROOT'
    | 'TELEGRAM_BOT_TOKEN'
  >
  /** Reads a province now, in the background, because somebody began to follow it. */
  pollNow: (province: string) => Promise<void>
  /** Nudges the sender. */
  nudgeSender: (trace: string) => Promise<void>
  /** Keeps the Worker alive until `work` ends. */
  waitUntil: (work: Promise<unknown>) => void
  clock: Clock
  /** The Worker's bindings, for a feature that calls another Worker. */
  env: object
}

/** One update, before its chat is read. */
export interface Arrival {
  deps: BotDeps
  /** Distinguishes updates of the same id: a new Bot API server starts its ids again. */
  fingerprint: number
  /** Epoch ms. */
  now: number
  trace: string
}
