import { sql } from 'drizzle-orm'
import { beforeEach, describe, expect, test } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { writeState } from '../../src/db/state.ts'
import { jsonPages } from '../../src/passport/poller/commit.ts'
import { setReadings } from '../../src/passport/poller/readings.ts'
import { runRound } from '../../src/passport/poller/round.ts'
import { pollTick } from '../../src/passport/poller/tick.ts'
import { BUDGET } from '../../src/passport/poller/tick-budget.ts'
import { provinces } from '../../src/passport/provinces/provinces.ts'
import { DAY, MINUTE, SECOND } from '../../src/platform/time.ts'
import {
  alertsWritten,
  db,
  FakePortal,
  follow,
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

const codes = provinces.map(({ code }) => code)

/** A portal whose followed provinces have one office each, named like them. */
async function italy(followed = codes) {
  const portal = new FakePortal()
  for (const code of followed) {
    portal.put(`${code}1`, code, ['2026-06-03 10:00'])
    await follow(code)
  }
  const clock = testClock()
  const poller = testPoller(portal, clock)
  /** The queries and rows of what is done. */
  const measure = async (work: () => Promise<unknown>) => {
    const before = { ...poller.meter }
    await work()
    const { queries, rowsWritten } = poller.meter
    return { queries: queries - before.queries, rowsWritten: rowsWritten - before.rowsWritten }
  }
  return { portal, clock, measure, ...poller }
}

describe('a tick with nothing to do', () => {
  test('while nobody follows anything takes two queries that write a row each', async () => {
    const { portal, ctx, measure } = await italy([])
    await runTick(ctx)
    expect(await measure(() => pollTick(ctx))).toEqual({ queries: 2, rowsWritten: 2 })
    expect(portal.requests).toEqual([])
  })

  test('notices within 30 s that a province gets its first follower', async () => {
    const { portal, clock, ctx } = await italy([])
    clock.quiet = async () => {
      clock.quiet = async () => undefined
      await follow('TO')
    }
    await pollTick(ctx)
    expect(portal.requests[0]).toBe('list TO')
    const [first] = await rows(sql`SELECT min(last_read_at) AS at FROM province_readings`)
    expect(Number(first?.at) - START).toBeGreaterThanOrEqual(30 * SECOND)
  })

  test('while nothing is due takes no more, however many provinces there are', async () => {
    const { portal, ctx, measure } = await italy()
    await transact(db, [writeState(db, 'poller-heartbeat', { tickAt: START - MINUTE }, START)])
    await transact(
      db,
      codes.map((code) => setReadings(code, { dueAt: START + 5 * MINUTE, lastReadAt: START })),
    )
    expect(await measure(() => pollTick(ctx))).toEqual({ queries: 2, rowsWritten: 2 })
    expect(portal.requests).toEqual([])
  })

  test('reads as many rows for each of 107 provinces as for one of 20', async () => {
    const rowsEach = async (followed: string[]) => {
      await reset()
      const { ctx, meter } = await italy(followed)
      await runTick(ctx)
      await transact(
        db,
        followed.map((code) => setReadings(code, { dueAt: START + DAY, lastReadAt: START + DAY })),
      )
      const before = meter.rowsRead
      await pollTick(ctx)
      return (meter.rowsRead - before) / followed.length
    }
    const few = await rowsEach(codes.slice(0, 20))
    expect(await rowsEach(codes)).toBeLessThan(1.2 * few)
  })
})

test('a round of all provinces in which nothing changed writes two rows, and all are shown as read', async () => {
  const { clock, ctx, measure } = await italy()
  await runRound(ctx)
  clock.at += MINUTE
  const { rowsWritten, queries } = await measure(() => runRound(ctx))
  expect(rowsWritten).toBe(2)
  expect(queries).toBeLessThanOrEqual(7)
  expect(
    await rows(sql`SELECT count(*) AS n FROM province_readings WHERE last_read_at = ${clock.at}`),
  ).toEqual([{ n: codes.length }])
})

test('all provinces every 10 s stay within the budget even if every one changes in every round', async () => {
  const { portal, clock, ctx, meter } = await italy()
  let turn = 0
  portal.fault = (request) => {
    const code = request.startsWith('list ') ? request.slice(5) : undefined
    if (code) portal.put(`${code}1`, code, [`2026-06-${10 + (turn++ % 15)} 10:00`])
    return undefined
  }
  await pollTick({ ...ctx, interval: 10 * SECOND })
  expect(meter.queries).toBeLessThanOrEqual(BUDGET.queries)
  const read = await rows(
    sql`SELECT min(rounds) AS least, min(last_read_at) AS oldest FROM province_readings`,
  )
  expect(Number(read[0]?.least)).toBeGreaterThanOrEqual(5)
  expect(clock.at - Number(read[0]?.oldest)).toBeLessThanOrEqual(25 * SECOND)
})

describe('a tick whose budget is used up', () => {
  test('ends early; what it did not read is due still, and the next tick reads it first', async () => {
    const { portal, ctx, meter } = await italy(['TO', 'MI', 'RM', 'NA'])
    portal.fault = () => {
      // Each request costs as much as a quarter of the budget.
      meter.requests += BUDGET.requests / 4
      return undefined
    }
    await pollTick(ctx)
    const [first] = await rows(
      sql`SELECT count(*) AS n FROM province_readings WHERE last_read_at IS NOT NULL`,
    )
    expect(Number(first?.n)).toBeLessThan(4)
    const [held] = await rows(sql`SELECT count(*) AS n FROM province_readings WHERE lease_until > 0`)
    expect(held).toEqual({ n: 0 })
    meter.requests = 0
    portal.fault = () => undefined
    await pollTick(ctx)
    expect(await openSlots()).toHaveLength(4)
    expect(await alertsWritten()).toHaveLength(4)
  })

  test('by a portal that hangs ends long before the platform would end it', async () => {
    const { portal, clock, ctx } = await italy(codes.slice(0, 30))
    portal.fault = () => {
      clock.at += 20 * SECOND
      return { reason: 'timeout', detail: 'made up' }
    }
    await pollTick(ctx)
    expect(clock.at - START).toBeLessThan(BUDGET.time + 2 * MINUTE)
    expect(await province(codes[0] ?? '')).toMatchObject({ last_failure: 'timeout' })
  })
})

test('changes of any size are split into parameters that D1 takes', () => {
  const values = Array.from({ length: 50_000 }, (_, i) => ({ officeId: `${i}`, note: 'à'.repeat(40) }))
  const pages = jsonPages(values)
  for (const page of pages) expect(new TextEncoder().encode(page).length).toBeLessThan(2_000_000)
  expect(pages.flatMap((page) => JSON.parse(page) as unknown[])).toEqual(values)
  expect(jsonPages([])).toEqual([])
})
