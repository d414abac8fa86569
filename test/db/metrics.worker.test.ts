import { env } from 'cloudflare:workers'
import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { connect, transact } from '../../src/db/database.ts'
import { addCounts, BUCKET, countsIn, type Period, readCounts, saveTally } from '../../src/db/metrics.ts'
import { type Counts, tally } from '../../src/db/tally.ts'
import { DAY, HOUR, MINUTE } from '../../src/platform/time.ts'

const db = connect((env as unknown as { DB: D1Database }).DB)
const NOON = Date.parse('2026-11-21T12:00:00Z')

const counted = async (periods: readonly Period[]) => {
  const [answer] = await transact(db, [countsIn(periods)])
  return readCounts(periods, answer?.results ?? [])
}

test('counts add up in the period in which they were counted, in any order', async () => {
  const names = ['request', 'sent', 'action:book:failed:full', "odd'name"]
  const counts = fc.dictionary(
    fc.constantFrom(...names),
    fc.tuple(fc.nat(1_000), fc.nat(1_000_000)),
  ) as fc.Arbitrary<Counts>
  const written = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 * HOUR - 1 }), counts), { maxLength: 12 })
  let start = NOON
  await fc.assert(
    fc.asyncProperty(written, async (writes) => {
      start += DAY
      const periods = [0, 1, 2].map((hour) => ({ from: start + hour * HOUR, to: start + (hour + 1) * HOUR }))
      await transact(
        db,
        writes.map(([after, each]) => addCounts(each, start + after)),
      )
      for (const [hour, found] of (await counted(periods)).entries()) {
        const inHour = writes.filter(([after]) => Math.floor(after / HOUR) === hour).map(([, each]) => each)
        for (const name of names) {
          expect(found.of(name)).toEqual([
            inHour.reduce((total, each) => total + (each[name]?.[0] ?? 0), 0),
            inHour.reduce((total, each) => total + (each[name]?.[1] ?? 0), 0),
          ])
        }
      }
    }),
    { numRuns: 25 },
  )
})

test('adding many names to ten minutes that already have counts writes one row', async () => {
  const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`n${i}`, [1, i] as const]))
  await transact(db, [addCounts(many, NOON)])
  const [again] = await transact(db, [addCounts(many, NOON + BUCKET - 1)])
  expect(again?.meta.rows_written).toBe(1)
})

test('an isolate writes its counts at most once a minute, and keeps what could not be written', async () => {
  const at = NOON - 10 * DAY
  const period = { from: at - DAY, to: at + DAY }
  const requests = async () => (await counted([period]))[0]?.of('request')[0]
  tally.take()
  tally.add('request', 3)
  await saveTally(db, at)
  expect(await requests()).toBe(3)
  tally.add('request')
  await saveTally(db, at + MINUTE - 1)
  expect(await requests()).toBe(3)
  const down = connect({
    prepare: () => ({ bind: () => ({}) }),
    batch: async () => Promise.reject(new Error('down')),
  } as never)
  await saveTally(down, at + MINUTE)
  tally.add('request')
  await saveTally(db, at + 2 * MINUTE)
  expect(await requests()).toBe(5)
})

test('rows that transactions read and write are counted', async () => {
  tally.take()
  await transact(db, [
    sql`INSERT INTO state (name, value, at) VALUES ('a', '1', 1)`,
    sql`SELECT * FROM state`,
  ])
  const counts = tally.take()
  expect(counts['rows-read']?.[0]).toBeGreaterThanOrEqual(1)
  expect(counts['rows-written']?.[0]).toBeGreaterThanOrEqual(1)
})
