import { sql } from 'drizzle-orm'
import { beforeEach, describe, expect, test } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { setReadings } from '../../src/passport/poller/readings.ts'
import { runRound } from '../../src/passport/poller/round.ts'
import { MINUTE } from '../../src/platform/time.ts'
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
  testClock,
  testPoller,
} from './poller-kit.worker.ts'

beforeEach(reset)

const ADMIN = 900

/** Followed provinces, each with one office (named like it) and one open slot that was read. */
async function watched(...codes: string[]) {
  const portal = new FakePortal()
  for (const code of codes) {
    portal.put(`${code}1`, code, ['2026-06-03 10:00'])
    await follow(code)
  }
  const clock = testClock()
  const poller = testPoller(portal, clock, [ADMIN])
  /** Runs the next round in which all provinces are due. */
  const round = async () => {
    const [due] = await rows(sql`SELECT max(due_at) AS at FROM province_readings`)
    clock.at = Math.max(clock.at, Number(due?.at))
    return runRound(poller.ctx)
  }
  await round()
  return { portal, clock, round, ...poller }
}

const warnings = () =>
  rows(sql`SELECT chat_id, event, content ->> '$.message.text' AS text FROM deliveries ORDER BY id`)

describe('a province that suddenly lists no office', () => {
  test('closes nothing, is not counted as read, warns the operators once, and is believed three minutes later', async () => {
    const { portal, clock, round } = await watched('TO', 'MI')
    const { last_read_at: lastRead } = await province('TO')
    portal.offices.delete('TO1')
    await round()
    const since = clock.at
    await round()
    expect(await openSlots()).toHaveLength(2)
    expect(await province('TO')).toMatchObject({
      last_read_at: lastRead,
      suspicious_since: since,
      last_failure: 'suspicious',
      failures: 0,
    })
    const [warning, ...others] = await warnings()
    expect(others).toEqual([])
    expect(warning).toMatchObject({ chat_id: ADMIN, event: `suspicious-list:TO:${since}` })
    expect(warning?.text).toContain('Torino')
    clock.at = since + 3 * MINUTE
    await round()
    expect(await openSlots()).toEqual(['MI1 2026-06-03 10:00 x1'])
    expect(await province('TO')).toMatchObject({ suspicious_since: null, last_failure: null })
    expect(await rows(sql`SELECT listed FROM offices WHERE id = 'TO1'`)).toEqual([{ listed: 0 }])
    await round()
    expect(await warnings()).toHaveLength(1)
  })

  test('and lists them again: nothing happened', async () => {
    const { portal, clock, round } = await watched('TO')
    const office = portal.offices.get('TO1')
    portal.offices.delete('TO1')
    await round()
    if (office) portal.offices.set('TO1', office)
    await round()
    expect(await province('TO')).toMatchObject({ suspicious_since: null, last_read_at: clock.at })
    expect(await alertsWritten()).toEqual(['open:TO1 2026-06-03 10:00'])
  })
})

describe('provinces that all go empty in one round', () => {
  const empty = (portal: FakePortal, ...codes: string[]) => {
    for (const code of codes) portal.put(`${code}1`, code, [])
  }

  test('close nothing until a second look, and the operators hear of it once, not once a province', async () => {
    const { portal, clock, round } = await watched('TO', 'MI', 'RM')
    empty(portal, 'TO', 'MI', 'RM')
    await round()
    const since = clock.at
    await round()
    expect(await openSlots()).toHaveLength(3)
    expect((await warnings()).map((row) => row.chat_id)).toEqual([ADMIN])
    clock.at = since + 3 * MINUTE
    await round()
    expect(await openSlots()).toEqual([])
    expect((await alertsWritten()).filter((alert) => alert.startsWith('gone'))).toHaveLength(3)
  })

  test('stay in doubt when one of them cannot be read the next time', async () => {
    const { portal, round } = await watched('TO', 'MI')
    empty(portal, 'TO', 'MI')
    await round()
    portal.fault = (request) => (request === 'list MI' ? failure('timeout') : undefined)
    await round()
    expect(await openSlots()).toHaveLength(2)
  })

  test('but one with a slot left: the others close at once, without waiting for the slow', async () => {
    const { portal, clock, ctx, nextNudge } = await watched('TO', 'MI', 'RM')
    empty(portal, 'TO', 'MI')
    portal.put('MI2', 'MI', ['2026-06-09 10:00'])
    const slow = gate()
    portal.fault = (request) => (request === 'list RM' ? slow.pass() : undefined)
    clock.at += MINUTE
    const nudged = nextNudge()
    const running = runRound(ctx)
    await slow.reached
    await nudged
    slow.open()
    await running
    expect(await openSlots()).toEqual(['MI2 2026-06-09 10:00 x1', 'RM1 2026-06-03 10:00 x1'])
    expect(await warnings()).toEqual([])
  })

  test('wait for those that are still being read before they close', async () => {
    const { portal, clock, ctx } = await watched('TO', 'MI')
    empty(portal, 'TO')
    const slow = gate()
    portal.fault = (request) => (request === 'list MI' ? slow.pass() : undefined)
    clock.at += MINUTE
    const running = runRound(ctx)
    await slow.reached
    expect(await openSlots()).toHaveLength(2)
    slow.open()
    await running
    expect(await openSlots()).toEqual(['MI1 2026-06-03 10:00 x1'])
  })

  test.each([
    [
      'times out',
      (portal: FakePortal) =>
        (portal.fault = (request) => (request === 'list RM' ? failure('timeout') : undefined)),
    ],
    ['is in backoff', () => transact(db, [setReadings('RM', { dueAt: Number.MAX_SAFE_INTEGER })])],
    [
      'has an office that cannot be read',
      (portal: FakePortal) =>
        (portal.fault = (request) => (request.startsWith('month RM1') ? failure('malformed') : undefined)),
    ],
  ])('close nothing either while another province %s: only what was read counts', async (_, hinder) => {
    const { portal, clock, ctx } = await watched('TO', 'MI', 'RM')
    empty(portal, 'TO', 'MI')
    await hinder(portal)
    clock.at += MINUTE
    await runRound(ctx)
    expect(await openSlots()).toHaveLength(3)
    expect(await warnings()).toHaveLength(1)
  })

  test('with a hundred operators are told to each of them by one parameter', async () => {
    const { portal, clock, ctx } = await watched('TO', 'MI')
    empty(portal, 'TO', 'MI')
    clock.at += MINUTE
    const operators = Array.from({ length: 150 }, (_, i) => 1_000 + i)
    await runRound({ ...ctx, adminIds: new Set(operators) })
    expect(await warnings()).toHaveLength(150)
  })

  test('of which only one had slots: it closes at once', async () => {
    const { portal, round } = await watched('TO')
    portal.put('MI1', 'MI', [])
    await follow('MI')
    empty(portal, 'TO')
    await round()
    expect(await openSlots()).toEqual([])
  })
})

test('an office whose list says free and whose agenda says none closes three minutes later', async () => {
  const { portal, clock, round } = await watched('TO')
  portal.offices.set('TO1', { province: 'TO', bookableFrom: null, slots: [], firstDate: '2026-06-03' })
  await round()
  const since = clock.at
  await round()
  expect(await openSlots()).toHaveLength(1)
  expect((await province('TO')).last_read_at).toBe(clock.at)
  clock.at = since + 3 * MINUTE
  await round()
  expect(await openSlots()).toEqual([])
})
