import type { Database } from '../db/database.ts'
import { tally } from '../db/tally.ts'
import { describeError, log } from '../platform/log.ts'
import { keepDeadLetter } from './dead-letters.ts'
import { readAvailabilityNudge, readOutboundNudge } from './nudges.ts'
import type { AvailabilityNudge } from './outbox.ts'

/** The part of a queue's batch that is used; Cloudflare's `MessageBatch` fits. */
export interface Batch {
  readonly queue: string
  readonly messages: readonly BatchMessage[]
}

export interface BatchMessage {
  readonly id: string
  readonly body: unknown
  ack(): void
  retry(options?: { delaySeconds?: number }): void
}

export interface ConsumeContext {
  db: Database
  now(): number
  /** Sends all that is due. */
  send(): Promise<unknown>
  /** Enqueues an alert for its followers. @returns false when the budget was spent before the last of them */
  fanOut(alertId: string): Promise<boolean>
  nudgeAlerts(nudges: readonly AvailabilityNudge[]): Promise<void>
}

/** The queue whose dead letters this queue takes; undefined for any other queue. */
const deadQueueOf = (queue: string) => /^(.*)-dead$/.exec(queue)?.[1]

/**
 * Consumes a batch of any of the queues. Messages are only nudges: the rows in D1 are the truth, so a repeated, late or
 * lost message is harmless. A body of an unknown version is kept as a dead letter.
 */
export async function consume(batch: Batch, context: ConsumeContext): Promise<void> {
  const dead = deadQueueOf(batch.queue)
  if (dead !== undefined) return forEach(batch, (message) => keep(context, dead, message))
  if (batch.queue.endsWith('-availability')) {
    return forEach(batch, async (message) => {
      const nudge = readAvailabilityNudge(message.body)
      if (!nudge) await keep(context, batch.queue, message)
      // Send a new message to continue: a retry of this one would count as a failure.
      else if (!(await context.fanOut(nudge.alertId))) await context.nudgeAlerts([nudge])
    })
  }
  const known = batch.messages.filter((message) => readOutboundNudge(message.body) !== undefined)
  const unknown = batch.messages.filter((message) => !known.includes(message))
  await forEach({ ...batch, messages: unknown }, (message) => keep(context, batch.queue, message))
  // All nudges of the batch mean the same: one sender sends all that is due.
  if (known.length > 0) await settle(known, () => context.send())
}

const forEach = async (batch: Batch, work: (message: BatchMessage) => Promise<void>) => {
  for (const message of batch.messages) await settle([message], () => work(message))
}

/** Acknowledges messages when their work is done, retries them when it failed. */
async function settle(messages: readonly BatchMessage[], work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
    for (const message of messages) message.ack()
  } catch (error) {
    const trace = traceIn(messages[0]?.body)
    log('error', 'queue-work-failed', { trace, messages: messages.length, error: describeError(error) })
    for (const message of messages) message.retry()
  }
}

/** The trace in a message of any version, as far as there is one. */
function traceIn(body: unknown): string | undefined {
  const trace: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'trace') : undefined
  return typeof trace === 'string' ? trace.slice(0, 32) : undefined
}

async function keep(context: ConsumeContext, queue: string, message: BatchMessage): Promise<void> {
  log('error', 'dead-letter', { trace: traceIn(message.body), queue, message: message.id })
  await keepDeadLetter(context.db, { queue, messageId: message.id, body: message.body }, context.now())
  tally.add('dead-letter')
}
