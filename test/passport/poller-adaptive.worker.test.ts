import { sql } from 'drizzle-orm'
import { beforeEach, describe, expect, test } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { setReadings } from '../../src/passport/poller/readings.ts'
import { countReleases } from '../../src/passport/poller/release-history.ts'
import { runRound } from '../../src/passport/poller/round.ts'
import { MINUTE, romeHourOfWeek, romeInstant, SECOND } from '../../src/platform/time.ts'
import {
  db,
  FakePortal,
  follow,
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

const ADMIN = 900

const followMany = (code: string, count: number) =>
  transact(db, [
    sql`INSERT INTO subscriptions (chat_id, province, ring, created_at)
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
        SELECT 1000 + i, ${code}, i, 0 FROM n`,
    sql`INSERT OR IGNORE INTO provinces (code, watched_since) VALUES (${code}, ${START})`,
  ])

const readings = (portal: FakePortal, code: string) =>
  portal.requests.filter((request) => request === `list ${code}`).length

describe('adaptive polling', () => {
  test('reads what many follow more often, everybody once a minute, with no more requests than the grid', async () => {
    const portal = new FakePortal()
    const clock = testClock()
    const { ctx } = testPoller(portal, clock)
    await followMany('RM', 500)
    for (const code of ['TO', 'AO', 'NA', 'BO']) await follow(code)
    await runTick(ctx)
    portal.requests = []
    const minutes = 10
    for (let tick = 1; tick <= minutes; tick++) {
      clock.at = Math.max(clock.at, START + tick * MINUTE)
      await runTick(ctx)
    }
    expect(readings(portal, 'RM')).toBeGreaterThan(1.8 * readings(portal, 'TO'))
    expect(readings(portal, 'AO')).toBeGreaterThanOrEqual(minutes - 1)
    expect(portal.requests.length).toBeLessThanOrEqual(5 * (minutes + 1) * (MINUTE / INTERVAL))
    const [state] = await rows(sql`SELECT value FROM state WHERE name = 'polling-plan'`)
    const plan = JSON.parse(String(state?.value))
    expect(plan.provinces.RM).toMatchObject({ followers: 500, cost: 1 })
    expect(await province('RM')).toMatchObject({ spent_on: '2026-05-20', cost: 1 })
  })

  test('switched off reads all alike', async () => {
    const portal = new FakePortal()
    const { ctx } = testPoller(portal, testClock())
    await followMany('RM', 500)
    await follow('TO')
    await runTick({ ...ctx, adaptive: false })
    expect(readings(portal, 'RM')).toBe(readings(portal, 'TO'))
    expect(await rows(sql`SELECT name FROM state WHERE name = 'polling-plan'`)).toEqual([])
  })

  test('reads a province at the moment from which its slots may be announced', async () => {
    const portal = new FakePortal()
    const clock = testClock()
    const { ctx } = testPoller(portal, clock)
    await follow('TO')
    portal.put('46', 'TO', ['2026-06-03 10:00'], '12:06')
    await runTick(ctx)
    clock.at = Math.max(clock.at, START + MINUTE)
    await runTick(ctx)
    const [alert] = await rows(sql`SELECT created_at, bookable_at FROM alerts`)
    expect(alert?.bookable_at).toBe('12:06')
    expect(Number(alert?.created_at) - (START + MINUTE)).toBeLessThanOrEqual(SECOND)
  })

  test('plans with a bounded number of statements, once an hour', async () => {
    const portal = new FakePortal()
    const clock = testClock()
    const { ctx, meter } = testPoller(portal, clock)
    await follow('TO')
    await runTick(ctx)
    await transact(db, [
      setReadings('TO', { dueAt: Number.MAX_SAFE_INTEGER, lastReadAt: START + 120 * MINUTE }),
    ])
    const idle = async () => {
      const before = meter.queries
      await runTick(ctx)
      return meter.queries - before
    }
    expect(await idle()).toBeLessThanOrEqual(3)
    clock.at += 60 * MINUTE
    expect(await idle()).toBeLessThanOrEqual(3)
  })
})

test('history counts what was freed by hour of the week, and what followed within minutes, not what an office began with', async () => {
  const now = romeInstant('2026-05-20', '12:00')
  const at = romeInstant('2026-05-19', '09:10')
  await transact(db, [
    sql`INSERT INTO offices (id, province, code, name, address, city, first_seen_at)
        VALUES ('46', 'TO', 'C', 'N', 'A', 'B', ${now - 28 * 24 * 60 * MINUTE})`,
    ...[now - 28 * 24 * 60 * MINUTE, at, at, at + MINUTE, at + 30 * MINUTE].map(
      (when, i) => sql`INSERT INTO slot_events (office_id, date, time, kind, places, at, trace)
                       VALUES ('46', '2026-06-03', ${`1${i}:00`}, 'seen', 1, ${when}, 't')`,
    ),
  ])
  const history = await countReleases(db, '2026-05-20', now)
  expect(history).toMatchObject({ day: '2026-05-20', finds: 3, followUps: 1 })
  expect(history.provinces.TO?.weeks).toBe(4)
  const { freed = [] } = history.provinces.TO ?? {}
  expect(freed[romeHourOfWeek(at)]).toBe(4)
  expect(freed.reduce((sum, count) => sum + count, 0)).toBe(4)
})

describe('provinces that go empty in rounds of their own', () => {
  /** Provinces with a slot each, and a way to read just one of them. */
  async function apart(...codes: string[]) {
    const portal = new FakePortal()
    const clock = testClock()
    const { ctx } = testPoller(portal, clock, [ADMIN])
    for (const code of codes) {
      portal.put(`${code}1`, code, ['2026-06-03 10:00'])
      await follow(code)
    }
    await runRound(ctx)
    const read = async (code: string) => {
      clock.at += 5 * SECOND
      await transact(db, [setReadings(code, { dueAt: 0 })])
      return runRound(ctx, code)
    }
    return { portal, clock, read }
  }
  const warnings = () => rows(sql`SELECT chat_id FROM deliveries`)

  test('close nothing when all do: the portal hides slots, and the operators hear of it once', async () => {
    const codes = ['TO', 'MI', 'RM', 'NA']
    const { portal, clock, read } = await apart(...codes)
    for (const code of codes) portal.put(`${code}1`, code, [])
    for (const code of [...codes, ...codes]) await read(code)
    expect(await openSlots()).toHaveLength(4)
    expect(await warnings()).toEqual([{ chat_id: ADMIN }])
    expect((await province('MI')).last_failure).toBe('suspicious')
    clock.at += 3 * MINUTE
    for (const code of codes) await read(code)
    expect(await openSlots()).toEqual([])
  })

  test('close once another one, read after it, has slots still', async () => {
    const { portal, read } = await apart('TO', 'MI', 'RM')
    portal.put('TO1', 'TO', [])
    await read('TO')
    expect(await openSlots()).toHaveLength(3)
    await read('TO')
    expect(await openSlots(), 'nobody else was read').toHaveLength(3)
    await read('MI')
    await read('TO')
    expect(await openSlots()).toHaveLength(2)
    expect(await warnings()).toEqual([])
    expect(await province('TO')).toMatchObject({ suspicious_since: null, last_failure: null })
  })

  test('close at once when no other province has slots', async () => {
    const { portal, read } = await apart('TO')
    await follow('MI')
    portal.put('TO1', 'TO', [])
    await read('TO')
    expect(await openSlots()).toEqual([])
  })
})
