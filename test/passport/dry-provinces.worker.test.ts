import { sql } from 'drizzle-orm'
import { beforeEach, expect, test, vi } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { tellAlternatives } from '../../src/passport/follow/dry-provinces.ts'
import { readFollowStatus } from '../../src/passport/follow/follow-status.ts'
import { setReadings } from '../../src/passport/poller/readings.ts'
import { ringHash } from '../../src/platform/id.ts'
import { DAY, HOUR } from '../../src/platform/time.ts'
import { addChat, clean, db, rows } from '../delivery/kit.worker.ts'
import { friday, openSlots, sendAt, writeOffice } from './announce.worker.ts'

const NOON = friday('12:00:00')

beforeEach(async () => {
  for (const level of ['info', 'warn'] as const) vi.spyOn(console, level).mockImplementation(() => undefined)
  await clean()
  await transact(db, [sql`DELETE FROM provinces`, sql`DELETE FROM slot_events`])
  await writeOffice()
  await transact(db, [
    addChat(1),
    addChat(2, { language: 'en' }),
    ...[1, 2].map(
      (id) => sql`INSERT INTO subscriptions (chat_id, province, ring, created_at)
                  VALUES (${id}, 'TO', ${ringHash(String(id))}, 1)`,
    ),
  ])
})

/** Torino, watched since some days ago, and read at an instant. */
const watched = (days: number, readAt = NOON) =>
  transact(db, [
    sql`INSERT INTO provinces (code, watched_since) VALUES ('TO', ${NOON - days * DAY})
        ON CONFLICT (code) DO UPDATE SET watched_since = excluded.watched_since`,
    setReadings('TO', { lastReadAt: readAt }),
  ])

test('followers of a province without slots for 14 days are told once, silently, with links to official pages', async () => {
  await watched(15)
  expect(await tellAlternatives(db, 't', NOON)).toBe(1)
  const { calls } = await sendAt(NOON)
  expect(calls.map(({ body }) => [body.chat_id, body.disable_notification]).sort()).toEqual([
    [1, true],
    [2, true],
  ])
  const [it, en] = calls.sort((a, b) => a.body.chat_id - b.body.chat_id)
  expect(it?.body.text).toMatch(/^🕰 Torino: .*\n\n📮 .*Polis.*\n\n✈️ .*30 giorni.*residenza|risiedi/)
  expect(en?.body.text).toMatch(/Polis.*\n\n.*30 days/)
  expect(JSON.stringify(it?.body.reply_markup)).toMatch(/https:\/\/www\.poste\.it.*https:\/\/portal\.example/)
  for (const later of [1, DAY, 40 * DAY]) {
    await watched(60, NOON + later)
    // What alerts and deliveries remember is pruned after a month.
    await transact(db, [sql`DELETE FROM deliveries`, sql`DELETE FROM alerts`])
    expect(await tellAlternatives(db, 't', NOON + later)).toBe(0)
  }
  expect((await readFollowStatus(db, 1, NOON + 40 * DAY)).provinces[0]?.isDry).toBe(true)
})

test('not where slots were seen, or are open, or readings began or stopped lately, nor at night', async () => {
  await watched(10)
  expect(await tellAlternatives(db, 't', NOON)).toBe(0)
  await watched(15, NOON - 2 * HOUR)
  expect(await tellAlternatives(db, 't', NOON)).toBe(0)
  await watched(15)
  expect(await tellAlternatives(db, 't', friday('22:00:00'))).toBe(0)
  await openSlots([['2027-01-12', '09:00']], NOON - 13 * DAY)
  expect(await tellAlternatives(db, 't', NOON)).toBe(0)
  await transact(db, [sql`DELETE FROM alerts`])
  expect(await tellAlternatives(db, 't', NOON)).toBe(0)
  await transact(db, [sql`UPDATE slots SET gone_at = ${NOON - 13 * DAY}`])
  expect(await tellAlternatives(db, 't', NOON)).toBe(1)
  expect(await rows(sql`SELECT kind, province FROM alerts`)).toEqual([
    { kind: 'alternatives', province: 'TO' },
  ])
})

test('after a slot and another two weeks without one they are told again', async () => {
  await watched(15)
  expect(await tellAlternatives(db, 't', NOON)).toBe(1)
  await openSlots([['2027-01-12', '09:00']], NOON + DAY)
  await transact(db, [sql`UPDATE slots SET gone_at = ${NOON + DAY}`])
  const later = NOON + 16 * DAY
  await watched(31, later)
  expect(await tellAlternatives(db, 't', later)).toBe(1)
  expect(await tellAlternatives(db, 't', later + 1)).toBe(0)
})

test('a chat that follows several such provinces is told once', async () => {
  await watched(15)
  await transact(db, [
    sql`INSERT INTO provinces (code, watched_since) VALUES ('MI', ${NOON - 15 * DAY})`,
    setReadings('MI', { lastReadAt: NOON }),
    sql`INSERT INTO subscriptions (chat_id, province, ring, created_at) VALUES (1, 'MI', 1, 1)`,
  ])
  expect(await tellAlternatives(db, 't', NOON)).toBe(2)
  const { calls } = await sendAt(NOON)
  expect(calls.map(({ body }) => body.chat_id).sort()).toEqual([1, 2])
})
