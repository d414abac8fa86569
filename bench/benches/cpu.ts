import { buildWorkers, type WorkerName } from '../../scripts/local/bundle.ts'
import { handInDemoSession } from '../../scripts/local/demo.ts'
import type { System } from '../../scripts/local/system.ts'
import { provinces } from '../../src/passport/provinces/provinces.ts'
import { addDays, romeDate } from '../../src/platform/time.ts'
import { type Bench, rounded, wholeOption } from '../bench.ts'
import { connectProfiler } from '../cpu/profiler.ts'
import { FastClock, hurried } from '../fast-clock.ts'
import { seedFollowers } from '../followers.ts'
import { withSystem } from '../local.ts'
import { updateOf } from '../updates.ts'

const TICK = '* * * * *'
const CHATS = 500
/** Followers of the province whose slot is freed: one message each. */
const FOLLOWERS = 3_000
/** So many senders send them as fast as the machine can; all senders are in the one isolate that is measured. */
const SENDERS = 6
/** Runs before the measured ones, at most. */
const WARM_UP = 100
/** What a minute may take in which there is nothing to do, ms. */
const IDLE_TARGET_MS = 5

/** Idle minutes pass on clocks this many times as fast: an isolate of Cloudflare's has seen many before. */
const IDLE_SPEED = 240

type Row = {
  '': string
  times: number
  'CPU ms each': number
}

/** Measures what Workers of one system take; adds a row for each measurement. */
function meterOf({ runtime }: System, rows: Row[]) {
  return async (name: string, worker: WorkerName, times: number, once: (i: number) => Promise<unknown>) => {
    const profiler = await connectProfiler(await runtime.inspectorUrl(worker))
    const repeat = async (from: number, count: number) => {
      for (let i = from; i < from + count; i++) await once(i)
    }
    // The first runs compile the code: what is measured is a warm isolate, as Cloudflare keeps one.
    const warm = Math.min(WARM_UP, times)
    await repeat(0, warm)
    const cpuMs = await profiler.cpuMs(() => repeat(warm, times))
    profiler.close()
    console.error(`measured: ${name}: ${rounded(cpuMs / times, 2)} ms`)
    rows.push({ '': name, times, 'CPU ms each': rounded(cpuMs / times, 2) })
    return cpuMs / times
  }
}

/** Minutes of an installation that nobody uses. @returns CPU time of one at the edge, ms */
async function idleMinutes(minutes: number, rows: Row[]): Promise<number> {
  const clock = new FastClock(IDLE_SPEED)
  const workers = await Promise.all((await buildWorkers()).map((worker) => hurried(worker, clock)))
  return withSystem({ crons: false, inspected: true, plan: 'none', workers }, async (system) => {
    const measure = meterOf(system, rows)
    const tick = (worker: WorkerName) => () => system.runtime.tick(worker, TICK)
    const idleMs = await measure('edge: a minute with nothing to do', 'edge', minutes, tick('edge'))
    await measure('dispatcher: a minute with nothing to do', 'dispatcher', minutes, tick('dispatcher'))
    return idleMs
  })
}

/** CPU time of the Workers' own isolates, by a sampling profile. */
export const bench: Bench = {
  title:
    'CPU: what an idle minute, a minute of readings, an update, a page and an alert take of a Worker’s isolate',
  options: {
    idle: `how many minutes with nothing to do (default 100), on clocks ${IDLE_SPEED} times as fast`,
    minutes: 'how many minutes of readings (default 2); they pass in real time',
    updates: 'how many updates and requests of pages (default 400)',
  },
  async run(options) {
    const idle = wholeOption(options, 'idle', 100)
    const minutes = wholeOption(options, 'minutes', 2)
    const updates = wholeOption(options, 'updates', 400)
    const rows: Row[] = []
    const idleMs = await idleMinutes(idle, rows)
    return withSystem(
      {
        crons: false,
        inspected: true,
        // The harness that enforces limits would count as the Worker's own.
        plan: 'none',
        variables: { ADMIN_IDS: '900', SENDERS: String(SENDERS), SEND_RATE_PER_SECOND: '1000' },
        telegram: { anyoneExists: true, keepMessages: false, latencyMs: 60 },
        portal: { officesEach: 3, delayMs: 50 },
      },
      async (system) => {
        const { runtime, portal, telegram, variables } = system
        if (!portal || !telegram) throw new Error('this bench needs the simulators')
        const measure = meterOf(system, rows)
        const update = async (i: number) => {
          const response = await fetch(`${runtime.url}/telegram/webhook`, {
            method: 'POST',
            headers: { 'x-telegram-bot-api-secret-token': variables.TELEGRAM_WEBHOOK_SECRET ?? '' },
            body: updateOf(i, CHATS, 1),
          })
          await response.arrayBuffer()
        }
        const page = async (i: number) => {
          const { code } = provinces[i % provinces.length] ?? { code: 'TO' }
          const response = await fetch(`${runtime.url}/p/${code}`)
          await response.arrayBuffer()
        }

        await measure('edge: an update of the bot', 'edge', updates, update)
        await measure('edge: a province’s page', 'edge', updates, page)
        await handInDemoSession(system, portal, 900)
        await seedFollowers(
          runtime,
          provinces.map(({ code }, i) => ({ chatId: 20_000 + i, province: code })),
        )
        await measure('edge: a minute in which 107 provinces do not change', 'edge', minutes, () =>
          runtime.tick('edge', TICK),
        )
        const followers = Array.from({ length: FOLLOWERS }, (_, i) => ({
          chatId: 100_000 + i,
          province: 'TO',
        }))
        await seedFollowers(runtime, followers)
        /** Frees a slot of Torino; resolves when all its followers have the alert. */
        const alert = async (days: number) => {
          const office = String(portal.offices('TO')[0]?.id)
          portal.setHour(office, '')
          portal.freeSlot(office, addDays(romeDate(portal.now()), days), '10:10', 1)
          const until = telegram.ledger.sent.length + FOLLOWERS
          const tick = runtime.tick('edge', TICK)
          await telegram.waitUntil(() => telegram.ledger.sent.length >= until, {
            timeoutMs: 120_000,
            what: 'the alerts were not sent',
          })
          await tick
        }
        await alert(5)
        const profiler = await connectProfiler(await runtime.inspectorUrl('dispatcher'))
        const alertMs = await profiler.cpuMs(() => alert(6))
        profiler.close()
        rows.push({
          '': `dispatcher: an alert, one of ${FOLLOWERS}, from fan-out to outcome`,
          times: FOLLOWERS,
          'CPU ms each': rounded(alertMs / FOLLOWERS, 2),
        })
        return {
          table: rows,
          figures: { rows, idleMs },
          failures:
            idleMs > IDLE_TARGET_MS
              ? [`An idle minute takes ${rounded(idleMs, 2)} ms of CPU: more than ${IDLE_TARGET_MS}.`]
              : [],
        }
      },
    )
  },
}
