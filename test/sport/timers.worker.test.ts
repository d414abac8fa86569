import { runInDurableObject } from 'cloudflare:test'
import { drizzle } from 'drizzle-orm/durable-sqlite'
import { expect, test } from 'vitest'
import {
  clearTimer,
  dueTimers,
  nextTimerAt,
  postponeTimer,
  setTimer,
  setTimerBy,
  timerServed,
} from '../../src/sport/student/object-store.ts'
import { NOON, TestStudent } from './student-kit.worker.ts'

const NOW = 1_000_000

/* A wake-up that is asked for while its timer is being served must not be removed together with the served one. */

type Ctx = Parameters<typeof setTimer>[0]
const asked: [string, (ctx: Ctx) => void, number][] = [
  ['for later', (ctx) => setTimer(ctx, 'outbox', NOW + 5), NOW + 5],
  ['for the same instant', (ctx) => setTimer(ctx, 'outbox', NOW), NOW],
  ['for sooner', (ctx) => setTimer(ctx, 'outbox', NOW - 5), NOW - 5],
  ['by a later instant', (ctx) => setTimerBy(ctx, 'outbox', NOW + 5), NOW],
  ['by an earlier instant', (ctx) => setTimerBy(ctx, 'outbox', NOW - 5), NOW - 5],
  [
    'after it was cleared',
    (ctx) => {
      clearTimer(ctx, 'outbox')
      setTimer(ctx, 'outbox', NOW)
    },
    NOW,
  ],
]

async function served(during: (ctx: Ctx) => void, end: 'served' | 'failed'): Promise<number | null> {
  const student = await new TestStudent(NOON).link()
  return runInDurableObject(student.stub, (_, state) => {
    state.storage.sql.exec('DELETE FROM timers')
    const ctx = { db: drizzle(state.storage) } as unknown as Ctx
    setTimer(ctx, 'outbox', NOW)
    const row = dueTimers(ctx, NOW)[0]
    if (!row) throw new Error('the timer is not due')
    during(ctx)
    if (end === 'served') timerServed(ctx, row)
    else postponeTimer(ctx, row, NOW + 60_000, true)
    const next = nextTimerAt(ctx)
    state.storage.sql.exec('DELETE FROM timers')
    return next
  })
}

test.each(asked)('a wake-up asked for meanwhile, %s, stays', async (_, during, at) => {
  expect(await served(during, 'served')).toBe(at)
})

test.each(asked)('and a failure does not move it: %s', async (_, during, at) => {
  expect(await served(during, 'failed')).toBe(at)
})

test('without one, a served timer goes and a failed one waits', async () => {
  expect(await served(() => undefined, 'served')).toBeNull()
  expect(await served(() => undefined, 'failed')).toBe(NOW + 60_000)
})
