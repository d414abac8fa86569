import { sql } from 'drizzle-orm'
import { beforeEach, describe, expect, test } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { LEASE } from '../../src/passport/poller/claims.ts'
import { runRound } from '../../src/passport/poller/round.ts'
import { MINUTE, romeInstant, SECOND } from '../../src/platform/time.ts'
import {
  alertsWritten,
  db,
  FakePortal,
  failure,
  follow,
  gate,
  openSlots,
  province,
  reset,
  rows,
  START,
  testClock,
  testPoller,
} from './poller-kit.worker.ts'

beforeEach(reset)

/** A portal with one office in Turin, followed, and a poller on it. */
async function turin(slots: string[] = ['2026-06-03 10:00'], bookableFrom: string | null = null) {
  const portal = new FakePortal()
  portal.put('46', 'TO', slots, bookableFrom)
  await follow('TO')
  const clock = testClock()
  const poller = testPoller(portal, clock)
  /** Runs the next round when it is due. */
  const round = async () => {
    clock.at = Math.max(clock.at, Number((await province('TO')).due_at))
    return runRound(poller.ctx)
  }
  return { portal, clock, round, ...poller }
}

describe('a round', () => {
  test('announces a new slot once, and says when it is gone, and announces it again when it comes back', async () => {
    const { portal, round, nudges } = await turin()
    await round()
    await round()
    expect(await alertsWritten()).toEqual(['open:46 2026-06-03 10:00'])
    portal.put('46', 'TO', [])
    await round()
    await round()
    portal.put('46', 'TO', ['2026-06-03 10:00 x2'])
    await round()
    expect(await alertsWritten()).toEqual([
      'open:46 2026-06-03 10:00',
      'gone:46 2026-06-03 10:00',
      'open:46 2026-06-03 10:00',
    ])
    const written = await rows(sql`SELECT id FROM alerts ORDER BY rowid`)
    expect(nudges.map((nudge) => nudge.alertId)).toEqual(written.map((row) => row.id))
    const steps = await rows(sql`SELECT kind, places FROM slot_events ORDER BY id`)
    expect(steps.map((row) => `${row.kind} x${row.places}`)).toEqual(['seen x1', 'gone x1', 'seen x2'])
  })

  test('in which nothing changed writes the province and nothing else, however many slots there are', async () => {
    const many = Array.from(
      { length: 300 },
      (_, i) => `2026-06-${String((i % 30) + 1).padStart(2, '0')} 10:${String(i % 60).padStart(2, '0')}`,
    )
    const { round, meter } = await turin(many)
    await round()
    meter.rowsWritten = 0
    meter.transactions = 0
    await round()
    // The claim, and how the readings stand.
    expect(meter.rowsWritten).toBe(2)
    expect(meter.transactions).toBe(2)
  })

  test('keeps a slot quiet until its hour is near, then announces it with the hour', async () => {
    const { clock, round } = await turin(['2026-06-03 10:00'], '09:00')
    clock.at = romeInstant('2026-05-21', '00:10')
    await round()
    expect(await openSlots()).toEqual(['46 2026-06-03 10:00 x1'])
    expect(await alertsWritten()).toEqual([])
    clock.at = romeInstant('2026-05-21', '08:56')
    await round()
    await round()
    const [alert] = await rows(sql`SELECT bookable_at FROM alerts`)
    expect(alert?.bookable_at).toBe('09:00')
    expect(await alertsWritten()).toHaveLength(1)
  })

  test('reads nothing that nobody awake follows', async () => {
    const { portal, ctx } = await turin()
    await transact(db, [sql`UPDATE subscriptions SET asleep = 1`])
    expect(await runRound(ctx)).toBeNull()
    expect(portal.requests).toEqual([])
  })

  test('has at most five requests open, and commits a province while a slow one is still read', async () => {
    const { portal, ctx, nextNudge } = await turin()
    for (let i = 0; i < 30; i++) portal.put(`m${i}`, 'MI', ['2026-06-03 10:00', '2026-07-03 10:00'])
    await follow('MI')
    const slow = gate()
    portal.fault = (request) => (request === 'list TO' ? slow.pass() : undefined)
    const nudged = nextNudge()
    const running = runRound(ctx)
    await Promise.all([nudged, slow.reached])
    expect(await openSlots()).toHaveLength(60)
    expect((await province('TO')).last_read_at).toBeNull()
    slow.open()
    expect(await running).toMatchObject({ provinces: 2, read: 2, opened: 61, failures: 0 })
    expect(portal.mostOpen).toBe(5)
  })

  test('finds slots behind an empty month within a year of months', async () => {
    const { portal, round } = await turin(['2026-06-03 10:00', '2027-02-03 10:00'])
    for (let i = 0; i < 12; i++) await round()
    expect(await openSlots()).toHaveLength(2)
    portal.put('46', 'TO', ['2027-02-03 10:00'])
    await round()
    expect(await openSlots()).toEqual(['46 2027-02-03 10:00 x1'])
  })
})

describe('two rounds', () => {
  test('at the same time read a province once', async () => {
    const { portal, ctx } = await turin()
    const slow = gate()
    portal.fault = (request) => (request === 'list TO' ? slow.pass() : undefined)
    const first = runRound(ctx)
    await slow.reached
    expect(await runRound(ctx)).toBeNull()
    expect(await runRound(ctx, 'TO')).toBeNull()
    slow.open()
    await first
    expect(portal.requests.filter((request) => request.startsWith('list'))).toHaveLength(1)
  })

  test('one of which lost its lease: that one writes nothing', async () => {
    const { portal, ctx, clock } = await turin()
    const slow = gate()
    let first = true
    portal.fault = (request) => {
      if (request !== 'list TO' || !first) return undefined
      first = false
      return slow.pass()
    }
    const stuck = runRound(ctx)
    await slow.reached
    clock.at += LEASE
    await runRound(ctx)
    const before = await province('TO')
    portal.put('46', 'TO', ['2026-06-03 10:00', '2026-06-09 10:00'])
    slow.open()
    expect(await stuck).toMatchObject({ read: 0, opened: 0 })
    expect(await alertsWritten()).toEqual(['open:46 2026-06-03 10:00'])
    expect(await province('TO')).toEqual(before)
  })

  test('a round that goes on for long keeps its lease as long as requests end', async () => {
    const { portal, ctx, clock } = await turin()
    for (let i = 0; i < 10; i++) portal.put(`t${i}`, 'TO', ['2026-06-03 10:00'])
    portal.fault = () => {
      clock.at += 5 * SECOND
      return undefined
    }
    const report = await runRound(ctx)
    expect(clock.at - START).toBeGreaterThan(3 * LEASE)
    expect(report).toMatchObject({ read: 1, opened: 11 })
  })

  test('a first follow during a round voids its reading, and the province is due at once', async () => {
    const { portal, ctx, clock } = await turin()
    const slow = gate()
    portal.fault = () => slow.pass()
    const running = runRound(ctx)
    await slow.reached
    await transact(db, [sql`UPDATE provinces SET watched_since = ${clock.at + 1}, due_at = 0`])
    slow.open()
    await running
    expect(await openSlots()).toEqual([])
    expect(await runRound(ctx)).toMatchObject({ read: 1, opened: 1 })
  })
})

describe('a crash', () => {
  for (const moment of ['before', 'after'] as const) {
    for (let index = 0; index < 3; index++) {
      test(`${moment} transaction ${index} ends in the same state, with each alert once`, async () => {
        const { portal, clock, meter, round } = await turin(['2026-06-03 10:00', '2026-06-04 10:00'])
        await round()
        portal.put('46', 'TO', ['2026-06-04 10:00 x2', '2026-06-05 10:00'])
        const base = meter.transactions
        meter.crash = (when, at) => {
          if (when === moment && at === base + index) throw new Error('D1_ERROR: made up')
        }
        const outcome = await round().then(
          () => 'survived',
          () => 'thrown',
        )
        expect(['survived', 'thrown']).toContain(outcome)
        meter.crash = () => undefined
        clock.at += LEASE
        await round()
        await round()
        expect(await openSlots()).toEqual(['46 2026-06-04 10:00 x2', '46 2026-06-05 10:00 x1'])
        expect((await alertsWritten()).sort()).toEqual([
          'gone:46 2026-06-03 10:00',
          'open:46 2026-06-03 10:00 2026-06-04 10:00',
          'open:46 2026-06-05 10:00',
        ])
      })
    }
  }

  test('of everything but the reading (the process dies) frees the province when its lease ends', async () => {
    const { ctx, clock, meter } = await turin()
    meter.crash = (when, at) => {
      if (when === 'before' && at > 0) throw new Error('D1_ERROR: made up')
    }
    await runRound(ctx)
    meter.crash = () => undefined
    clock.at += LEASE - 1
    expect(await runRound(ctx)).toBeNull()
    clock.at += 1
    expect(await runRound(ctx)).toMatchObject({ read: 1 })
  })

  test('of the queue loses no alert: its row waits for the sweep', async () => {
    const { ctx } = await turin()
    ctx.availability.sendBatch = () => Promise.reject(new Error('queue down'))
    expect(await runRound(ctx)).toMatchObject({ read: 1, opened: 1 })
    const [alert] = await rows(sql`SELECT fanned_out_at FROM alerts`)
    expect(alert).toEqual({ fanned_out_at: null })
  })
})

describe('a failed reading', () => {
  test('closes nothing, and waits longer each time until one succeeds', async () => {
    const { portal, clock, round } = await turin()
    await round()
    portal.put('46', 'TO', [])
    portal.fault = () => failure('unavailable')
    const waits: number[] = []
    for (let i = 0; i < 7; i++) {
      await round()
      waits.push((Number((await province('TO')).due_at) - clock.at) / SECOND)
    }
    expect(waits.map((wait) => Math.round(wait / 20) * 20)).toEqual([20, 40, 80, 160, 300, 300, 300])
    expect(await openSlots()).toHaveLength(1)
    expect(await province('TO')).toMatchObject({ failures: 7, last_failure: 'unavailable' })
    portal.fault = () => undefined
    await round()
    expect(await province('TO')).toMatchObject({ failures: 0, last_failure: null })
    expect(await openSlots()).toEqual([])
  })

  test('that was asked to wait waits, and asks nothing more of the portal', async () => {
    const { portal, clock, round } = await turin()
    for (let i = 0; i < 9; i++) portal.put(`t${i}`, 'TO', ['2026-06-03 10:00'])
    portal.fault = (request) =>
      request.startsWith('month') ? failure('rate-limited', 2 * MINUTE) : undefined
    await round()
    expect(portal.requests.length).toBeLessThanOrEqual(1 + 5)
    const { due_at } = await province('TO')
    expect(Number(due_at) - clock.at).toBeGreaterThanOrEqual(2 * MINUTE)
  })

  test('of one office leaves the others to be announced, is not a reading, and does not slow the province', async () => {
    const { portal, round } = await turin()
    portal.put('47', 'TO', ['2026-06-04 10:00'])
    portal.fault = (request) => (request.startsWith('month 46') ? failure('malformed') : undefined)
    await round()
    expect(await openSlots()).toEqual(['47 2026-06-04 10:00 x1'])
    expect(await province('TO')).toMatchObject({ failures: 0, last_failure: 'malformed', last_read_at: null })
  })

  test('without a session asks once a round, grows no backoff, and goes on as soon as there is one', async () => {
    const { portal, clock, round } = await turin()
    for (let i = 0; i < 20; i++) await follow(`X${i}`)
    portal.fault = () => failure('no-session')
    for (let i = 0; i < 5; i++) await round()
    expect(portal.requests.length).toBeLessThanOrEqual(5 * 5)
    const before = await province('TO')
    expect(before).toMatchObject({ failures: 0, last_failure: 'no-session', last_read_at: null })
    expect(Number(before.due_at) - clock.at).toBeLessThanOrEqual(32 * SECOND)
    portal.fault = () => undefined
    await round()
    expect(await alertsWritten()).toEqual(['open:46 2026-06-03 10:00'])
  })

  test('whose reader throws is survived like any other', async () => {
    const { portal, round } = await turin()
    portal.fault = () => {
      throw new TypeError('a bug in the reader')
    }
    expect(await round()).toMatchObject({ read: 0, failures: 1 })
    portal.fault = () => undefined
    expect(await round()).toMatchObject({ read: 1 })
  })
})

test('a slot keeps the time when it was first seen, and each opening gets its own', async () => {
  const { portal, round } = await turin()
  await round()
  portal.put('46', 'TO', [])
  await round()
  portal.put('46', 'TO', ['2026-06-03 10:00'])
  await round()
  const [slot] = await rows(sql`SELECT first_seen_at, opened_at, gone_at FROM slots`)
  expect(slot?.first_seen_at).toBe(START)
  expect(Number(slot?.opened_at)).toBeGreaterThan(START)
  expect(slot?.gone_at).toBeNull()
})
