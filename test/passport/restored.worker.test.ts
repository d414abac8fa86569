import { sql } from 'drizzle-orm'
import { beforeEach, expect, test } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { runRound } from '../../src/passport/poller/round.ts'
import { DAY, HOUR } from '../../src/platform/time.ts'
import { addChat, enqueueAll, plain } from '../delivery/kit.worker.ts'
import {
  db,
  FakePortal,
  follow,
  openSlots,
  reset,
  rows,
  START,
  testClock,
  testPoller,
} from './poller-kit.worker.ts'
import { sendAlerts } from './send-alerts.worker.ts'

/* D1 put back from yesterday's backup: what it tells of slots and what it owes is a day old. */

const clock = testClock()
const portal = new FakePortal()

/** A round, its alerts handed on, all sent. @returns the texts that went out */
async function roundAndSend(): Promise<string[]> {
  await runRound(testPoller(portal, clock).ctx)
  const { calls } = await sendAlerts(clock)
  return calls.map(({ method, body }) => `${method} ${body.text}`)
}

beforeEach(async () => {
  clock.at = START
  await reset()
  await transact(db, [sql`DELETE FROM chats`, addChat(1)])
  await follow('TO')
})

test('one round makes the slots those of the portal again: what closed meanwhile is struck through, what opened is told', async () => {
  portal.put('46', 'TO', ['2026-06-03 10:00', '2026-06-04 11:00'])
  expect(await roundAndSend()).toHaveLength(1)
  // Some hours of which the database knows nothing.
  clock.at += 3 * HOUR
  portal.put('46', 'TO', ['2026-06-04 11:00', '2026-06-05 12:00'])
  const told = await roundAndSend()
  expect(await openSlots()).toEqual(['46 2026-06-04 11:00 x1', '46 2026-06-05 12:00 x1'])
  expect(told).toHaveLength(2)
  expect(told[0]).toMatch(/^sendMessage [\s\S]*12:00/)
  expect(told[0]).not.toMatch(/11:00/)
  expect(told[1]).toMatch(/^editMessageText [\s\S]*10:00/)
})

test('messages queued in a backup are not sent a day later', async () => {
  portal.put('46', 'TO', [])
  await enqueueAll([plain('of yesterday', 1), plain('of today', 1)])
  await transact(db, [
    sql`UPDATE deliveries SET created_at = ${clock.at - DAY - HOUR} WHERE event = 'of yesterday'`,
    sql`UPDATE deliveries SET created_at = ${clock.at - HOUR} WHERE event = 'of today'`,
  ])
  expect(await roundAndSend()).toEqual(['sendMessage of today a 1'])
  expect(await rows(sql`SELECT status, reason FROM deliveries WHERE event = 'of yesterday'`)).toEqual([
    { status: 'expired', reason: 'too-old' },
  ])
})

test('leases and a sender of the past hold up nothing', async () => {
  portal.put('46', 'TO', ['2026-06-03 10:00'])
  await transact(db, [
    sql`UPDATE provinces SET lease_until = ${START - DAY}, lease_token = 'gone', due_at = ${START - DAY}`,
    sql`INSERT INTO state (name, value, at)
        VALUES ('sender-lease', ${JSON.stringify({ token: 'gone', until: START - DAY })}, 1)`,
  ])
  expect(await roundAndSend()).toHaveLength(1)
})
