import { env } from 'cloudflare:workers'
import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import { beforeAll, expect, vi } from 'vitest'
import type { DispatcherEnv } from '../../src/bindings.d.ts'
import { transact } from '../../src/db/database.ts'
import dispatcher from '../../src/dispatcher.ts'
import { addChat, db, delivery, enqueueAll, FakeTelegram, plain, rows } from '../delivery/kit.worker.ts'
import { fuzz, NONSENSE, oddJson, oddText, spoilt } from './fuzz.ts'

const telegram = new FakeTelegram()
const bindings = {
  ...(env as unknown as DispatcherEnv),
  TELEGRAM_API_ROOT: 'https://telegram.example',
  SEND_RATE_PER_SECOND: '1000',
  OUTBOUND: { send: async () => undefined },
  AVAILABILITY: { sendBatch: async () => undefined },
} as unknown as DispatcherEnv

beforeAll(async () => {
  vi.stubGlobal('fetch', telegram.fetch)
  await transact(db, [addChat(1), addChat(2)])
})

/** Gives a batch to the dispatcher as Cloudflare does. @returns what became of each message */
async function consume(queue: string, bodies: readonly unknown[]): Promise<string[]> {
  const settled = bodies.map((): string[] => [])
  const messages = bodies.map((body, index) => ({
    id: crypto.randomUUID(),
    timestamp: new Date(),
    attempts: 1,
    body,
    ack: () => settled[index]?.push('ack'),
    retry: () => settled[index]?.push('retry'),
  }))
  const batch = { queue, messages, ackAll: () => undefined, retryAll: () => undefined }
  await dispatcher.queue(batch as unknown as MessageBatch, bindings)
  return settled.map((calls) => calls.join())
}

const countLetters = async () => Number((await rows(sql`SELECT count(*) AS n FROM dead_letters`))[0]?.n)

/** Bodies as a queue gives them: JSON went in and came out. */
const body = fc
  .oneof(
    fc.constantFrom<unknown>({ version: 1, trace: 't' }, { version: 1, alertId: 'none', trace: 't' }),
    fc.constantFrom<unknown>(
      { version: 0, alert: 7 },
      { version: 2, trace: 't' },
      { trace: 't' },
      { eventId: 'x' },
    ),
    spoilt({ version: 1, alertId: 'new-slots:TO:46:abc', trace: 't' }),
    fc.record({ version: fc.constant(1), alertId: oddText, trace: oddText }),
    oddJson,
  )
  .map((value): unknown => JSON.parse(JSON.stringify(value) ?? 'null'))
const queue = fc.constantFrom(
  'sportello-availability',
  'sportello-outbound',
  'sportello-availability-dead',
  'sportello-outbound-dead',
  'another-queue',
)

fuzz(
  'queue messages',
  0.04,
  fc.tuple(queue, fc.array(body, { maxLength: 4 })),
  async ([name, bodies]) => {
    await transact(db, [sql`DELETE FROM dead_letters`])
    const settled = await consume(name, bodies)
    expect(settled).toEqual(bodies.map(() => 'ack'))
    const kept = await countLetters()
    if (name.endsWith('-dead')) expect(kept).toBe(bodies.length)
    expect(kept).toBeLessThanOrEqual(bodies.length)
  },
  { allowed: ['dead-letter'] },
)

const message = { text: 'Ciao', keyboard: [[{ text: 'Menu', callback_data: '1:home' }]] }
const content = fc.oneof(
  spoilt({ type: 'message', message }),
  spoilt({ type: 'edit', target: { event: 'e' }, message }),
  spoilt({ type: 'edit', target: { messageId: 5 }, message }),
  fc
    .constantFrom('alert', 'strike', 'blind', 'digest', 'summary')
    .chain((by) => spoilt({ type: 'render', by, ref: 'x' })),
  fc.record({
    type: fc.constant('render'),
    by: fc.constantFrom('alert', 'strike', 'sight', 'blind', 'digest', 'summary', 'constructor'),
    ref: fc.oneof(oddText, fc.constantFrom('[]', '{}', '[1]', 'null', '["x"]')),
  }),
  oddJson,
)

let number = 0
/** What cannot be sent must not hold up what comes after it. */
fuzz(
  'deliveries of another version',
  0.02,
  fc.array(
    fc.oneof(
      content.map((one) => JSON.stringify(one) ?? 'null'),
      oddText,
    ),
    { minLength: 1, maxLength: 3 },
  ),
  async (contents) => {
    const event = `case-${++number}`
    await transact(db, [sql`DELETE FROM deliveries`, sql`DELETE FROM state`])
    telegram.calls.length = 0
    await transact(
      db,
      contents.map(
        (
          text,
          index,
        ) => sql`INSERT INTO deliveries (event, chat_id, lane, content, event_at, created_at, trace)
          VALUES (${`${event}.${index}`}, 1, 1, ${text}, 1, ${Date.now()}, 't')`,
      ),
    )
    await enqueueAll([plain(event, 2)])
    expect(await consume('sportello-outbound', [{ version: 1, trace: 't' }])).toEqual(['ack'])
    expect(await delivery(event, 2)).toMatchObject({ status: 'sent' })
    for (const { body } of telegram.calls) expect(body.text).not.toMatch(NONSENSE)
  },
  { allowed: ['delivery-unreadable', 'render-failed', 'renderer-unknown', 'message-refused'] },
)
