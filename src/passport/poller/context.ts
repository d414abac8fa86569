import type { Database } from '../../db/client.ts'
import type { Clock } from '../../platform/time.ts'
import type { PortalReader } from '../model.ts'
import type { Limit } from './turns.ts'

/** What the poller works with: the entry point passes the real ones, tests their own. */
export interface PollerContext {
  db: Database
  reader: PortalReader
  /** See `portalTurns`. */
  inTurn: Limit
  clock: Clock
  /** Time between two readings of a province, ms. */
  interval: number
  /** Chats of the operators. */
  adminIds: ReadonlySet<number>
  /** The queue that hands alerts on (`AvailabilityNudge`). */
  availability: Pick<Queue, 'sendBatch'>
  /** The queue that wakes the sender (`OutboundNudge`). */
  outbound: Pick<Queue, 'send'>
}
