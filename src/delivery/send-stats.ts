import { tally } from '../db/tally.ts'
import { type LogFields, log } from '../platform/log.ts'
import type { ClaimedDelivery } from './claimed-deliveries.ts'

/** What a run did. */
export interface SendReport {
  sent: number
  expired: number
  refused: number
  limited: number
}

/** What became of the messages of one trace: a round of the poller, a person's update, a student's notices. */
interface TraceReport {
  sent: number
  expired: number
  refused: number
  /** From the event to the first and to the last message that was accepted, ms. */
  firstMs?: number
  lastMs?: number
}

/** Log lines that a run writes, one a trace; a broadcast has one trace, however many messages. */
const MOST_LINES = 100

/** Counts what a run does, in all and by trace. */
export class SendStats {
  readonly report: SendReport = { sent: 0, expired: 0, refused: 0, limited: 0 }
  /** How long what was sent had waited since it was enqueued, ms in all. */
  #waitedMs = 0
  readonly #traces = new Map<string, TraceReport>()

  sent(delivery: ClaimedDelivery, now: number): void {
    const trace = this.#note('sent', delivery)
    const ms = Math.max(0, now - delivery.eventAt)
    trace.firstMs ??= ms
    trace.lastMs = ms
    this.#waitedMs += Math.max(0, now - delivery.createdAt)
  }

  expired(delivery: ClaimedDelivery): void {
    this.#note('expired', delivery)
  }

  refused(delivery: ClaimedDelivery): void {
    this.#note('refused', delivery)
  }

  limited(): void {
    this.report.limited++
  }

  /** Adds the run to the metrics and logs it: a line a trace, then one for all. */
  close(fields: LogFields): void {
    const { sent, expired, refused, limited } = this.report
    tally.add('sent', sent, this.#waitedMs)
    tally.add('expired', expired)
    tally.add('dead', refused)
    tally.add('limited', limited)
    for (const [trace, counts] of [...this.#traces].slice(0, MOST_LINES))
      log('info', 'delivered', { trace, ...counts })
    if (sent + expired + refused + limited > 0)
      log('info', 'send-run', { ...this.report, traces: this.#traces.size, ...fields })
  }

  #note(what: 'sent' | 'expired' | 'refused', { trace }: ClaimedDelivery): TraceReport {
    const known = this.#traces.get(trace) ?? { sent: 0, expired: 0, refused: 0 }
    this.#traces.set(trace, known)
    this.report[what]++
    known[what]++
    return known
  }
}
