import { sql } from 'drizzle-orm'
import { beforeEach, expect, test, vi } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { mergeHeld } from '../../src/passport/alerts/digest.ts'
import { shiftedClock } from '../../src/platform/time.ts'
import { addChat, clean, db, type FakeTelegram } from '../delivery/kit.worker.ts'
import { closeSlots, friday, openSlots, writeOffice } from './announce.worker.ts'
import { sendAlerts } from './send-alerts.worker.ts'

/** A family of three, which adds up the places of a day, and somebody without filters. */
const FAMILY = 71
const SINGLE = 72

beforeEach(async () => {
  for (const level of ['info', 'warn'] as const) vi.spyOn(console, level).mockImplementation(() => undefined)
  await clean()
  await writeOffice()
  await transact(db, [
    addChat(FAMILY, { min_day_places: 3 }),
    addChat(SINGLE),
    sql`INSERT INTO subscriptions (chat_id, province, ring, created_at) VALUES (${FAMILY}, 'TO', 1, 1), (${SINGLE}, 'TO', 2, 1)`,
  ])
})

/** Fans out and sends at a Rome time of that Friday. */
async function sendAt(time: string): Promise<FakeTelegram> {
  const telegram = await sendAlerts(shiftedClock(friday(time) - Date.now()))
  await transact(db, [sql`UPDATE deliveries SET done_at = ${friday(time)} WHERE done_at > ${friday(time)}`])
  return telegram
}

test('a family hears of a day once its places suffice, with all its times and which follow one another', async () => {
  await openSlots([['2026-12-19', '09:00']], friday('10:00:00'))
  const first = await sendAt('10:00:02')
  expect(first.textsTo(FAMILY)).toEqual([])
  expect(first.textsTo(SINGLE)).toHaveLength(1)
  await openSlots(
    [
      ['2026-12-19', '09:15'],
      ['2026-12-19', '11:00'],
      ['2026-12-20', '09:00', 2],
    ],
    friday('10:05:00'),
  )
  const second = await sendAt('10:05:02')
  const [family] = second.textsTo(FAMILY)
  expect(family).toMatch(/^Torino: 3 posti, da sab 19 dic 09:00\n/)
  expect(family).toMatch(/19\/12\/2026 ore 09:00 · 1 posto\n.*09:15.*\n.*11:00.*\n/)
  expect(family).toContain('👨‍👩‍👧 19/12/2026: 3 posti in tutto, di seguito dalle 09:00 alle 09:15\n')
  expect(family).not.toContain('20/12/2026')
  expect(second.textsTo(SINGLE)[0]).toMatch(/^Torino: 4 posti/)
  expect(second.textsTo(SINGLE)[0]).not.toMatch(/09:00 · 1 posto|in tutto/)
})

test('a place of the day that is taken is crossed out for the family, though another alert announced it', async () => {
  await openSlots([['2026-12-19', '09:00']], friday('10:00:00'))
  await sendAt('10:00:02')
  await openSlots([['2026-12-19', '09:15', 2]], friday('10:05:00'))
  await sendAt('10:05:02')
  await goneAt('10:07:00', ['2026-12-19', '09:00'])
  const { calls } = await sendAt('10:07:02')
  expect(calls.map(({ method, body }) => [method, body.chat_id])).toEqual(
    expect.arrayContaining([
      ['editMessageText', FAMILY],
      ['editMessageText', SINGLE],
    ]),
  )
  expect(calls).toHaveLength(2)
  const body = calls.find((call) => call.body.chat_id === FAMILY)?.body
  const text = String(body?.text)
  expect(text).toMatch(/^Torino: 2 posti, sab 19 dic 09:15\n/)
  const strikes = ((body?.entities ?? []) as { type: string; offset: number; length: number }[]).filter(
    ({ type }) => type === 'strikethrough',
  )
  expect(strikes.map(({ offset, length }) => text.slice(offset, offset + length))).toEqual([
    '19/12/2026 ore 09:00 · 1 posto',
  ])
})

/** The text of the edit for the family, and what it crosses out. */
async function editAt(time: string): Promise<{ text: string; struck: string[] }> {
  const { calls } = await sendAt(time)
  const body = calls.find(({ method, body }) => method === 'editMessageText' && body.chat_id === FAMILY)?.body
  const text = String(body?.text)
  const entities = (body?.entities ?? []) as { type: string; offset: number; length: number }[]
  const struck = entities.filter(({ type }) => type === 'strikethrough')
  return { text, struck: struck.map(({ offset, length }) => text.slice(offset, offset + length)) }
}

const goneAt = (time: string, slot: [string, string]) =>
  transact(db, [
    sql`UPDATE slots SET gone_at = ${friday(time)} WHERE date = ${slot[0]} AND time = ${slot[1]}`,
    sql`INSERT INTO alerts (id, kind, province, office_id, slots, created_at, trace, pivot)
        VALUES (${`gone:${time}`}, 'gone', 'TO', '7', ${JSON.stringify([slot])}, ${friday(time)}, 't', 0)`,
  ])

test('an edit says which day has no longer enough places, and that none has', async () => {
  await openSlots(
    [
      ['2026-12-19', '09:00'],
      ['2026-12-19', '09:15', 2],
      ['2026-12-20', '09:00', 2],
      ['2026-12-20', '15:00', 3],
    ],
    friday('10:00:00'),
  )
  expect((await sendAt('10:00:02')).textsTo(FAMILY)[0]).toContain('\nNuova disponibilità:\n')
  await goneAt('10:05:00', ['2026-12-19', '09:15'])
  const first = await editAt('10:05:02')
  expect(first.text).toContain('\nNuova disponibilità:\n')
  expect(first.text).toMatch(/19\/12\/2026: ormai solo 1 posto, non basta più\n/)
  expect(first.text).toMatch(/20\/12\/2026: 5 posti in tutto\n/)
  await goneAt('10:06:00', ['2026-12-20', '15:00'])
  const second = await editAt('10:06:02')
  expect(second.text).toContain('\nI posti non bastano più:\n')
  expect(second.text).toMatch(/20\/12\/2026: ormai solo 2 posti, non bastano più\n/)
  expect(second.struck).toEqual(['19/12/2026 ore 09:15 · 2 posti', '20/12/2026 ore 15:00 · 3 posti'])
  await goneAt('10:07:00', ['2026-12-19', '09:00'])
  await goneAt('10:08:00', ['2026-12-20', '09:00'])
  const last = await editAt('10:08:02')
  expect(last.text).toContain('\nNon più disponibile:\n')
  expect(last.text).not.toContain('in tutto')
})

test('without such a chat a closing edits the messages of its own slots only', async () => {
  await transact(db, [sql`UPDATE chats SET min_day_places = 1`])
  await openSlots([['2026-12-19', '09:00']], friday('10:00:00'))
  await openSlots([['2026-12-19', '09:15']], friday('10:05:00'))
  await sendAt('10:05:02')
  await goneAt('10:07:00', ['2026-12-19', '09:00'])
  const { calls } = await sendAt('10:07:02')
  expect(calls.map(({ body }) => body.chat_id).sort()).toEqual([FAMILY, SINGLE])
  for (const { body } of calls) expect(body.text).not.toContain('09:15')
})

test('a digest lists each slot of such a day once; when the day is taken it is not sent', async () => {
  const quiet = sql`UPDATE chats SET quiet_from = '10:00', quiet_to = '11:00', quiet_mode = 'digest'`
  await transact(db, [quiet])
  await openSlots([['2026-12-19', '09:00', 2]], friday('10:00:00'))
  await sendAt('10:00:02')
  for (const [time, at] of [
    ['09:15', '10:05:00'],
    ['09:30', '10:06:00'],
  ] as const) {
    await openSlots([['2026-12-19', time]], friday(at))
    await sendAt(at)
  }
  expect(await mergeHeld(db, 't', friday('11:00:01'))).toBe(2)
  const [family] = (await sendAt('11:00:02')).textsTo(FAMILY)
  for (const time of ['09:00', '09:15', '09:30'])
    expect(family?.match(new RegExp(`ore ${time} `, 'g'))).toHaveLength(1)
  expect(family).toContain('in tutto, di seguito dalle 09:00 alle 09:30')

  await openSlots([['2026-12-22', '09:00', 3]], friday('10:10:00'))
  await sendAt('10:10:02')
  await closeSlots('2026-12-22', friday('10:20:00'))
  expect(await mergeHeld(db, 't', friday('11:05:00'))).toBe(2)
  expect((await sendAt('11:05:02')).textsTo(FAMILY)).toEqual([])
})
