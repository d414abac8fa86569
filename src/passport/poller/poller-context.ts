import type { Database } from '../../db/database.ts'
import type { AvailabilityNudge, OutboundNudge } from '../../delivery/outbox.ts'
import { describeError, log } from '../../platform/log.ts'
import type { Clock } from '../../platform/time.ts'
import type { PortalReader } from '../model.ts'
import type { Limit } from '../portal/portal-concurrency.ts'
import type { Usage } from './tick-budget.ts'

/** The poller's dependencies; tests replace them. */
export interface PollerContext {
  db: Database
  reader: PortalReader
  /** See `portalConcurrency`. */
  limit: Limit
  clock: Clock
  /** Time between two readings of a province when all are read alike, ms: it sets the requests of a day. */
  interval: number
  /** Whether provinces get intervals of their own. */
  adaptive: boolean
  /** Chats of the operators. */
  adminIds: ReadonlySet<number>
  /** The queue that triggers the fan-out (`AvailabilityNudge`). */
  availability: Pick<Queue, 'sendBatch'>
  /** The queue that wakes the sender (`OutboundNudge`). */
  outbound: Pick<Queue, 'send'>
  /** What the invocation has used so far, all code included. */
  usage: Usage
}

/** The most messages that one `sendBatch` takes. */
const BATCH = 100

/** Nudges the fan-out of alerts. A failure is only logged: the dispatcher's sweep finds the alerts. */
export async function nudgeAlerts(
  { availability }: Pick<PollerContext, 'availability'>,
  alerts: readonly { id: string; trace: string }[],
): Promise<void> {
  const messages = alerts.map(({ id, trace }) => ({
    body: { version: 1, alertId: id, trace } satisfies AvailabilityNudge,
  }))
  try {
    for (let from = 0; from < messages.length; from += BATCH) {
      await availability.sendBatch(messages.slice(from, from + BATCH))
    }
  } catch (error) {
    log('warn', 'alert-nudge-failed', { alerts: alerts.length, error: describeError(error) })
  }
}

/** Nudges the sender. A failure is only logged: the dispatcher's sweep finds the delivery. */
export async function nudgeSender(
  { outbound }: Pick<PollerContext, 'outbound'>,
  trace: string,
): Promise<void> {
  try {
    await outbound.send({ version: 1, trace } satisfies OutboundNudge)
  } catch (error) {
    log('warn', 'sender-nudge-failed', { trace, error: describeError(error) })
  }
}
