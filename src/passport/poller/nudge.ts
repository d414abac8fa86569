import type { AvailabilityNudge, OutboundNudge } from '../../delivery/outbox.ts'
import { describeError, log } from '../../platform/log.ts'
import type { PollerContext } from './context.ts'

/** The most messages that one `sendBatch` takes. */
const BATCH = 100

/** Says on the queue that alerts wait. A failure is only logged: the dispatcher's sweep finds them. */
export async function nudgeAlerts(
  { availability }: Pick<PollerContext, 'availability'>,
  alertIds: readonly string[],
  trace: string,
): Promise<void> {
  const messages = alertIds.map((alertId) => ({
    body: { version: 1, alertId, trace } satisfies AvailabilityNudge,
  }))
  try {
    for (let from = 0; from < messages.length; from += BATCH) {
      await availability.sendBatch(messages.slice(from, from + BATCH))
    }
  } catch (error) {
    log('warn', 'alert-nudge-failed', { trace, alerts: alertIds.length, error: describeError(error) })
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
