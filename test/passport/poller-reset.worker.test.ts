import { sql } from 'drizzle-orm'
import { beforeEach, expect, test } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { runRound } from '../../src/passport/poller/round.ts'
import { MINUTE } from '../../src/platform/time.ts'
import { addChat } from '../delivery/kit.worker.ts'
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

const SLOTS = ['2026-06-03 10:00', '2026-06-04 10:00', '2026-06-05 10:00', '2026-06-08 10:00']

const clock = testClock()
let portal: FakePortal

/** A round some minutes later, its alerts handed on, all sent. @returns the calls, `method text` */
async function roundAndSend(slots: string[], minutes = 2): Promise<string[]> {
  portal.put('46', 'TO', slots)
  clock.at += minutes * MINUTE
  await runRound(testPoller(portal, clock).ctx)
  const { calls } = await sendAlerts(clock)
  return calls.map(
    ({ method, body }) =>
      `${method} ${JSON.stringify(body.entities ?? []).includes('strikethrough') ? 'struck' : 'plain'}`,
  )
}

beforeEach(async () => {
  clock.at = START
  portal = new FakePortal()
  await reset()
  await transact(db, [sql`DELETE FROM chats`, addChat(1)])
  await follow('TO')
})

test('a nightly reset is undone without a message: the same slots are open as before, the edits taken back', async () => {
  expect(await roundAndSend(SLOTS)).toEqual(['sendMessage plain'])
  const before = await rows(sql`SELECT date, opened_at, announced_at FROM slots ORDER BY date`)
  expect(await roundAndSend([])).toEqual(['editMessageText struck'])
  expect(await roundAndSend(SLOTS)).toEqual(['editMessageText plain'])
  expect(await rows(sql`SELECT date, opened_at, announced_at FROM slots ORDER BY date`)).toEqual(before)
  expect(await openSlots()).toHaveLength(4)
  // What really closes later is struck through in the same message.
  expect(await roundAndSend(SLOTS.slice(1))).toEqual(['editMessageText struck'])
  // And what comes back after that is news.
  expect(await roundAndSend(SLOTS)).toEqual(['sendMessage plain'])
})

test('a reset that gives the slots back in two steps is undone in both', async () => {
  await roundAndSend(SLOTS)
  await roundAndSend([])
  expect(await roundAndSend(SLOTS.slice(0, 2))).toEqual(['editMessageText struck'])
  expect(await roundAndSend(SLOTS)).toEqual(['editMessageText plain'])
})

test('a slot that returns alone is announced, and so is everything that stays away for long', async () => {
  await roundAndSend(SLOTS)
  await roundAndSend([])
  expect(await roundAndSend(SLOTS.slice(0, 1))).toEqual(['sendMessage plain'])
  await roundAndSend([])
  expect(await roundAndSend(SLOTS, 20)).toEqual(['sendMessage plain'])
})
