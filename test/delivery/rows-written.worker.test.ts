import { sql } from 'drizzle-orm'
import { beforeEach, expect, test, vi } from 'vitest'
import { connect, type Statement, transact } from '../../src/db/database.ts'
import { KEPT, prune } from '../../src/db/prune.ts'
import { passportRenderers } from '../../src/passport/alerts/alert-renderers.ts'
import { fanOut } from '../../src/passport/alerts/fanout.ts'
import { DAY } from '../../src/platform/time.ts'
import { clean, db, freshBudget, rows, senderKit } from './kit.worker.ts'

const FOLLOWERS = 300
const DATE = '2030-01-10'

beforeEach(async () => {
  for (const level of ['info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation(() => undefined)
  await clean()
})

/** The D1 of the tests, which counts rows. */
function meteredD1() {
  const meter = { read: 0, written: 0 }
  const d1 = new Proxy(db.$client, {
    get: (target, name) => {
      const value = Reflect.get(target, name)
      if (name !== 'batch') return typeof value === 'function' ? value.bind(target) : value
      return async (statements: D1PreparedStatement[]) => {
        const results = await target.batch(statements)
        for (const { meta } of results) {
          meter.read += meta.rows_read
          meter.written += meta.rows_written
        }
        return results
      }
    },
  })
  return { meter, metered: connect(d1) }
}

const followed = (): Statement[] => {
  const numbers = sql`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${FOLLOWERS})`
  return [
    sql`INSERT INTO offices (id, province, code, name, address, city, first_seen_at)
        VALUES ('7', 'TO', 'TO7', 'Questura', 'Corso Vinzaglio 10', 'TORINO', 1)`,
    sql`INSERT INTO slots (office_id, date, time, places, first_seen_at, opened_at)
        VALUES ('7', ${DATE}, '10:15', 1, 1, 1)`,
    sql`INSERT INTO chats (id, kind, created_at, last_seen_at) ${numbers} SELECT i, 'private', 1, 1 FROM n`,
    sql`INSERT INTO subscriptions (chat_id, province, ring, created_at) ${numbers} SELECT i, 'TO', i, 1 FROM n`,
  ]
}

const alert = (id: string, kind: 'open' | 'gone' | 'early', at: number, bookableAt: string | null = null) =>
  sql`INSERT INTO alerts (id, kind, province, office_id, slots, bookable_at, created_at, trace, pivot)
      VALUES (${id}, ${kind}, 'TO', '7', ${`[["${DATE}","10:15"]]`}, ${bookableAt}, ${at}, 'trace', 0)`

test('an alert, its edit and the deletion of both write eight rows for each follower at most', async () => {
  const now = Date.now()
  const { meter, metered } = meteredD1()
  const { telegram, send } = senderKit({
    db: metered,
    renderers: passportRenderers(metered, 'https://portal.test'),
  })
  const tell = async (id: string) => {
    await fanOut({ db: metered, budget: freshBudget(), now: Date.now, nudge: async () => undefined }, id)
    await send()
  }
  await transact(db, [...followed(), alert('open', 'open', now - 2)])
  await tell('open')
  expect(telegram.calls.map(({ method }) => method)).toEqual(Array(FOLLOWERS).fill('sendMessage'))
  const alerted = meter.written / FOLLOWERS
  await transact(db, [sql`UPDATE slots SET gone_at = ${now}`, alert('gone', 'gone', now)])
  await tell('gone')
  expect(telegram.calls.slice(FOLLOWERS).map(({ method }) => method)).toEqual(
    Array(FOLLOWERS).fill('editMessageText'),
  )
  const edited = meter.written / FOLLOWERS - alerted
  expect(await prune(metered, now + (KEPT.deliveries.days + 1) * DAY)).toMatchObject({
    deliveries: FOLLOWERS,
  })
  expect(await rows(sql`SELECT 1 FROM deliveries`)).toEqual([])
  expect(await rows(sql`SELECT 1 FROM claims`)).toEqual([])
  expect(alerted).toBeLessThan(3.5)
  expect(edited).toBeLessThan(3.5)
  expect(meter.written / FOLLOWERS).toBeLessThanOrEqual(8)
  expect(meter.read / FOLLOWERS).toBeLessThanOrEqual(100)
})

test('an early notice writes as few rows as an alert, and none for followers who did not ask for it', async () => {
  const now = Date.now()
  const { meter, metered } = meteredD1()
  const { telegram, send } = senderKit({
    db: metered,
    renderers: passportRenderers(metered, 'https://portal.test'),
  })
  await transact(db, [
    ...followed(),
    sql`UPDATE chats SET early_notice = id % 3 = 0`,
    // Of the day after tomorrow: before its opening whatever the hour is.
    alert('early', 'early', now + 2 * DAY, '12:00'),
  ])
  await fanOut({ db: metered, budget: freshBudget(), now: Date.now, nudge: async () => undefined }, 'early')
  await send()
  expect(telegram.calls).toHaveLength(FOLLOWERS / 3)
  expect(await rows(sql`SELECT count(*) AS n FROM deliveries`)).toEqual([{ n: FOLLOWERS / 3 }])
  expect(meter.written / (FOLLOWERS / 3)).toBeLessThan(3.5)
})
