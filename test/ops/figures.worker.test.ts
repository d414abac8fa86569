import { beforeEach, expect, test, vi } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { tally } from '../../src/db/tally.ts'
import { consume } from '../../src/delivery/consume.ts'
import { runRound } from '../../src/passport/poller/round.ts'
import { enrolFollowed } from '../../src/passport/poller/tick.ts'
import { SECOND } from '../../src/platform/time.ts'
import { clean, db, enqueueAll, plain, refusal, senderKit, tooMany } from '../delivery/kit.worker.ts'
import { FakePortal, failure, follow, reset, testClock, testPoller } from '../passport/poller-kit.worker.ts'

/** What is counted where it happens, for the operators' dashboard. */

beforeEach(async () => {
  await clean()
  await reset()
  vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  vi.spyOn(console, 'info').mockImplementation(() => undefined)
  tally.take()
})

test('a send run counts what was sent, refused and limited, once each, and how long the sent ones waited', async () => {
  const { telegram, send } = senderKit()
  let limited = false
  telegram.answer = ({ body }) => {
    if (body.chat_id === 2) return refusal(400, 'Bad Request: message is too long')
    if (body.chat_id !== 3 || limited) return undefined
    limited = true
    return tooMany(1)
  }
  await enqueueAll([plain('a', 1), plain('b', 2), plain('c', 3)])
  await vi.waitFor(
    async () => {
      await send()
      expect(telegram.textsTo(3)).toHaveLength(2)
    },
    { timeout: 10_000, interval: 100 },
  )
  const counts = tally.take()
  expect(counts.sent?.[0]).toBe(2)
  expect(counts.sent?.[1]).toBeGreaterThanOrEqual(SECOND)
  expect(counts.dead).toEqual([1, 0])
  expect(counts.limited).toEqual([1, 0])
  await send()
  expect(tally.take().sent).toBeUndefined()
})

test('a round counts the provinces that it read and those that it could not, and its requests', async () => {
  const portal = new FakePortal()
  const { ctx } = testPoller(portal, testClock())
  await follow('TO')
  await follow('MI')
  await follow('RM')
  portal.put('46', 'TO', ['2026-06-03 10:00'])
  portal.put('47', 'MI', [])
  portal.fault = (request) => (request === 'list RM' ? failure('unavailable') : undefined)
  await transact(db, [enrolFollowed(ctx.clock.now())])
  tally.take()
  await runRound(ctx)
  const counts = tally.take()
  expect(counts.round?.[0]).toBe(1)
  expect(counts.read).toEqual([2, portal.requests.length])
  expect(counts.unread).toEqual([1, 0])
  expect(await runRound(ctx)).toBeNull()
  expect(tally.take().round).toBeUndefined()
})

test('a queue message that became a dead letter is counted', async () => {
  const message = { id: 'm1', body: { version: 9 }, ack: () => undefined, retry: () => undefined }
  const context = {
    db,
    now: () => 1,
    send: async () => undefined,
    fanOut: async () => true,
    nudgeAlerts: async () => undefined,
  }
  await consume({ queue: 'sportello-outbound-dead', messages: [message] }, context as never)
  expect(tally.take()['dead-letter']).toEqual([1, 0])
})
