import type { Database } from '../../db/database.ts'
import type { AvailabilityNudge, OutboundNudge } from '../../delivery/outbox.ts'
import { describeError, log } from '../../platform/log.ts'
import type { Clock } from '../../platform/time.ts'
import type { PortalReader } from '../model.ts'
import type { Limit } from '../portal/portal-concurrency.ts'
import type { Usage } from './tick-budget.ts'

/** What the poller works with: the entry point passes the real ones, tests their own. */
export interface PollerContext {
  db: Database
  reader: PortalReader
  /** See `portalConcurrency`. */
  limit: Limit
  clock: Clock
  /** Time between two readings of a province, ms. */
  interval: number
  /** Chats of the operators. */
  adminIds: ReadonlySet<number>
  /** The queue that hands alerts on (`AvailabilityNudge`). */
  availability: Pick<Queue, 'sendBatch'>
  /** The queue that wakes the sender (`OutboundNudge`). */
  outbound: Pick<Queue, 'send'>
  /** What the invocation has used up so far, by anybody. */
  usage: Usage
}

/** The most messages that one `sendBatch` takes. */
const BATCH = 100

/** Says on the queue that alerts wait. A failure is only logged: the dispatcher's sweep finds them. */
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

/** Says on the queue that a delivery waits. A failure is only logged: the dispatcher's sweep finds it. */
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
