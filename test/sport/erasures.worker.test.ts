import {
  createExecutionContext,
  createScheduledController,
  runInDurableObject,
  waitOnExecutionContext,
} from 'cloudflare:test'
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import booking from '../../src/booking.ts'
import { connect, transact } from '../../src/db/database.ts'
import { eraseLater, eraseWaiting } from '../../src/sport/erasures.ts'
import { bindings, must, NOON, scheduledAt, TestStudent } from './student-kit.worker.ts'

const db = connect(bindings.DB)
const waiting = async (): Promise<unknown[]> =>
  (await bindings.DB.prepare('SELECT user_id FROM erasures').all()).results

async function sweep(env: object = bindings): Promise<void> {
  const ctx = createExecutionContext()
  const controller = createScheduledController({ cron: '*/10 * * * *', scheduledTime: scheduledAt(NOON) })
  await (booking as unknown as ExportedHandler).scheduled?.(controller, env, ctx)
  await waitOnExecutionContext(ctx)
}

test('what could not be erased is erased by the cron, once', async () => {
  const student = await new TestStudent(NOON).link()
  await transact(db, [eraseLater(student.userId, NOON + 1_000), eraseLater(student.userId, NOON + 2_000)])
  await sweep()
  expect(await waiting()).toEqual([])
  for (const table of ['account', 'session', 'facts', 'history', 'timers'])
    expect(await student.rows(`SELECT * FROM ${table}`), table).toEqual([])
})

test('erasures go on although the objects to wake cannot be read', async () => {
  const student = await new TestStudent(NOON).link()
  await transact(db, [eraseLater(student.userId, NOON + 1_000)])
  const prepare = bindings.DB.prepare.bind(bindings.DB)
  const DB = Object.assign(Object.create(bindings.DB), {
    prepare: (query: string) => {
      if (/next_timer_at" </.test(query)) throw new Error('D1 is out of reach')
      return prepare(query)
    },
  })
  await expect(sweep({ ...bindings, DB })).rejects.toThrow(/wake/)
  expect(await waiting()).toEqual([])
})

test('one that still does not answer waits', async () => {
  await transact(db, [eraseLater(999_998, 1), eraseLater(999_999, 2)])
  expect(await eraseWaiting(db, async (userId) => userId === 999_998)).toEqual({ erased: 1, waiting: 1 })
  expect(await waiting()).toEqual([{ user_id: 999_999 }])
  expect(await eraseWaiting(db, async () => true)).toEqual({ erased: 1, waiting: 0 })
})

test('those that never answer do not keep a later one waiting', async () => {
  await transact(
    db,
    Array.from({ length: 60 }, (_, i) => eraseLater(900_000 + i, i)),
  )
  const last = 900_059
  let runs = 0
  for (let erased = 0; erased === 0 && runs < 60; runs++)
    erased = (await eraseWaiting(db, async (userId) => userId === last)).erased
  expect(await waiting()).not.toContainEqual({ user_id: last })
  await bindings.DB.exec('DELETE FROM erasures')
})

test('somebody who is linked again keeps the new account, also when a restored database does not know of it', async () => {
  const student = await new TestStudent(NOON).link()
  await student.settle()
  await transact(db, [eraseLater(student.userId, NOON - 1), sql`DELETE FROM students`])
  await sweep()
  expect(await waiting()).toEqual([])
  expect((await must(student.api.account())).state).toBe('linked')
})

test('every row of every table is exported, page by page, and no secret', async () => {
  const student = await new TestStudent(NOON).link()
  await runInDurableObject(student.stub, (_object, state) => {
    for (let i = 0; i < 2_300; i++)
      state.storage.sql.exec(`INSERT INTO history (at, what, name) VALUES (?, 'booked', ?)`, i, `class ${i}`)
  })
  const names: unknown[] = []
  let pages = 0
  for (let after: number | null = 0; after !== null; pages++) {
    const page = (await must(student.api.exportRows('history', after) as never)) as {
      rows: { name: unknown }[]
      next: number | null
    }
    names.push(...page.rows.map(({ name }) => name))
    after = page.next
  }
  expect(pages).toBeGreaterThan(4)
  expect(new Set(names.filter((name) => String(name).startsWith('class')))).toHaveProperty('size', 2_300)
  for (const table of ['account', 'session', 'candidates', 'facts', 'constructor', 'sqlite_master'])
    expect(await student.api.exportRows(table, 0)).toEqual({ ok: false, refusal: 'not-found' })
})
