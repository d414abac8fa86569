import { sql } from 'drizzle-orm'
import { beforeEach, expect, test, vi } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { fanOut } from '../../src/passport/alerts/fanout.ts'
import { ringHash } from '../../src/platform/id.ts'
import { clean, db, freshBudget, rows } from '../delivery/kit.worker.ts'

const EVENT_AT = 1_000_000
const FOLLOWERS = Array.from({ length: 2_345 }, (_, n) => n + 1)

beforeEach(async () => {
  vi.spyOn(console, 'info').mockImplementation(() => undefined)
  await clean()
  const followers = JSON.stringify(FOLLOWERS.map((id) => ({ id, ring: ringHash(String(id)) })))
  await transact(db, [
    sql`INSERT INTO offices (id, province, code, name, address, city, first_seen_at)
        VALUES ('7', 'TO', 'TO7', 'Questura', 'Corso Vinzaglio 10', 'TORINO', 1)`,
    sql`INSERT INTO slots (office_id, date, time, places, first_seen_at, opened_at)
        VALUES ('7', '2030-01-10', '10:15', 1, ${EVENT_AT}, ${EVENT_AT})`,
    sql`INSERT INTO chats (id, kind, created_at, last_seen_at)
        SELECT value ->> 'id', 'private', 1, 1 FROM json_each(${followers})`,
    sql`INSERT INTO subscriptions (chat_id, province, ring, created_at)
        SELECT value ->> 'id', 'TO', value ->> 'ring', 1 FROM json_each(${followers})`,
  ])
})

const addAlert = (id: string, pivot: number) =>
  transact(db, [
    sql`INSERT INTO alerts (id, kind, province, office_id, slots, created_at, trace, pivot)
        VALUES (${id}, 'open', 'TO', '7', '[["2030-01-10","10:15"]]', ${EVENT_AT}, 'trace', ${pivot})`,
  ])

const chatsOwed = async (event: string) =>
  (await rows(sql`SELECT chat_id FROM deliveries WHERE event = ${event} ORDER BY id`)).map((row) =>
    Number(row.chat_id),
  )

const inOrder = (numbers: number[]) => numbers.toSorted((a, b) => a - b)

/** A fan-out's context; `owedAtNudge` gets the number of deliveries at each nudge. */
function context(afterNudge: (owed: number) => void = () => undefined) {
  const owedAtNudge: number[] = []
  return {
    owedAtNudge,
    db,
    budget: freshBudget(),
    now: () => EVENT_AT + 500,
    async nudge() {
      const [row] = await rows(sql`SELECT count(*) AS n FROM deliveries`)
      owedAtNudge.push(Number(row?.n))
      afterNudge(Number(row?.n))
    },
  }
}

test('every follower gets one delivery, and the sender is nudged after the first hundred', async () => {
  await addAlert('a', 0)
  const first = context()
  await fanOut(first, 'a')
  expect(inOrder(await chatsOwed('a'))).toEqual(FOLLOWERS)
  expect(first.owedAtNudge[0]).toBeLessThanOrEqual(100)
  expect(first.owedAtNudge.at(-1)).toBe(FOLLOWERS.length)
  const again = context()
  await fanOut(again, 'a')
  expect(again.owedAtNudge).toEqual([])
  expect(await chatsOwed('a')).toHaveLength(FOLLOWERS.length)
})

test('an interrupted fan-out continues where it stopped: nobody is left out, nobody gets two deliveries', async () => {
  await addAlert('a', ringHash('1000'))
  const breaking = context((owed) => {
    if (owed > 1_000) throw new Error('the queue is out of reach')
  })
  await expect(fanOut(breaking, 'a')).rejects.toThrow('out of reach')
  const before = await chatsOwed('a')
  expect(before.length).toBeLessThan(FOLLOWERS.length)
  await fanOut(context(), 'a')
  const after = await chatsOwed('a')
  expect(after.slice(0, before.length)).toEqual(before)
  expect(inOrder(after)).toEqual(FOLLOWERS)
})

test('from event to event others are first, and who was last is so no more', async () => {
  await addAlert('a', ringHash('17'))
  await addAlert('b', ringHash('1234'))
  await fanOut(context(), 'a')
  await fanOut(context(), 'b')
  const [a, b] = [await chatsOwed('a'), await chatsOwed('b')]
  expect([a[0], b[0]]).toEqual([17, 1_234])
  expect(b.indexOf(a.at(-1) ?? 0)).toBeLessThan(b.length - 1)
  expect(inOrder(b)).toEqual(FOLLOWERS)
})

test('filters take no query of their own, however many followers have some', async () => {
  const queries = vi.spyOn(db.$client, 'batch')
  await addAlert('b', 0)
  queries.mockClear()
  await fanOut(context(), 'b')
  const withoutFilters = queries.mock.calls.length
  const refused = {
    only_weekdays: '[1,5]',
    only_from_day: '2030-01-11',
    only_windows: '[["09:00","10:00"],["11:00","12:00"]]',
    min_day_places: 3,
  }
  await transact(db, [
    ...Object.entries(refused).map(
      ([column, value], i) => sql`UPDATE chats SET ${sql.raw(column)} = ${value},
        only_from = CASE WHEN ${i} = 2 THEN '09:00' END, only_to = CASE WHEN ${i} = 2 THEN '12:00' END
        WHERE id = ${i + 1}`,
    ),
    sql`UPDATE chats SET only_weekdays = '[4]', only_from_day = '2030-01-10', only_from = '10:00', only_to = '16:00',
          only_windows = '[["10:00","10:30"],["15:00","16:00"]]' WHERE id = 5`,
  ])
  await addAlert('a', 0)
  queries.mockClear()
  await fanOut(context(), 'a')
  expect(queries.mock.calls.length).toBe(withoutFilters)
  expect(inOrder(await chatsOwed('a'))).toEqual(FOLLOWERS.slice(4))
})

test('a chat that followed only after the event, or unsubscribed, gets no delivery', async () => {
  await transact(db, [
    sql`UPDATE subscriptions SET created_at = ${EVENT_AT + 1} WHERE chat_id = 5`,
    sql`DELETE FROM subscriptions WHERE chat_id = 6`,
  ])
  await addAlert('a', 0)
  await fanOut(context(), 'a')
  expect(inOrder(await chatsOwed('a'))).toEqual(FOLLOWERS.filter((id) => id !== 5 && id !== 6))
})
