import { sql } from 'drizzle-orm'
import { beforeEach, expect, test, vi } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { prune } from '../../src/db/prune.ts'
import { shiftedClock } from '../../src/platform/time.ts'
import { readStatus } from '../../src/web/info/service-status.ts'
import { clean, db } from '../delivery/kit.worker.ts'
import { closeSlots, friday, openSlots, writeOffice } from '../passport/announce.worker.ts'
import { sendAlerts } from '../passport/send-alerts.worker.ts'
import { harness } from './harness.worker.ts'
import type { Person } from './person.ts'

const bot = harness()

beforeEach(async () => {
  for (const level of ['info', 'warn'] as const) vi.spyOn(console, level).mockImplementation(() => undefined)
  await clean()
  await writeOffice()
})

interface Keyboard {
  inline_keyboard: { text: string; callback_data?: string }[][]
}

/** What Telegram got for a person when everything was fanned out and sent at a Rome time of that Friday. */
async function sentAt(person: Person, time: string) {
  const telegram = await sendAlerts(shiftedClock(friday(time) - Date.now()))
  await transact(db, [sql`UPDATE deliveries SET done_at = ${friday(time)} WHERE done_at > ${friday(time)}`])
  return telegram.calls.filter(({ body }) => body.chat_id === person.chat.id).map(({ body }) => body)
}

/** Somebody who follows Torino and got an alert of two days. */
async function alerted() {
  bot.time.now = friday('09:00:00')
  const person = bot.someone()
  await person.types('/segui torino')
  await openSlots(
    [
      ['2026-12-19', '09:00'],
      ['2027-01-12', '10:00'],
    ],
    friday('10:00:00'),
  )
  const [alert] = await sentAt(person, '10:00:02')
  bot.time.now = friday('10:01:00')
  const buttons = (alert?.reply_markup as Keyboard | undefined)?.inline_keyboard.flat() ?? []
  const booked = buttons.find(({ text }) => text === '✅ Ho prenotato')
  return { person, booked: String(booked?.callback_data) }
}

const subscription = async (person: Person) =>
  (
    await bot.rows(
      sql`SELECT asleep, booked_at, booked_date FROM subscriptions WHERE chat_id = ${person.chat.id}`,
    )
  )[0]

test('each alert has the button; who wants no more alerts gets none, does not count as a follower, and can resume', async () => {
  const { person, booked } = await alerted()
  await person.pressesData(booked, 1)
  expect(person.shown.text).toMatch(/^Bene! Vuoi ancora avvisi per Torino\?/)
  expect(person.labels).toEqual([
    '🛑 No, basta avvisi',
    '📅 Ho sab 19 dic: solo prima',
    '📅 Ho mar 12 gen: solo prima',
    '✏️ Scrivi la mia data',
    '↩️ Non ho prenotato',
  ])
  await person.presses('basta avvisi')
  expect(await subscription(person)).toEqual({ asleep: 2, booked_at: bot.time.now, booked_date: null })
  await openSlots([['2026-12-01', '09:00']], friday('10:10:00'))
  expect(await sentAt(person, '10:10:02')).toEqual([])
  expect((await readStatus(db, friday('10:11:00'))).bookings).toBe(1)
  expect((await readStatus(db, friday('10:11:00'))).provinces).toEqual([])
  await person.types('/stato')
  expect(person.shown.text).toContain('✅ Hai prenotato: non ti avviso più')
  // That is a choice, not a filter: what is open there counts as for everybody.
  expect(person.shown.text).toMatch(/Aperti ora: \d orari, \d posti\n/)
  expect(person.shown.text).not.toContain('filtri')
  await person.types('/perche')
  expect(person.shown.text).toMatch(
    /^Perché non ricevi avvisi\s+✅ Hai prenotato: non ti avviso più per Torino\.\n/,
  )
  expect(person.shown.text).toContain('mar 1 dic ore 09:00: non te l’ho scritto: hai già un appuntamento')
  expect(person.shown.text).not.toContain('Hai messo dei filtri')
  // What came before they booked was sent, and stays so.
  expect(person.shown.text).toMatch(
    /✅ sab 19 dic ore [\d:]+ e un altro orario: te l’ho scritto alle 10:00:02/,
  )
  await person.types('/mie')
  expect(person.shown.text).toContain('• Torino (TO) ✅ prenotato')
  await person.types('torino')
  await person.presses('Avvisami di tutte le date')
  expect(await subscription(person)).toEqual({ asleep: 0, booked_at: null, booked_date: null })
})

test('who keeps looking hears of earlier dates only, and each time what moving the appointment risks', async () => {
  const { person, booked } = await alerted()
  await person.pressesData(booked, 1)
  await person.presses('19 dic')
  expect(person.shown.text).toMatch(
    /prima del 19\/12\/2026\.\s+⚠️ Hai già il 19\/12\/2026\..*rischi di perderli entrambi/s,
  )
  await openSlots(
    [
      ['2026-12-19', '12:00'],
      ['2026-12-18', '12:00'],
      ['2026-12-17', '08:00'],
    ],
    friday('10:10:00'),
  )
  const [alert] = await sentAt(person, '10:10:02')
  expect(alert?.text).toMatch(/^Torino: 2 posti, da gio 17 dic/)
  expect(alert?.text).not.toContain('19/12/2026 ore')
  expect(alert?.text).toContain('⚠️ Hai già il 19/12/2026.')
  await openSlots([['2027-02-02', '12:00']], friday('10:20:00'))
  expect(await sentAt(person, '10:20:02')).toEqual([])
  bot.time.now = friday('10:21:00')
  await person.types('/perche')
  expect(person.shown.text).toMatch(/02 feb|2 feb/)
  expect(person.shown.text).toContain('non te l’ho scritto: hai già un appuntamento')
  await person.types('/stato')
  expect(person.shown.text).toContain('✅ Hai prenotato per il 19/12/2026: ti avviso solo per date prima')

  // The edit of that alert keeps the warning.
  await closeSlots('2026-12-17', friday('10:30:00'))
  await transact(db, [
    sql`INSERT INTO alerts (id, kind, province, office_id, slots, created_at, trace, pivot)
        VALUES ('gone:1', 'gone', 'TO', '7', '[["2026-12-17","08:00"]]', ${friday('10:30:00')}, 't', 0)`,
  ])
  const [edit] = await sentAt(person, '10:30:02')
  expect(edit?.text).toMatch(/^Torino: 1 posto, ven 18 dic/)
  expect(edit?.text).toContain('⚠️ Hai già il 19/12/2026.')
})

test('another date is typed and changed; a finished province resumes with it', async () => {
  const { person, booked } = await alerted()
  await person.pressesData(booked, 1)
  await person.presses('basta avvisi')
  await person.pressesData(booked, 1)
  await person.presses('Scrivi la mia data')
  await person.types('boh')
  expect(person.shown.text).toMatch(/^Non ho capito la data/)
  await person.types('1/1/2020')
  expect(person.shown.text).toMatch(/già passata/)
  await person.types('31/1/2027')
  expect(person.shown.text).toContain('prima del 31/01/2027')
  expect(await subscription(person)).toMatchObject({ asleep: 0, booked_date: '2027-01-31' })
  await person.presses('Cambia la data')
  await person.types('20 gennaio')
  expect(await subscription(person)).toMatchObject({ asleep: 0, booked_date: '2027-01-20' })
  await person.presses('Avvisami di tutte le date')
  expect(person.shown.text).toBe('🔔 Torino: ti avviso per tutte le date.')
  expect(await subscription(person)).toEqual({ asleep: 0, booked_at: null, booked_date: null })
})

test('nothing changes for who did not book, for an unknown day, or for a province that is not followed', async () => {
  const { person, booked } = await alerted()
  await person.pressesData(booked, 1)
  await person.presses('Non ho prenotato')
  expect(person.shown.text).toMatch(/continuo ad avvisarti/)
  await person.pressesData('1:booked-keep:TO:2026-02-31')
  await person.pressesData('1:booked-keep:TO:2020-01-01')
  await person.pressesData('1:booked-stop:MI')
  await person.pressesData('1:booked:TO:abc.20261399')
  expect(await subscription(person)).toEqual({ asleep: 0, booked_at: null, booked_date: null })
  await person.types('ho prenotato')
  expect(person.shown.text).toMatch(/^Bene! Vuoi ancora avvisi per Torino\?/)
})

test('a chat that left and came back gets no alerts again of where its person booked', async () => {
  const { person, booked } = await alerted()
  await person.pressesData(booked, 1)
  await person.presses('basta avvisi')
  await transact(db, [sql`UPDATE chats SET status = 'gone' WHERE id = ${person.chat.id}`])
  await person.types('/start')
  expect(await subscription(person)).toMatchObject({ asleep: 2 })
})

test('the alerts of earlier dates end on the day of the appointment', async () => {
  const { person, booked } = await alerted()
  await person.pressesData(booked, 1)
  await person.presses('19 dic')
  await prune(db, Date.parse('2026-12-18T12:00:00Z'))
  expect(await subscription(person)).toMatchObject({ asleep: 0 })
  await prune(db, Date.parse('2026-12-19T12:00:00Z'))
  expect(await subscription(person)).toMatchObject({ asleep: 2, booked_date: '2026-12-19' })
  // Following again, after it, is about any date: the day of the past appointment would let none pass.
  await person.types('/segui torino')
  expect(await subscription(person)).toEqual({ asleep: 0, booked_at: null, booked_date: null })
})

test('an appointment before the first wanted day leaves no day, and this is said', async () => {
  const { person, booked } = await alerted()
  await transact(db, [sql`UPDATE chats SET only_from_day = '2027-01-10' WHERE id = ${person.chat.id}`])
  await person.pressesData(booked, 1)
  await person.presses('19 dic')
  expect(person.shown.text).toContain('non lasciano nessun giorno')
  for (const command of ['/perche', '/impostazioni']) {
    await person.types(command)
    expect(person.shown.text, command).toContain('non lasciano nessun giorno')
  }
  await person.pressesData(booked, 1)
  await person.presses('12 gen')
  expect(person.shown.text).not.toContain('nessun giorno')
})
