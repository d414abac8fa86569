import { sql } from 'drizzle-orm'
import { beforeEach, expect, test, vi } from 'vitest'
import { newChat } from '../../src/chats/chat-row.ts'
import { connect, transact } from '../../src/db/database.ts'
import { mergeHeld } from '../../src/passport/alerts/digest.ts'
import { fanOut } from '../../src/passport/alerts/fanout.ts'
import { readRecentOpenings } from '../../src/passport/alerts/recent-openings.ts'
import { runRound } from '../../src/passport/poller/round.ts'
import { MINUTE, romeInstant, shiftedClock } from '../../src/platform/time.ts'
import { countStatements } from '../counting-d1.worker.ts'
import { addChat, clean, db, type FakeTelegram, freshBudget, rows } from '../delivery/kit.worker.ts'
import { FakePortal, follow, province, reset, testClock, testPoller } from './poller-kit.worker.ts'
import { sendAlerts } from './send-alerts.worker.ts'

/** Two and three people who look for places of one day; two who want one time; two who can come only in the morning. */
const TWO = 82
const THREE = 83
const SAME_TIME = 84
const MORNING = 85
const SINGLE = 86
const EVERYONE = [TWO, THREE, SAME_TIME, MORNING, SINGLE]

let portal: FakePortal
let clock: ReturnType<typeof testClock>
let poller: ReturnType<typeof testPoller>

beforeEach(async () => {
  for (const level of ['info', 'warn'] as const) vi.spyOn(console, level).mockImplementation(() => undefined)
  await clean()
  await reset()
  await transact(db, [
    addChat(TWO, { min_day_places: 2 }),
    addChat(THREE, { min_day_places: 3, language: 'en' }),
    addChat(SAME_TIME, { min_places: 2 }),
    addChat(MORNING, { min_day_places: 2, only_to: '12:00' }),
    addChat(SINGLE),
  ])
  for (const chat of EVERYONE) await follow('TO', chat)
  portal = new FakePortal()
  clock = testClock()
  poller = testPoller(portal, clock)
})

/** The portal shows these slots, the poller reads them. */
async function read(...slots: string[]): Promise<void> {
  portal.put('46', 'TO', slots)
  clock.at = Math.max(clock.at, Number((await province('TO')).due_at))
  await runRound(poller.ctx)
}

/** Fans out and sends, as if all of it happened at the reading's instant. @returns the Telegram that was called */
async function send(): Promise<FakeTelegram> {
  clock.at += 1_000
  const telegram = await sendAlerts(shiftedClock(clock.at - Date.now()))
  await transact(db, [sql`UPDATE deliveries SET done_at = ${clock.at} WHERE done_at > ${clock.at}`])
  return telegram
}

/** Who gets a message about what the portal shows. */
async function toldOf(...slots: string[]): Promise<number[]> {
  await read(...slots)
  const { calls } = await send()
  return calls.flatMap(({ method, body }) => (method === 'sendMessage' ? [Number(body.chat_id)] : [])).sort()
}

test('those whose wish more places meet get one alert, and nobody else', async () => {
  expect(await toldOf('2026-06-03 10:00')).toEqual([SINGLE])
  expect(await toldOf('2026-06-03 10:00 x2')).toEqual([TWO, SAME_TIME, MORNING])
  expect(await toldOf('2026-06-03 10:00 x3')).toEqual([THREE])
  expect(await toldOf('2026-06-03 10:00 x4')).toEqual([])
  expect(await toldOf('2026-06-03 10:00 x1')).toEqual([])
  // Taken and freed again: news again, as a slot that returns.
  expect(await toldOf('2026-06-03 10:00 x2')).toEqual([TWO, SAME_TIME, MORNING])
})

test('places of a day at different times are added up, for each chat at the times that it wants', async () => {
  expect(await toldOf('2026-06-03 10:00', '2026-06-03 15:00')).toEqual([TWO, SINGLE])
  expect(await toldOf('2026-06-03 10:00', '2026-06-03 15:00 x2')).toEqual([THREE, SAME_TIME])
  expect(await toldOf('2026-06-03 10:00 x2', '2026-06-03 15:00 x2')).toEqual([SAME_TIME, MORNING])
  // As many as before, at another time.
  expect(await toldOf('2026-06-03 10:00 x3', '2026-06-03 15:00')).toEqual([])
})

test('a reading with a new slot and more places makes one message', async () => {
  await toldOf('2026-06-03 10:00', '2026-06-04 10:00')
  await read('2026-06-03 10:00 x2', '2026-06-03 10:15', '2026-06-04 10:00 x2')
  const telegram = await send()
  for (const chat of EVERYONE) expect([chat, telegram.textsTo(chat).length]).toEqual([chat, 1])
  expect(telegram.textsTo(TWO)[0]).toMatch(
    /03\/06\/2026 ore 10:00 · 2 posti\n.*10:15.*\n.*04\/06\/2026 ore 10:00 · 2 posti/,
  )
  expect(telegram.textsTo(SAME_TIME)[0]).not.toContain('10:15')
  expect(telegram.textsTo(SINGLE)[0]).not.toContain('10:00')
})

test('an alert says that the places suffice now, in the person’s language, and is edited when they are gone', async () => {
  await toldOf('2026-06-03 10:00')
  await read('2026-06-03 10:00 x2')
  expect((await send()).textsTo(TWO)[0]).toMatch(/^Torino: 2 posti, mer 3 giu 10:00\nOra i posti bastano:\n/)
  await read('2026-06-03 10:00 x3')
  expect((await send()).textsTo(THREE)[0]).toMatch(/\nEnough places now:\n/)
  // More than a day later, since an edit of a message about known slots has no end either.
  clock.at += 25 * 60 * MINUTE
  await read()
  await read()
  const { calls } = await send()
  const edits = calls.filter(({ method }) => method === 'editMessageText')
  expect(edits.map(({ body }) => Number(body.chat_id)).sort()).toEqual(EVERYONE)
  for (const { body } of edits)
    expect(body.entities).toContainEqual(expect.objectContaining({ type: 'strikethrough' }))
})

test('an edit lists every slot of its alert, also one with fewer places by then', async () => {
  await transact(db, [sql`UPDATE chats SET min_places = 2, min_day_places = 4 WHERE id = ${TWO}`])
  const slots = (...places: number[]) =>
    places.flatMap((count, n) => (count > 0 ? [`2026-06-03 10:${15 * n || '00'} x${count}`] : []))
  expect(await toldOf(...slots(2, 2, 2, 2))).toContain(TWO)
  await read(...slots(1, 1, 2, 2))
  await read(...slots(1, 0, 2, 2))
  await read(...slots(1, 0, 2, 2))
  const { calls } = await send()
  for (const chat of [TWO, SAME_TIME]) {
    const edit = calls.find(({ method, body }) => method === 'editMessageText' && body.chat_id === chat)?.body
    const text = String(edit?.text)
    expect(text).toMatch(
      /Nuova disponibilità:\n(.*\n){2}.* 10:00 · 1 posto\n.* 10:15 · 1 posto\n.* 10:30 · 2 posti\n.* 10:45/,
    )
    const entities = (edit?.entities ?? []) as { type: string; offset: number; length: number }[]
    const struck = entities.filter(({ type }) => type === 'strikethrough')
    expect(struck.map(({ offset, length }) => text.slice(offset, offset + length))).toEqual([
      '03/06/2026 ore 10:15 · 1 posto',
    ])
  }
  await read(...slots(1, 0, 1, 0))
  await read(...slots(1, 0, 1, 0))
  const later = (await send()).calls.filter(({ method }) => method === 'editMessageText')
  for (const chat of [TWO, SAME_TIME])
    expect(String(later.find(({ body }) => body.chat_id === chat)?.body.text)).toContain(
      '\nI posti non bastano più:\n',
    )
})

test('an edit lists no day that was no news to the chat, though its filters refuse every day by then', async () => {
  await toldOf('2026-06-03 10:00', '2026-06-05 10:00 x2')
  await read('2026-06-03 10:00 x2', '2026-06-05 10:00 x3')
  expect((await send()).textsTo(TWO)).toEqual([expect.not.stringContaining('05/06')])
  await transact(db, [sql`UPDATE chats SET only_before = '2026-06-01' WHERE id = ${TWO}`])
  await read('2026-06-05 10:00 x3')
  await read('2026-06-05 10:00 x3')
  const { calls } = await send()
  const edits = calls.filter(({ method, body }) => method === 'editMessageText' && body.chat_id === TWO)
  expect(edits.map(({ body }) => String(body.text)).sort()).toEqual([
    expect.not.stringContaining('03/06'),
    expect.stringMatching(/^Torino: posti finiti\nNon più disponibile:\n.*\n.*\n.* 10:00 · 2 posti\nSede/),
  ])
})

test('an alert that is fanned out late finds whose wish its own reading met', async () => {
  await read('2026-06-03 10:00')
  await read('2026-06-03 10:00 x2')
  await read('2026-06-03 10:00 x3')
  const telegram = await send()
  for (const chat of EVERYONE) expect([chat, telegram.textsTo(chat).length]).toEqual([chat, 1])
})

test('mutes and filters hold, quiet hours gather it into the digest, and it is not sent once the places are gone', async () => {
  const at = '12:00'
  await toldOf('2026-06-03 10:00')
  await transact(db, [
    sql`UPDATE subscriptions SET muted_until = ${clock.at + 60 * MINUTE} WHERE chat_id = ${TWO}`,
    sql`UPDATE chats SET only_from = '11:00' WHERE id = ${MORNING}`,
    sql`UPDATE chats SET quiet_from = ${at}, quiet_to = '13:00', quiet_mode = 'digest' WHERE id = ${SAME_TIME}`,
  ])
  expect(await toldOf('2026-06-03 10:00 x2')).toEqual([])
  const end = romeInstant('2026-05-20', '13:00')
  clock.at = end
  expect(await mergeHeld(db, 't', end)).toBe(1)
  expect((await send()).textsTo(SAME_TIME)[0]).toContain('10:00 · 2 posti')
  await read('2026-06-03 10:00 x3')
  await read('2026-06-03 10:00 x2')
  expect((await send()).textsTo(THREE)).toEqual([])
})

test('a digest adds up the places of a day that several alerts list, and its edit says when they are too few', async () => {
  await transact(db, [
    sql`UPDATE chats SET quiet_from = '12:00', quiet_to = '13:00', quiet_mode = 'digest' WHERE id = ${TWO}`,
  ])
  const all = ['2026-06-03 10:00', '2026-06-03 10:15', '2026-06-03 10:30']
  for (const slots of [all, all.slice(0, 2), all.slice(0, 2), all])
    expect(await toldOf(...slots)).not.toContain(TWO)
  clock.at = romeInstant('2026-05-20', '13:00')
  expect(await mergeHeld(db, 't', clock.at)).toBe(1)
  const [digest] = (await send()).textsTo(TWO)
  expect(digest?.match(/ in tutto/g)).toHaveLength(1)
  expect(digest).toContain('03/06/2026: 3 posti in tutto, di seguito dalle 10:00 alle 10:30\n')
  await read(...all.slice(2))
  await read(...all.slice(2))
  const { calls } = await send()
  const edits = calls.filter(({ method, body }) => method === 'editMessageText' && body.chat_id === TWO)
  expect(edits.map(({ body }) => String(body.text).includes('03/06/2026: ormai solo 1 posto'))).toEqual([
    true,
  ])
})

test('an unsteady office’s added places are news once a second reading shows them', async () => {
  await toldOf('2026-06-03 10:00')
  await transact(db, [sql`UPDATE offices SET unsteady = 1`])
  expect(await toldOf('2026-06-03 10:00 x3')).toEqual([])
  expect(await rows(sql`SELECT places FROM slots`)).toEqual([{ places: 1 }])
  expect(await toldOf('2026-06-03 10:00')).toEqual([])
  expect(await toldOf('2026-06-03 10:00 x3')).toEqual([])
  expect(await toldOf('2026-06-03 10:00 x2')).toEqual([TWO, SAME_TIME, MORNING])
  expect(await toldOf('2026-06-03 10:00 x3')).toEqual([])
  expect(await toldOf('2026-06-03 10:00 x3')).toEqual([THREE])
  // Of a new slot too, only the places that both readings showed.
  expect(await toldOf('2026-06-03 10:00 x3', '2026-06-04 10:00')).toEqual([])
  expect(await toldOf('2026-06-03 10:00 x3', '2026-06-04 10:00 x2')).toEqual([SINGLE])
  expect(await toldOf('2026-06-03 10:00 x3', '2026-06-04 10:00 x2')).toEqual([TWO, SAME_TIME, MORNING])
  expect(await rows(sql`SELECT places, unconfirmed_places FROM slots`)).toEqual([
    { places: 3, unconfirmed_places: null },
    { places: 2, unconfirmed_places: null },
  ])
})

test('/perche says that the first place was too few, and that more came', async () => {
  await toldOf('2026-06-03 10:00')
  await toldOf('2026-06-03 10:00 x2')
  const outcomes = async (chat: number, wish: number) => {
    const person = { ...newChat({ id: chat, kind: 'private' }, 0), minDayPlaces: wish }
    const openings = await readRecentOpenings(db, person, clock.at)
    return openings.flatMap(({ groups }) => groups.map(({ outcome, slots }) => [outcome.kind, slots.length]))
  }
  expect(await outcomes(TWO, 2)).toEqual([
    ['sent', 1],
    ['filtered', 1],
  ])
  expect(await outcomes(THREE, 3)).toEqual([['filtered', 1]])
  expect(await outcomes(SINGLE, 1)).toEqual([['sent', 1]])
})

test('without a follower whom more places could concern nothing is written', async () => {
  await transact(db, [
    sql`UPDATE chats SET min_day_places = 4 WHERE id = ${THREE}`,
    sql`UPDATE subscriptions SET asleep = 2 WHERE chat_id IN (${TWO}, ${MORNING}, ${SAME_TIME})`,
  ])
  await read('2026-06-03 10:00')
  for (const places of [2, 3]) await read(`2026-06-03 10:00 x${places}`)
  expect(await rows(sql`SELECT id FROM alerts`)).toHaveLength(1)
  await read('2026-06-03 10:00 x4')
  expect(await rows(sql`SELECT slots FROM alerts WHERE slots = '[]'`)).toHaveLength(1)
})

test('the followers who need several places are found by an index', async () => {
  const plan = await rows(
    sql`EXPLAIN QUERY PLAN SELECT c.id FROM chats AS c WHERE max(c.min_places, c.min_day_places) > 1`,
  )
  expect(plan.map(({ detail }) => detail)).toEqual([expect.stringContaining('chats_several_places')])
})

test('closing a slot of a busy day takes few queries, however many alerts the day had', async () => {
  const slots = (count: number) =>
    Array.from(
      { length: count },
      (_, n) => `2026-06-03 ${String(9 + Math.floor(n / 6)).padStart(2, '0')}:${n % 6}0`,
    )
  for (let count = 1; count <= 40; count++) await read(...slots(count))
  await send()
  await read(...slots(39))
  await read(...slots(39))
  const { d1, used } = countStatements(db.$client)
  for (const { id } of await rows(sql`SELECT id FROM alerts WHERE fanned_out_at IS NULL`))
    await fanOut(
      { db: connect(d1), budget: freshBudget(), now: () => clock.at, nudge: async () => undefined },
      String(id),
    )
  expect(await rows(sql`SELECT id FROM deliveries WHERE event LIKE 'strike:%'`)).not.toEqual([])
  expect(used.statements).toBeLessThan(20)
})
