import { sql } from 'drizzle-orm'
import { beforeEach, expect, test, vi } from 'vitest'
import { readChat, saveChat } from '../../src/chats/chat-row.ts'
import { connect, transact } from '../../src/db/database.ts'
import { countQueries } from '../../src/db/query-count.ts'
import { passportRenderers } from '../../src/passport/alerts/alert-renderers.ts'
import { filterExpired, notifyExpiredFilters } from '../../src/passport/follow/expired-filters.ts'
import { planFollow, wake } from '../../src/passport/follow/follow.ts'
import { DAY, HOUR, MINUTE, romeInstant, systemClock } from '../../src/platform/time.ts'
import { addChat, clean, db, delivery, rows, senderKit } from '../delivery/kit.worker.ts'

const TODAY = '2026-11-20'
const NOON = romeInstant(TODAY, '12:00')
const CHAT = 7
let now = NOON

beforeEach(async () => {
  now = NOON
  await clean()
  await transact(db, [sql`DELETE FROM provinces`])
  for (const level of ['info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation(() => undefined)
})

const follows = (chatId: number, asleep = 0) =>
  sql`INSERT INTO subscriptions (chat_id, province, ring, asleep, created_at) VALUES (${chatId}, 'TO', 1, ${asleep}, 1)`
const follower = (onlyBefore: string | null, columns: Record<string, string | number | null> = {}) =>
  transact(db, [addChat(CHAT, { only_before: onlyBefore, ...columns }), follows(CHAT)])
const tell = () => notifyExpiredFilters(db, 't', now)
function sender() {
  const startedAt = Date.now()
  const clock = { now: () => now + Date.now() - startedAt, sleep: systemClock.sleep }
  const kit = senderKit({ clock, renderers: passportRenderers(db, 'https://portal.example') })
  return { send: kit.send, calls: kit.telegram.calls }
}

test.each([
  ['today', TODAY],
  ['yesterday', '2026-11-19'],
  ['half a year ago', '2026-05-01'],
])('a filter whose day came %s is told once, with the way to change or remove it', async (_, date) => {
  await follower(date)
  expect(await tell()).toBe(1)
  const { send, calls } = sender()
  await send()
  expect(calls).toHaveLength(1)
  const [day, month, year] = [date.slice(8), date.slice(5, 7), date.slice(0, 4)]
  expect(calls[0]?.body.text).toContain(`prima del ${day}/${month}/${year}`)
  const keyboard = JSON.stringify(calls[0]?.body.reply_markup)
  expect(keyboard).toContain('1:before')
  expect(keyboard).toContain('1:set-before:off')
  for (const later of [MINUTE, DAY, 40 * DAY]) {
    now = NOON + later
    // Deliveries are pruned after a month: the memory is not theirs.
    await transact(db, [sql`DELETE FROM deliveries`])
    expect(await tell()).toBe(0)
  }
})

test.each([
  ['none', null],
  ['tomorrow', '2026-11-21'],
  ['next year', '2027-03-01'],
])('a filter that still lets something through is not told: %s', async (_, date) => {
  await follower(date)
  expect(await tell()).toBe(0)
  expect(filterExpired({ onlyBefore: date }, TODAY)).toBe(false)
})

test('a second date that expires later is notified too', async () => {
  await follower('2026-11-10')
  await tell()
  await transact(db, [sql`UPDATE chats SET only_before = '2026-11-25'`])
  expect(await tell()).toBe(0)
  now = romeInstant('2026-11-25', '09:00')
  expect(await tell()).toBe(1)
  expect((await rows(sql`SELECT event FROM deliveries ORDER BY id`)).map(({ event }) => event)).toEqual([
    'filter-expired:2026-11-10',
    'filter-expired:2026-11-25',
  ])
})

test.each(['00:00', '08:59', '21:00', '23:30'])('nobody is told at %s', async (time) => {
  await follower('2026-11-01')
  now = romeInstant(TODAY, time)
  expect(await tell()).toBe(0)
  now = romeInstant('2026-11-21', '09:00')
  expect(await tell()).toBe(1)
})

test('quiet hours are respected: without a sound, or when they end', async () => {
  const quiet = { quiet_from: '11:00', quiet_to: '15:30' }
  await follower('2026-11-01', quiet)
  await transact(db, [addChat(8, { only_before: '2026-11-01', ...quiet, quiet_mode: 'digest' }), follows(8)])
  expect(await tell()).toBe(2)
  const { send, calls } = sender()
  await send()
  expect(calls.map(({ body }) => [body.chat_id, body.disable_notification])).toEqual([[CHAT, true]])
  expect(await delivery('filter-expired:2026-11-01', 8)).toMatchObject({
    status: 'queued',
    not_before: romeInstant(TODAY, '15:30'),
    event_at: romeInstant(TODAY, '15:30'),
  })
  now = romeInstant(TODAY, '15:30')
  await send()
  expect(calls.map(({ body }) => body.chat_id)).toEqual([CHAT, 8])
})

test.each([
  ['changed', sql`UPDATE chats SET only_before = '2027-01-01'`, 'filter-changed'],
  ['removed', sql`UPDATE chats SET only_before = NULL`, 'filter-changed'],
  ['of no use, as nothing is followed', sql`DELETE FROM subscriptions`, 'unsubscribed'],
])('a filter that was %s before the message left is not told', async (_, change, reason) => {
  await follower('2026-11-01')
  await tell()
  await transact(db, [change])
  const { send, calls } = sender()
  await send()
  expect(calls).toEqual([])
  expect(await delivery('filter-expired:2026-11-01', CHAT)).toMatchObject({ status: 'expired', reason })
})

test('a chat without provinces is notified once it follows one', async () => {
  await transact(db, [addChat(CHAT, { only_before: '2026-11-01' })])
  expect(await tell()).toBe(0)
  const { statements } = await planFollow(db, { chatId: CHAT, province: 'TO', now, trace: 't' })
  await transact(db, statements)
  expect(await tell()).toBe(1)
})

test('a chat that refused the bot is notified once it is back', async () => {
  await transact(db, [addChat(CHAT, { only_before: '2026-11-01', status: 'gone' }), follows(CHAT, 1)])
  expect(await tell()).toBe(0)
  const [row] = await rows(sql`SELECT * FROM chats`)
  const { chat, changed } = readChat(row, { id: CHAT, kind: 'private' }, now)
  await transact(db, saveChat(db, chat, changed ?? {}, wake))
  expect(await tell()).toBe(1)
})

test('30,000 followers are told in one run, which D1 lets use 1,000 queries, and the next minute reads nothing', async () => {
  const thousands = sql`WITH RECURSIVE chat(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM chat WHERE id < 30000)`
  await transact(db, [
    sql`INSERT INTO chats (id, kind, only_before, created_at, last_seen_at)
        ${thousands} SELECT id, 'private', '2026-11-01', 1, 1 FROM chat`,
    sql`INSERT INTO subscriptions (chat_id, province, ring, created_at) ${thousands} SELECT id, 'TO', id, 1 FROM chat`,
  ])
  const usage = { queries: 0, requests: 0 }
  const counted = connect(countQueries(db.$client, usage))
  expect(await notifyExpiredFilters(counted, 't', now)).toBe(30_000)
  expect(usage.queries).toBeLessThan(200)
  expect(await rows(sql`SELECT count(*) AS n, count(DISTINCT chat_id) AS chats FROM deliveries`)).toEqual([
    { n: 30_000, chats: 30_000 },
  ])
  const plan = await rows(sql`EXPLAIN QUERY PLAN SELECT * FROM chats
    WHERE only_before IS NOT NULL AND filter_expiry_told IS NOT only_before AND only_before <= '2026-11-20'`)
  expect(String(plan[0]?.detail)).toContain('chats_filter_expiry')
  now += HOUR
  expect(await tell()).toBe(0)
})
