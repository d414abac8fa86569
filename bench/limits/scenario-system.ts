import { existsSync } from 'node:fs'
import type { WorkerName } from '../../scripts/local/bundle.ts'
import { handInDemoSession } from '../../scripts/local/demo.ts'
import type { System } from '../../scripts/local/system.ts'
import { addDays, romeDate } from '../../src/platform/time.ts'
import type { PortalSimulator } from '../../test/simulators/portal/simulator.ts'
import type { TelegramSimulator } from '../../test/simulators/telegram/index.ts'
import { sleep } from '../fanout/broadcast-setup.ts'
import { workerdUse } from '../fanout/meter.ts'
import { FastClock, hurried } from '../fast-clock.ts'
import { withSystem } from '../local.ts'
import type { Found, ScenarioOptions } from './scenario-types.ts'

const CRON = '* * * * *'
const OPERATOR = 900
/** What the sender does for so many messages it does for all others. */
export const ENOUGH_MESSAGES = 6_000
export const FOLLOWERS = 30_000

/** The running system of a scenario. */
export interface ScenarioSetup {
  system: System
  telegram: TelegramSimulator
  portal: PortalSimulator
  tick(worker: WorkerName, cron?: string): Promise<void>
  /** Does some work and says how much CPU time it took. */
  found(outcome: Record<string, number>): Promise<Found>
}

const cpu = () => (existsSync('/proc/self/stat') ? workerdUse().cpuMs : null)

/** Runs a scenario on a system whose crons are ticked by hand, with clocks that run `speed` times as fast. */
export async function onSystem(
  { plan, workers, onLog }: ScenarioOptions,
  { speed, interval }: { speed: number; interval: number },
  work: (setup: ScenarioSetup) => Promise<Found>,
): Promise<Found> {
  const clock = new FastClock(speed)
  return withSystem(
    {
      crons: false,
      plan,
      variables: {
        POLL_INTERVAL_SECONDS: String(interval),
        SEND_RATE_PER_SECOND: '28',
        ADMIN_IDS: String(OPERATOR),
      },
      telegram: {
        keepMessages: false,
        anyoneExists: true,
        latencyMs: 60,
        limits: {
          globalPerSecond: 28,
          globalWindow: 'bucket',
          perChatPerSecond: 1,
          burst: 3,
          groupPerMinute: 20,
        },
        clock,
      },
      portal: { officesEach: 3, delayMs: 50 },
      workers: await Promise.all(workers.map((worker) => hurried(worker, clock))),
      ...(onLog && { onLog }),
    },
    async (system) => {
      const { telegram, portal, runtime } = system
      if (!telegram || !portal) throw new Error('this bench needs the simulators')
      await handInDemoSession(system, portal, OPERATOR)
      const before = cpu()
      return work({
        system,
        telegram,
        portal,
        tick: (worker, cron = CRON) => runtime.tick(worker, cron),
        async found(outcome) {
          const after = cpu()
          const cpuMs = before === null || after === null ? null : Math.round(after - before)
          return { peaks: await runtime.peaks(), cpuMs, outcome }
        },
      })
    },
  )
}

export const count = async ({ system }: ScenarioSetup, sql: string): Promise<number> => {
  const db = await system.runtime.database()
  return (await db.prepare(`SELECT count(*) AS n FROM ${sql}`).first<{ n: number }>())?.n ?? 0
}

/** Waits until something holds, looking four times a second. @throws when nothing changed for two minutes */
export async function until(progress: () => Promise<number>, enough: number): Promise<void> {
  let last = -1
  let changedAt = Date.now()
  for (;;) {
    const now = await progress()
    if (now >= enough) return
    if (now !== last) changedAt = Date.now()
    if (Date.now() - changedAt > 120_000) throw new Error(`stuck at ${now} of ${enough}`)
    last = now
    await sleep(250)
  }
}

export const freeOne = ({ portal }: ScenarioSetup, province: string, nth: number) => {
  const offices = portal.offices(province)
  const office = offices[nth % offices.length]
  if (!office) throw new Error(`${province} has no office`)
  portal.setHour(String(office.id), '')
  const day = addDays(romeDate(portal.now()), 3 + (nth % 20))
  portal.freeSlot(String(office.id), day, `${String(8 + (nth % 10)).padStart(2, '0')}:10`, 1)
}
