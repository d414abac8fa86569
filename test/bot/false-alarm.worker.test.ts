import { sql } from 'drizzle-orm'
import { beforeEach, expect, test, vi } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { readFalseAlarms, unsteadyOffices } from '../../src/passport/alerts/false-alarms.ts'
import { runRound } from '../../src/passport/poller/round.ts'
import { MINUTE } from '../../src/platform/time.ts'
import { clean, db, rows } from '../delivery/kit.worker.ts'
import { closeSlots, friday, OFFICE, openSlots, sendAt, writeOffice } from '../passport/announce.worker.ts'
import { FakePortal, testClock, testPoller } from '../passport/poller-kit.worker.ts'
import { harness } from './harness.worker.ts'
import { Person } from './person.ts'

const OPERATOR = 900
const bot = harness()
bot.edgeEnv.ADMIN_IDS = String(OPERATOR)

beforeEach(async () => {
  for (const level of ['info', 'warn'] as const) vi.spyOn(console, level).mockImplementation(() => undefined)
  await clean()
  await transact(db, [
    sql`DELETE FROM slot_events`,
    sql`DELETE FROM false_alarms`,
    sql`DELETE FROM provinces`,
  ])
  await writeOffice()
  bot.time.now = friday('09:00:00')
})

async function follower(): Promise<Person> {
  const person = bot.someone()
  await person.types('/segui torino')
  return person
}

/** Opens a slot on a day of January, sends its alert and closes it. @returns the edit's buttons */
async function falseAlert(day: number, minute: number): Promise<{ text: string; callback_data: string }[]> {
  const at = friday(`10:${minute}:00`)
  const date = `2027-01-${day}`
  await openSlots([[date, '09:00']], at)
  await sendAt(at + 1_000)
  await closeSlots(date, at + 20_000)
  await transact(db, [
    sql`INSERT INTO alerts (id, kind, province, office_id, slots, created_at, trace, pivot)
        VALUES (${`gone:${OFFICE.id}:${at}`}, 'gone', 'TO', ${OFFICE.id}, ${JSON.stringify([[date, '09:00']])},
                ${at + 20_000}, 't', 0)`,
  ])
  const { calls } = await sendAt(at + 21_000)
  const markup = calls.at(-1)?.body.reply_markup as {
    inline_keyboard: { text: string; callback_data: string }[][]
  }
  return markup.inline_keyboard.flat()
}

const unsteady = async (percent = 30) => {
  await transact(db, [unsteadyOffices(percent, friday('11:00:00'))])
  return (await rows(sql`SELECT unsteady FROM offices`))[0]?.unsteady
}

test('a button under an alert whose places are gone reports it, once a chat; nobody else can report it', async () => {
  const person = await follower()
  const stranger = bot.someone()
  const [button] = await falseAlert(11, 10)
  expect(button?.text).toBe('👻 Non c’era')
  for (const who of [person, person, stranger]) await who.pressesData(button?.callback_data ?? '', 5)
  expect(await rows(sql`SELECT chat_id, office_id FROM false_alarms`)).toEqual([
    { chat_id: person.chat.id, office_id: OFFICE.id },
  ])
})

test('in a group its administrators report, as they alone choose what the group gets', async () => {
  const admin = bot.inGroup(77_001)
  bot.telegram.standing.set(77_001, 'administrator')
  await admin.types('/segui torino')
  const [button] = await falseAlert(11, 10)
  await bot.inGroup(77_002, admin.chat.id).pressesData(button?.callback_data ?? '', 5)
  expect(await rows(sql`SELECT chat_id FROM false_alarms`)).toEqual([])
  await admin.pressesData(button?.callback_data ?? '', 5)
  expect(await rows(sql`SELECT chat_id FROM false_alarms`)).toEqual([{ chat_id: admin.chat.id }])
})

test('operators see the rate; an office of many false alarms is unsteady, one person alone makes none so', async () => {
  const one = await follower()
  const other = await follower()
  for (const n of [11, 12, 13, 14]) {
    const [button] = await falseAlert(n, n)
    if (n < 14) await one.pressesData(button?.callback_data ?? '', 5)
    expect(await unsteady()).toBe(n < 14 ? 0 : 1)
    if (n === 13) await other.pressesData(button?.callback_data ?? '', 5)
  }
  expect(await unsteady(80)).toBe(0)
  expect(await unsteady(0)).toBe(0)
  expect(await unsteady()).toBe(1)
  expect(await readFalseAlarms(db, 5, friday('11:00:00'))).toEqual([
    { province: 'TO', office: OFFICE.name, alerts: 4, reported: 3, unsteady: true },
  ])
  bot.time.now = friday('11:00:00')
  const ada = new Person(bot.telegram, bot.deliver, { id: OPERATOR, type: 'private' })
  expect((await ada.types('/stato_admin')).text).toContain(
    `• Torino, ${OFFICE.name}: 3 avvisi su 4 (ora li manda solo dopo un secondo controllo)`,
  )
})

test('an unsteady office’s slot is announced when a second reading shows it, and /perche says so', async () => {
  const person = await follower()
  await transact(db, [sql`UPDATE offices SET unsteady = 1`])
  const clock = testClock(friday('12:00:00'))
  const portal = new FakePortal()
  portal.put(OFFICE.id, 'TO', ['2027-01-11 09:00', '2027-01-12 09:00'])
  await runRound(testPoller(portal, clock).ctx)
  expect(await rows(sql`SELECT 1 FROM alerts`)).toEqual([])
  bot.time.now = clock.at + 5_000
  await person.types('/perche')
  expect(person.shown.text).toContain('🔁 lun 11 gen ore 09:00 e un altro orario: lo ricontrollo')
  portal.put(OFFICE.id, 'TO', ['2027-01-11 09:00'])
  clock.at += MINUTE
  await runRound(testPoller(portal, clock).ctx)
  expect(await rows(sql`SELECT slots FROM alerts WHERE kind = 'open'`)).toEqual([
    { slots: '[["2027-01-11","09:00"]]' },
  ])
  bot.time.now = clock.at + 5_000
  await person.types('/perche')
  expect(person.shown.text).toContain('👻 mar 12 gen ore 09:00: al secondo controllo non c’era più')
})
