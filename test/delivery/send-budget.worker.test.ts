import { sql } from 'drizzle-orm'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { connect, transact } from '../../src/db/database.ts'
import { writeState } from '../../src/db/state.ts'
import { sendDue } from '../../src/delivery/sender.ts'
import type { SenderContext } from '../../src/delivery/sender-context.ts'
import { InvocationBudget, type InvocationLimits, PAID_PLAN } from '../../src/platform/budget.ts'
import { EventClock } from './event-clock.ts'
import { clean, db, enqueueAll, plain, rows, senderKit } from './kit.worker.ts'
import { limitedD1 } from './limited-d1.worker.ts'

const FREE_PLAN: InvocationLimits = { ...PAID_PLAN, queries: 50, subrequests: 50 }
/** Runs as short as this keep the test short. */
const A_TENTH: InvocationLimits = { ...PAID_PLAN, queries: 100 }
/** Telegram's answer takes so long (ms). */
const LATENCY_MS = 60

beforeEach(async () => {
  await clean()
  for (const level of ['info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation(() => undefined)
})

/** A sender whose every run is an invocation of its own, within limits. */
function limitedSender(limits: InvocationLimits, configuredRate: number) {
  const clock = new EventClock()
  const kit = senderKit({ clock, configuredRate })
  kit.telegram.answer = async () => {
    await clock.sleep(LATENCY_MS)
    return undefined
  }
  const runs: { queries: number; subrequests: number; ms: number }[] = []
  const run = async (nudge: SenderContext['nudge']) => {
    const startedAt = clock.now()
    const before = kit.telegram.calls.length
    const { d1, used } = limitedD1(clock, limits.queries)
    const budget = new InvocationBudget(limits, startedAt)
    try {
      await sendDue({ ...kit.context, db: connect(budget.count(d1)), budget, nudge })
    } finally {
      const subrequests = kit.telegram.calls.length - before
      runs.push({ queries: used.queries, subrequests, ms: clock.now() - startedAt })
    }
  }
  return { ...kit, clock, runs, run }
}

/** What earlier runs learned: Telegram allows so many messages a second. */
const knownRate = (rate: number) => {
  const now = Date.now()
  const learned = { rate, ceiling: rate, refills: true, pausedUntil: 0, limitedAt: now, configured: rate }
  return transact(db, [writeState(db, 'pacing', learned, now)])
}

const everybody = (count: number) => Array.from({ length: count }, (_, n) => plain('tutti', n + 1))

describe.each([
  ['a tenth of the paid plan', A_TENTH, 450, 28],
  ['a tenth of the paid plan, with a low rate', A_TENTH, 100, 5],
  ['the free plan', FREE_PLAN, 120, 28],
  ['the free plan, with a low rate', FREE_PLAN, 60, 5],
])('within the limits of %s', (_, limits, messages, rate) => {
  test('a broadcast goes on from run to run: nothing is lost, nothing sent twice', async () => {
    await enqueueAll(everybody(messages))
    await knownRate(rate)
    const { telegram, runs, run } = limitedSender(limits, rate)
    for (let nudged = true; nudged; ) {
      nudged = false
      await run(async () => {
        nudged = true
      })
    }
    expect(telegram.calls).toHaveLength(messages)
    expect(new Set(telegram.calls.map(({ body }) => body.chat_id)).size).toBe(messages)
    expect(await rows(sql`SELECT status, count(*) AS n FROM deliveries GROUP BY status`)).toEqual([
      { status: 'sent', n: messages },
    ])
    expect(runs.length).toBeGreaterThan(1)
    // The rest of the limit is for what else the invocation does.
    expect(Math.max(...runs.map(({ queries }) => queries))).toBeLessThanOrEqual(limits.queries * 0.98)
    expect(Math.max(...runs.map(({ subrequests }) => subrequests))).toBeLessThanOrEqual(limits.subrequests)
  })
})

test('from run to run hardly any time is lost: the successor is called before a run ends, and waits for its lease', async () => {
  await enqueueAll(everybody(700))
  await knownRate(28)
  const { clock, telegram, runs, run } = limitedSender({ ...PAID_PLAN, queries: 100 }, 28)
  const startedAt = clock.now()
  const started: Promise<unknown>[] = []
  const delays: number[] = []
  // The queue calls the next run at once, while this one still has messages under way.
  const nudge = async (delaySeconds: number) => {
    delays.push(delaySeconds)
    started.push(run(nudge))
  }
  started.push(run(nudge))
  for (let next = started.shift(); next; next = started.shift()) await next
  expect(telegram.calls).toHaveLength(700)
  expect(runs.length).toBeGreaterThan(1)
  expect(Math.max(...delays)).toBe(0)
  const ideal = (700 / 28) * 1_000
  expect((clock.now() - startedAt) / ideal).toBeLessThan(1.1)
})

test('a run that cannot record outcomes sends nothing more, and ends', async () => {
  const { telegram, clock, context } = limitedSender(PAID_PLAN, 100)
  await enqueueAll(everybody(500))
  let refusing = false
  const { d1 } = limitedD1(clock)
  const refuser = new Proxy(d1, {
    get: (target, name) => {
      if (name === 'batch' && refusing) return () => Promise.reject(new Error('D1_ERROR: refused'))
      return Reflect.get(target, name)
    },
  })
  telegram.answer = async () => {
    await clock.sleep(LATENCY_MS)
    refusing = telegram.calls.length >= 50
    return undefined
  }
  await expect(sendDue({ ...context, db: connect(refuser) })).rejects.toThrow('refused')
  // At 100 a second, no more than went out until the next write was refused.
  expect(telegram.calls.length).toBeLessThan(50 + 50)
})
