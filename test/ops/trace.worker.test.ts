import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { consume } from '../../src/delivery/consume.ts'
import { passportRenderers } from '../../src/passport/alerts/alert-renderers.ts'
import { fanOut } from '../../src/passport/alerts/fanout.ts'
import { pollTick } from '../../src/passport/poller/tick.ts'
import { addChat, freshBudget, refusal, senderKit } from '../delivery/kit.worker.ts'
import {
  db,
  FakePortal,
  failure,
  follow,
  reset,
  rows,
  testClock,
  testPoller,
} from '../passport/poller-kit.worker.ts'

const clock = testClock()
let lines: Record<string, unknown>[]
const events = (name: string) => lines.filter(({ event }) => event === name)

beforeEach(async () => {
  await reset()
  lines = []
  for (const level of ['info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((line) => lines.push(JSON.parse(String(line))))
})
afterEach(() => {
  vi.restoreAllMocks()
})

test('one trace id leads from the round that saw a slot to the message that told of it', async () => {
  await transact(db, [addChat(1), addChat(2), addChat(3)])
  for (const chatId of [1, 2, 3]) await follow('TO', chatId)
  const portal = new FakePortal()
  portal.put('46', 'TO', ['2026-06-03 10:00'])
  portal.fault = (request) =>
    request === 'list TO' && portal.requests.length === 1 ? failure('timeout') : undefined
  const { ctx, nudges } = testPoller(portal, clock)
  await pollTick(ctx)

  // The poller: a failed round has a trace of its own; the one that saw the slot gives its trace to the alert.
  const [failed] = events('portal-failure')
  const seen = events('round').find(({ opened }) => opened === 1)
  const trace = seen?.trace
  expect(trace).toMatch(/^\w{12}$/)
  expect(failed?.trace).not.toBe(trace)
  expect(await rows(sql`SELECT trace FROM slot_events`)).toEqual([{ trace }])
  expect(nudges).toEqual([{ version: 1, alertId: expect.any(String), trace }])

  // The queue carries it to the fan-out, which gives it to each delivery and to the sender's nudge.
  const toSender: string[] = []
  const { telegram, send } = senderKit({ clock, renderers: passportRenderers(db, 'https://portal.example') })
  telegram.answer = ({ body }) =>
    body.chat_id === 2 ? refusal(403, 'Forbidden: bot was blocked by the user') : undefined
  const context = {
    db,
    now: clock.now,
    send,
    fanOut: (id: string) =>
      fanOut({ db, budget: freshBudget(), now: clock.now, nudge: async (of) => void toSender.push(of) }, id),
    nudgeAlerts: async () => undefined,
  }
  const message = (body: unknown) => ({ id: 'm', body, ack: () => undefined, retry: () => undefined })
  await consume({ queue: 'sportello-availability', messages: nudges.map(message) }, context)
  expect(events('fan-out')).toMatchObject([{ trace, enqueued: 3 }])
  expect(new Set(toSender)).toEqual(new Set([trace]))
  expect(await rows(sql`SELECT DISTINCT trace FROM deliveries`)).toEqual([{ trace }])

  // The sender says what became of it, and how long after the event.
  await consume({ queue: 'sportello-outbound', messages: [message({ version: 1, trace })] }, context)
  expect(events('delivered')).toEqual([
    {
      event: 'delivered',
      level: 'info',
      trace,
      sent: 2,
      expired: 0,
      refused: 1,
      firstMs: expect.any(Number),
      lastMs: expect.any(Number),
    },
  ])
  expect(lines.filter((line) => line.trace === trace).map(({ event }) => event)).toEqual([
    'round',
    'fan-out',
    'delivered',
  ])
})

test('a nudge that fails and one that does not parse keep their trace in the log', async () => {
  const context = {
    db,
    now: clock.now,
    send: async () => {
      throw new Error('D1_ERROR: made up')
    },
    fanOut: async () => true,
    nudgeAlerts: async () => undefined,
  }
  const message = (body: unknown) => ({
    id: crypto.randomUUID(),
    body,
    ack: () => undefined,
    retry: () => undefined,
  })
  await consume({ queue: 'sportello-outbound', messages: [message({ version: 1, trace: 'abc' })] }, context)
  await consume({ queue: 'sportello-outbound', messages: [message({ version: 9, trace: 'def' })] }, context)
  expect(events('queue-work-failed')).toMatchObject([{ trace: 'abc' }])
  expect(events('dead-letter')).toMatchObject([{ trace: 'def' }])
})
