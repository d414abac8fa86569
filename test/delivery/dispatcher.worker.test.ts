import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { DispatcherEnv } from '../../src/bindings.d.ts'
import { transact } from '../../src/db/database.ts'
import { keepDeadLetter } from '../../src/delivery/dead-letters.ts'
import dispatcher from '../../src/dispatcher.ts'
import { addChat, clean, db, enqueueAll, FakeTelegram, plain, rows } from './kit.worker.ts'

const OPERATOR = 501
const telegram = new FakeTelegram()

beforeEach(async () => {
  await clean()
  for (const level of ['info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation(() => undefined)
  vi.stubGlobal('fetch', telegram.fetch)
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const outOfReach = () => Promise.reject(new Error('the queue is out of reach'))

const done = () => undefined

const env = (changes: object) =>
  ({
    DB: db.$client,
    AVAILABILITY: { send: outOfReach, sendBatch: outOfReach },
    OUTBOUND: { send: outOfReach, sendBatch: outOfReach },
    TELEGRAM_API_ROOT: 'https://telegram.test',
    TELEGRAM_BOT_TOKEN: '1:test',
    PORTAL_ORIGIN: 'https://portal.example',
    SEND_RATE_PER_SECOND: '28',
    ADMIN_IDS: String(OPERATOR),
    PUBLIC_URL: '',
    CLOCK_SHIFT_SECONDS: '0',
    ...changes,
  }) as unknown as DispatcherEnv

test('operators are warned while the queues are out of reach: each step of the cron run stands alone', async () => {
  await transact(db, [
    addChat(OPERATOR),
    // An alert without its nudge: the sweep fails to nudge it again.
    sql`INSERT INTO alerts (id, kind, province, slots, created_at, trace, pivot)
        VALUES ('old', 'open', 'TO', '[]', ${Date.now() - 60_000}, 't', 0)`,
  ])
  await keepDeadLetter(db, { queue: 'q', messageId: 'm', body: {} }, Date.now())
  const run = dispatcher.scheduled({} as ScheduledController, env({}))
  await expect(run).rejects.toThrow(/alerts/)
  expect(telegram.textsTo(OPERATOR).join()).toMatch(/messaggio non elaborato/)
  expect(await rows(sql`SELECT status FROM deliveries WHERE event LIKE 'trouble:dead-letters%'`)).toEqual([
    { status: 'sent' },
  ])
})

test('several senders without the objects for them send as one', async () => {
  const before = telegram.calls.length
  await enqueueAll([plain('uno', 1), plain('uno', 2)])
  await dispatcher.queue(
    {
      queue: 'sportello-outbound',
      messages: [{ id: 'm', body: { version: 1, trace: 't' }, ack: done, retry: done }],
    } as never,
    env({ SENDERS: '4' }),
  )
  expect(telegram.calls.slice(before).map(({ body }) => body.chat_id)).toEqual([1, 2])
})
