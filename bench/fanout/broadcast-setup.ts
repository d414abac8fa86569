import type { BuiltWorker } from '../../scripts/local/bundle.ts'
import { handInDemoSession } from '../../scripts/local/demo.ts'
import type { System } from '../../scripts/local/system.ts'
import type { PortalSimulator } from '../../test/simulators/portal/simulator.ts'
import type { TelegramSimulator } from '../../test/simulators/telegram/index.ts'
import { rounded } from '../bench.ts'
import { FastClock } from '../fast-clock.ts'
import { withSystem } from '../local.ts'

import { type BroadcastFigures, LedgerView } from './ledger.ts'
import { dollarsPerMillion, Meter, metered, workerdUse } from './meter.ts'

/** Seconds between two readings of the portal; nothing measured here begins before the reading. */
const INTERVAL = 3
/** How long Telegram takes to answer, ms. */
const LATENCY_MS = 60
/** The rate that the deployment is configured with, except for paid broadcasts. */
export const BELIEVED = 28

/** How Telegram counts its global limit. */
export type Window = 'bucket' | 'sliding'

export interface Conditions {
  /** Messages a second that Telegram allows. */
  limit: number
  window: Window
  /** The deployment's `SEND_RATE_PER_SECOND` and `SENDERS`. */
  configured: number
  senders: number
  /** The speed of the dispatcher's and Telegram's clocks, relative to the machine's. */
  speed: number
  /** The Workers as built for a deployment. */
  workers(): Promise<BuiltWorker[]>
}

/** The running system and its meters. */
export interface BroadcastSetup extends Conditions {
  system: System
  telegram: TelegramSimulator
  portal: PortalSimulator
  meter: Meter
  /** The clock of the dispatcher and of Telegram. */
  clock: FastClock
}

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** Consecutive chat ids. */
export const chatsFrom = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i)

/** Telegram's limits in a scenario. */
export const limitsOf = ({ limit, window }: Conditions) => ({
  globalPerSecond: limit,
  globalWindow: window,
  perChatPerSecond: 1,
  burst: 3,
  groupPerMinute: 20,
})

/** Runs the whole system with a metered dispatcher, and stops it at the end, even after an error. */
export async function withBroadcastSetup<Result>(
  conditions: Conditions,
  work: (setup: BroadcastSetup) => Promise<Result>,
): Promise<Result> {
  const meter = new Meter()
  const clock = new FastClock(conditions.speed)
  return withSystem(
    {
      variables: {
        POLL_INTERVAL_SECONDS: String(INTERVAL),
        SEND_RATE_PER_SECOND: String(conditions.configured),
        SENDERS: String(conditions.senders),
      },
      telegram: {
        keepMessages: false,
        anyoneExists: true,
        latencyMs: LATENCY_MS,
        limits: limitsOf(conditions),
        clock,
      },
      portal: { officesEach: 3, delayMs: 20 },
      workers: await metered(await conditions.workers(), clock),
      onLog: meter.onLog,
    },
    async (system) => {
      const { telegram, portal } = system
      if (!telegram || !portal) throw new Error('this bench needs the simulators')
      await handInDemoSession(system, portal, 900)
      return work({ ...conditions, system, telegram, portal, meter, clock })
    },
  )
}

/** Waits for the first reading of every province: it announces nothing, so slots must be freed after it. */
export async function firstReadings({ system }: BroadcastSetup): Promise<void> {
  const db = await system.runtime.database()
  for (const until = Date.now() + 180_000; Date.now() < until; await sleep(500)) {
    const row = await db
      .prepare('SELECT count(*) AS n FROM province_readings WHERE last_read_at IS NULL')
      .first<{ n: number }>()
    if (row?.n === 0) return
  }
  throw new Error('the provinces were not read')
}

/** When the first alert after an instant was written: the event (epoch ms of the machine's clock). */
export async function eventAfter({ system }: BroadcastSetup, instant: number): Promise<number> {
  const db = await system.runtime.database()
  for (const until = Date.now() + 60_000; Date.now() < until; await sleep(100)) {
    const row = await db
      .prepare("SELECT min(created_at) AS at FROM alerts WHERE kind = 'open' AND created_at >= ?")
      .bind(instant)
      .first<{ at: number | null }>()
    if (row?.at) return row.at
  }
  throw new Error('no alert was written: the portal was not read')
}

/** What messages cost. */
export interface Costs {
  rowsReadPerMessage: number
  rowsWrittenPerMessage: number
  statementsPerMessage: number
  peakMiB: number
  dollarsPerMillion: ReturnType<typeof dollarsPerMillion>
}

/** Starts counting accepted messages and their cost. */
export function observe({ telegram, meter, clock, limit }: BroadcastSetup) {
  const spentBefore = meter.spent
  const { cpuMs } = workerdUse()
  const view = new LedgerView(telegram)
  return {
    view,
    /** CPU time of workerd since `observe` was called, ms. */
    cpuMs: () => workerdUse().cpuMs - cpuMs,
    /** @param event epoch ms of the machine's clock */
    figures: (event: number): BroadcastFigures => view.figures(clock.at(event), limit),
    costs(messages: number): Costs {
      const spent = meter.since(spentBefore)
      const used = workerdUse()
      return {
        rowsReadPerMessage: rounded(spent.rowsRead / messages, 1),
        rowsWrittenPerMessage: rounded(spent.rowsWritten / messages, 2),
        statementsPerMessage: rounded(spent.statements / messages, 2),
        peakMiB: used.peakMiB,
        dollarsPerMillion: dollarsPerMillion(spent, used.cpuMs - cpuMs, messages),
      }
    },
  }
}
