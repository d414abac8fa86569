import { sql } from 'drizzle-orm'
import { beforeEach, describe, expect, test } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { readVitals } from '../../src/ops/vitals.ts'
import { planFollow, unfollow } from '../../src/passport/follow/follow.ts'
import { OUTAGE_AFTER } from '../../src/passport/poller/outages.ts'
import { setReadings } from '../../src/passport/poller/readings.ts'
import { pollNow } from '../../src/passport/poller/tick.ts'
import { MINUTE, SECOND } from '../../src/platform/time.ts'
import {
  alertsWritten,
  db,
  FakePortal,
  failure,
  follow,
  gate,
  INTERVAL,
  openSlots,
  province,
  reset,
  rows,
  runTick,
  START,
  testClock,
  testPoller,
} from './poller-kit.worker.ts'

beforeEach(reset)

function poller(interval = INTERVAL) {
  const portal = new FakePortal()
  const clock = testClock()
  const { ctx, ...rest } = testPoller(portal, clock)
  return { portal, clock, ctx: { ...ctx, interval }, ...rest }
}

describe('a tick of the cron', () => {
  test('reads each followed province once an interval until the minute is over', async () => {
    const { portal, clock, ctx } = poller()
    await follow('TO')
    portal.put('46', 'TO', ['2026-06-03 10:00'])
    for (let tick = 0; tick < 10; tick++) {
      clock.at = START + tick * MINUTE
      await runTick(ctx)
    }
    const readings = portal.requests.filter((request) => request.startsWith('list')).length
    expect(readings).toBeGreaterThanOrEqual(29)
    expect(readings).toBeLessThanOrEqual(32)
  })

  test('keeps to intervals that are longer than a minute', async () => {
    const { portal, clock, ctx } = poller(150 * SECOND)
    await follow('TO')
    for (let tick = 0; tick < 30; tick++) {
      clock.at = Math.max(clock.at, START + tick * MINUTE)
      await runTick(ctx)
    }
    expect(portal.requests.length).toBeGreaterThanOrEqual(12)
    expect(portal.requests.length).toBeLessThanOrEqual(14)
  })

  test('reads the others again while one is slow, with at most five requests open in all', async () => {
    const { portal, ctx } = poller()
    await follow('TO')
    await follow('MI')
    for (let i = 0; i < 10; i++) portal.put(`${i}`, 'MI', ['2026-06-03 10:00'])
    const slow = gate()
    portal.fault = (request) => (request === 'list TO' ? slow.pass() : undefined)
    const tick = runTick(ctx)
    await slow.reached
    let readings = 0
    const again = new Promise<void>((resolve) => {
      portal.fault = (request) => {
        if (request === 'list MI' && ++readings === 2) resolve()
        return undefined
      }
    })
    await again
    expect((await province('TO')).last_read_at).toBeNull()
    slow.open()
    await tick
    expect((await province('TO')).last_read_at).not.toBeNull()
    expect(portal.mostOpen).toBe(5)
  })

  test.each([
    { adaptive: false, codes: ['TO'] },
    { adaptive: true, codes: ['TO'] },
    { adaptive: false, codes: ['TO', 'MI', 'RM', 'NA'] },
  ])(
    'reads again in time what the tick before released after this one began: $codes, $adaptive',
    async ({ adaptive, codes }) => {
      const { portal, clock, ctx } = poller()
      for (const code of codes) await follow(code)
      const lease = { leaseToken: 'the tick before', leaseUntil: START + MINUTE }
      await transact(
        db,
        codes.map((code) => setReadings(code, lease, START)),
      )
      // The round ends as soon as time passes, long before its leases would.
      const { sleep } = clock
      clock.sleep = async (ms) => {
        clock.sleep = sleep
        const released = { leaseToken: null, leaseUntil: 0, dueAt: START + 10 * SECOND }
        await transact(
          db,
          codes.map((code) => setReadings(code, released, START)),
        )
        await sleep(ms)
      }
      const readAt: number[] = []
      portal.fault = (request) => {
        if (request.startsWith('list')) readAt.push(clock.at - START)
        return undefined
      }
      await runTick({ ...ctx, adaptive })
      const first = readAt.slice(0, codes.length)
      expect(first).toHaveLength(codes.length)
      expect(Math.max(...first)).toBeLessThanOrEqual(11 * SECOND)
    },
  )

  test('enrols provinces whose followers came without a row, whatever their number', async () => {
    const { clock, ctx } = poller()
    for (const [code, chat] of [
      ['TO', 1],
      ['TO', 2],
      ['MI', 1],
    ] as const) {
      await follow(code, chat)
    }
    await transact(db, [sql`DELETE FROM provinces`])
    await runTick(ctx)
    expect(
      await rows(sql`SELECT code, last_read_at > 0 AS read FROM province_readings ORDER BY code`),
    ).toEqual([
      { code: 'MI', read: 1 },
      { code: 'TO', read: 1 },
    ])
    const [heartbeat] = await rows(sql`SELECT value FROM state WHERE name = 'poller-heartbeat'`)
    const { tickAt } = JSON.parse(String(heartbeat?.value))
    const { lastGoodRoundAt } = await readVitals(db, clock.at)
    expect(tickAt).toBe(START)
    expect(lastGoodRoundAt).toBeGreaterThan(START + 30 * SECOND)
    expect(lastGoodRoundAt).toBeLessThanOrEqual(clock.at)
  })

  test('survives a store that is down for a while', async () => {
    const { portal, ctx, meter } = poller()
    await follow('TO')
    portal.put('46', 'TO', ['2026-06-03 10:00'])
    meter.crash = (moment, index) => {
      if (moment === 'before' && index < 3) throw new Error('D1_ERROR: made up')
    }
    await runTick(ctx)
    expect(await openSlots()).toHaveLength(1)
  })
})

describe('a province that somebody just began to follow', () => {
  test('is read at once, and then with the others', async () => {
    const { portal, ctx } = poller()
    portal.put('46', 'TO', ['2026-06-03 10:00'])
    await follow('TO')
    await pollNow(ctx, 'TO')
    expect(await alertsWritten()).toEqual(['open:46 2026-06-03 10:00'])
    const { due_at } = await province('TO')
    expect(Number(due_at)).toBeGreaterThan(START)
    expect(Number(due_at)).toBeLessThanOrEqual(START + 1.6 * INTERVAL)
  })

  test('is read no more often than any other, however often it is left and followed again', async () => {
    const { portal, clock, ctx } = poller()
    portal.fault = () => failure('unavailable')
    const lists = () => portal.requests.filter((request) => request === 'list TO').length
    for (let second = 0; second < 60; second++) {
      const plan = await planFollow(db, { chatId: 7, province: 'TO', now: clock.at, trace: 't' })
      expect(plan.outcome).toBe('started')
      await transact(db, plan.statements)
      await pollNow(ctx, 'TO')
      await transact(db, [unfollow(7, 'TO')])
      clock.at += SECOND
    }
    expect(lists()).toBeGreaterThanOrEqual(1)
    expect(lists()).toBeLessThanOrEqual(60 / (INTERVAL / SECOND))
  })

  test('is left alone when nobody follows it', async () => {
    const { portal, ctx } = poller()
    await pollNow(ctx, 'TO')
    expect(portal.requests).toEqual([])
  })
})

describe('followers of a province that cannot be read', () => {
  test('are told once after ten minutes, and once when it can be again', async () => {
    const { portal, clock, ctx, nudges } = poller()
    await follow('TO')
    await follow('MI')
    await runTick(ctx)
    const { last_read_at: lastSight } = await province('TO')
    portal.fault = (request) => (request === 'list TO' ? failure('unavailable') : undefined)
    while (clock.at < START + 20 * MINUTE) await runTick(ctx)
    expect(await alertsWritten()).toEqual(['blind:TO'])
    expect(await rows(sql`SELECT id FROM alerts`)).toEqual([{ id: `blind:TO:${lastSight}` }])
    expect((await province('TO')).blind_since).toBe(lastSight)
    portal.fault = () => undefined
    while (clock.at < START + 30 * MINUTE) await runTick(ctx)
    expect(await alertsWritten()).toEqual(['blind:TO', 'sight:TO'])
    expect((await province('TO')).blind_since).toBeNull()
    expect(nudges.map((nudge) => nudge.alertId)).toEqual([`blind:TO:${lastSight}`, `sight:TO:${lastSight}`])
  })

  test('are not told when the cron was away and the first round sees again', async () => {
    const { clock, ctx } = poller()
    await follow('TO')
    await runTick(ctx)
    clock.at += 3 * OUTAGE_AFTER
    await runTick(ctx)
    expect(await alertsWritten()).toEqual([])
  })

  test('are told again of another blindness', async () => {
    const { portal, clock, ctx } = poller()
    await follow('TO')
    for (const fails of [true, false, true]) {
      portal.fault = () => (fails ? failure('no-session') : undefined)
      const until = clock.at + 15 * MINUTE
      while (clock.at < until) await runTick(ctx)
    }
    expect(await alertsWritten()).toEqual(['blind:TO', 'sight:TO', 'blind:TO'])
  })
})
