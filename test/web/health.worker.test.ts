import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { sql } from 'drizzle-orm'
import { beforeEach, expect, test } from 'vitest'
import { connect, type Statement, transact } from '../../src/db/database.ts'
import { setReadings } from '../../src/passport/poller/readings.ts'
import { MINUTE } from '../../src/platform/time.ts'
import { checkHealth, health } from '../../src/web/health.ts'

const bindings = env as unknown as { DB: D1Database }
const db = connect(bindings.DB)
const NOW = Date.parse('2026-11-20T12:00:00Z')
/** A new isolate, which remembers nothing. */
const fresh = () => health({ now: () => NOW })
const ask = async () => {
  const response = await fresh().request('/healthz', {}, bindings, createExecutionContext())
  return [response.status, await response.json()] as const
}

const write = (...statements: Statement[]) => transact(db, statements)
const followed = sql`INSERT INTO subscriptions (chat_id, province, ring, created_at) VALUES (1, 'TO', 1, 0)`
const delivery = (
  status: string,
  times: { notBefore?: number; leaseUntil?: number; createdAt?: number },
) => sql`
  INSERT INTO deliveries (event, chat_id, lane, content, status, not_before, lease_until, event_at, created_at, trace)
  VALUES ('e', 1, 1, '{}', ${status}, ${times.notBefore ?? 0}, ${times.leaseUntil ?? null}, 1,
          ${times.createdAt ?? 1}, 't')`

beforeEach(async () => {
  await write(
    ...['subscriptions', 'state', 'alerts', 'deliveries'].map((table) => sql.raw(`DELETE FROM ${table}`)),
  )
})

test('a fresh deployment that nobody uses yet is idle, and healthy', async () => {
  expect(await ask()).toEqual([200, { status: 'idle', reasons: [], notes: [], lastGoodRoundAt: null }])
})

test('with followers a round must have succeeded in the last five minutes', async () => {
  await write(followed)
  expect(await ask()).toMatchObject([503, { reasons: ['no round has succeeded in the last 5 minutes'] }])
  await write(
    sql`INSERT OR IGNORE INTO provinces (code) VALUES ('TO')`,
    setReadings('TO', { lastReadAt: NOW - 5 * MINUTE }),
  )
  expect(await ask()).toEqual([
    200,
    { status: 'ok', reasons: [], notes: [], lastGoodRoundAt: NOW - 5 * MINUTE },
  ])
  expect((await checkHealth(db, NOW + 1)).status).toBe('unhealthy')
})

test('a pause for lack of a session is named as the reason', async () => {
  await write(followed, sql`INSERT INTO state (name, value, at) VALUES ('polling-paused', '{"since":1}', 1)`)
  const [status, body] = await ask()
  expect(status).toBe(503)
  expect(body).toMatchObject({ reasons: [expect.anything(), 'polling is paused: no portal session is good'] })
})

test('an alert without fan-out for two minutes is unhealthy', async () => {
  await write(
    sql`INSERT INTO alerts (id, kind, province, slots, created_at, trace, pivot)
        VALUES ('a', 'open', 'TO', '[]', ${NOW - 2 * MINUTE}, 't', 0)`,
  )
  expect((await checkHealth(db, NOW)).status).toBe('idle')
  expect((await checkHealth(db, NOW + 1)).reasons).toEqual(['an alert has waited for more than 2 minutes'])
  await write(sql`UPDATE alerts SET fanned_out_at = 1`)
  expect((await checkHealth(db, NOW + 1)).status).toBe('idle')
})

test('a delivery that is due and waits for two minutes is unhealthy, one held for later is not', async () => {
  const cases: [Statement, boolean][] = [
    [delivery('queued', { createdAt: NOW - 3 * MINUTE }), false],
    [delivery('queued', { createdAt: NOW - MINUTE }), true],
    [delivery('queued', { notBefore: NOW - MINUTE }), true],
    [delivery('held', { notBefore: NOW + MINUTE }), true],
    [delivery('held', { notBefore: NOW - 3 * MINUTE }), false],
    [delivery('claimed', { leaseUntil: NOW + MINUTE }), true],
    [delivery('claimed', { leaseUntil: NOW - 3 * MINUTE }), false],
    [delivery('sent', {}), true],
  ]
  for (const [statement, healthy] of cases) {
    await write(sql`DELETE FROM deliveries`, statement)
    expect((await checkHealth(db, NOW)).reasons.length === 0).toBe(healthy)
  }
})

const sentAt = (at: number) =>
  sql`INSERT INTO state (name, value, at) VALUES ('pacing', ${JSON.stringify({ sentAt: at })}, 1)`

test('a broadcast that takes its time is healthy while messages leave, and says so; an answer behind it is not', async () => {
  const waiting = delivery('queued', { createdAt: NOW - 9 * MINUTE })
  await write(waiting, sentAt(NOW - MINUTE))
  expect(await ask()).toMatchObject([
    200,
    { reasons: [], notes: ['a broadcast is under way: 1 to go, due for 9 minutes at most'] },
  ])
  await write(sql`DELETE FROM state`, sentAt(NOW - 3 * MINUTE))
  expect(await ask()).toMatchObject([
    503,
    {
      reasons: ['a delivery has waited for more than 2 minutes, and nothing was sent in that time'],
      notes: [],
    },
  ])
  await write(sql`DELETE FROM state`, sentAt(NOW), sql`UPDATE deliveries SET lane = 0`)
  expect(await ask()).toMatchObject([
    503,
    { reasons: ['an answer to a person has waited for more than 2 minutes'] },
  ])
})

test('who asks again and again costs the database one reading in five seconds', async () => {
  let queries = 0
  const counted = new Proxy(bindings.DB, {
    get: (target, name) => {
      if (name === 'batch') queries += 1
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
  const time = { now: NOW }
  const app = health({ now: () => time.now })
  for (let i = 0; i < 50; i++) await app.request('/healthz', {}, { DB: counted }, createExecutionContext())
  expect(queries).toBe(1)
  time.now += 5_000
  await app.request('/healthz', {}, { DB: counted }, createExecutionContext())
  expect(queries).toBe(2)
})

test('a store that cannot be read answers 503, not an error page', async () => {
  const response = await fresh().request('/healthz', {}, { DB: null } as never, createExecutionContext())
  expect(response.status).toBe(503)
  expect(await response.json()).toMatchObject({ status: 'unhealthy', reasons: ['the store cannot be read'] })
})
