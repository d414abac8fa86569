import { sql } from 'drizzle-orm'
import { beforeEach, expect, test, vi } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { mergeHeld } from '../../src/passport/alerts/digest.ts'
import { clean, db } from '../delivery/kit.worker.ts'
import { closeSlots, friday, OFFICE, openSlots, sendAt, writeOffice } from '../passport/announce.worker.ts'
import { harness } from './harness.worker.ts'
import { nextUpdateId, type Person } from './person.ts'

const bot = harness()

beforeEach(async () => {
  for (const level of ['info', 'warn'] as const) vi.spyOn(console, level).mockImplementation(() => undefined)
  await clean()
  await transact(db, [sql`DELETE FROM slot_events`])
})

/** Somebody who followed Torino at nine on Friday, and whose row has these columns. */
async function follower(columns: Record<string, string | number> = {}): Promise<Person> {
  bot.time.now = friday('09:00:00')
  const person = bot.someone()
  await person.types('/segui torino')
  for (const [name, value] of Object.entries(columns))
    await transact(db, [sql`UPDATE chats SET ${sql.raw(name)} = ${value} WHERE id = ${person.chat.id}`])
  return person
}

/** What /perche says at a Rome time of that Friday. */
async function whyAt(person: Person, time: string): Promise<string> {
  bot.time.now = friday(time)
  await person.types('/perche')
  return person.shown.text
}

test('/perche says when a slot was sent and which filter excluded another, and is reached from the status', async () => {
  await writeOffice()
  const person = await follower({ only_before: '2027-02-01' })
  await openSlots(
    [
      ['2027-01-12', '09:00'],
      ['2027-01-12', '09:20'],
      ['2027-03-03', '10:00'],
    ],
    friday('10:41:56'),
  )
  await sendAt(friday('10:42:07'))
  const text = await whyAt(person, '12:00:00')
  expect(text).toContain(`Torino · ${OFFICE.name}, visti oggi alle 10:41`)
  expect(text).toContain(
    '✅ mar 12 gen ore 09:00 e un altro orario: te l’ho scritto alle 10:42:07, 11 secondi dopo averlo visto',
  )
  expect(text).toContain('🔍 mer 3 mar ore 10:00: lo escludono i tuoi filtri (prima del 01/02/2027)')
  expect(text).toContain('Filtri e silenzi sono quelli di adesso')
  await person.types('/stato')
  await person.presses('Che fine hanno fatto gli ultimi posti?')
  expect(person.shown.text).toBe(text)
})

test('it says what quiet hours hold, and what their digest brought', async () => {
  await writeOffice()
  const person = await follower({ quiet_from: '10:00', quiet_to: '11:00', quiet_mode: 'digest' })
  await openSlots([['2027-01-12', '09:00']], friday('10:05:00'))
  await openSlots([['2027-01-13', '09:00']], friday('10:06:00'))
  await sendAt(friday('10:06:05'))
  expect(await whyAt(person, '10:10:00')).toContain(
    '🌙 mar 12 gen ore 09:00: te lo dico alle 11:00, quando finiscono le tue ore di silenzio',
  )
  await closeSlots('2027-01-13', friday('10:30:00'))
  expect(await whyAt(person, '10:31:00')).toContain('💨 mer 13 gen ore 09:00: preso da altri')
  await mergeHeld(db, 'test', friday('11:00:00'))
  await sendAt(friday('11:00:03'))
  const text = await whyAt(person, '11:01:00')
  expect(text).toContain(
    '✅ mar 12 gen ore 09:00: te l’ho scritto alle 11:00:03, finite le tue ore di silenzio',
  )
  expect(text).toContain('💨 mer 13 gen ore 09:00: preso da altri')
})

test('it says what was taken first, what the province’s mute kept back, and what came before the person', async () => {
  await writeOffice()
  await openSlots([['2027-01-10', '09:00']], friday('08:00:00'))
  const person = await follower()
  await sendAt(friday('09:00:30'))
  await openSlots([['2027-01-11', '09:00']], friday('09:10:00'))
  await closeSlots('2027-01-11', friday('09:10:10'))
  await sendAt(friday('09:10:12'))
  bot.time.now = friday('09:20:00')
  await person.types('torino')
  await person.presses('Silenzia per oggi')
  await openSlots([['2027-01-12', '09:00']], friday('09:30:00'))
  await sendAt(friday('09:30:05'))
  const text = await whyAt(person, '09:40:00')
  expect(text).toContain('🕰 dom 10 gen ore 09:00: non seguivi ancora la provincia')
  expect(text).toContain('💨 lun 11 gen ore 09:00: preso da altri prima che potessi scrivertelo')
  expect(text).toContain('🔕 mar 12 gen ore 09:00: avevi silenziato la provincia')
  expect(text.indexOf('12 gen')).toBeLessThan(text.indexOf('11 gen'))
})

test('slots that wait for their office’s hour are named with it, also when they were taken before', async () => {
  await writeOffice('15:00')
  const person = await follower()
  await openSlots([['2027-01-11', '09:00']], friday('09:10:00'), false)
  await openSlots([['2027-01-12', '09:00']], friday('09:11:00'), false)
  await closeSlots('2027-01-12', friday('09:30:00'))
  const text = await whyAt(person, '10:00:00')
  expect(text).toContain('⏳ lun 11 gen ore 09:00: si prenota dalle 15: ti scrivo allora')
  expect(text).toContain('💨 mar 12 gen ore 09:00: preso prima che si potesse prenotare')
})

test('an early notice is named with its slots, before and after their office’s hour; who gets none is told of it', async () => {
  await writeOffice('15:00')
  const person = await follower({ early_notice: 1 })
  const other = await follower()
  await openSlots([['2027-01-12', '09:00']], friday('09:10:00'), false)
  await openSlots([['2027-01-11', '09:00']], friday('09:11:00'), false)
  await transact(db, [
    sql`INSERT INTO alerts (id, kind, province, office_id, slots, bookable_at, created_at, trace, pivot)
        VALUES ('early:7:t', 'early', 'TO', ${OFFICE.id}, '[["2027-01-12","09:00"]]', '15:00', ${friday('09:10:00')}, 't', 0)`,
  ])
  await sendAt(friday('09:10:03'))
  const text = await whyAt(person, '10:00:00')
  expect(text).toMatch(
    /visti oggi alle 09:10\n📆 preavviso mandato alle 09:10:03\n⏳ mar 12 gen ore 09:00: si prenota dalle 15/,
  )
  expect(text).toMatch(/visti oggi alle 09:11\n⏳ lun 11 gen/)
  expect(text).not.toContain('Attiva «Preavviso dei posti»')
  const without = await whyAt(other, '10:00:00')
  expect(without).not.toContain('📆')
  expect(without).toContain('Attiva «Preavviso dei posti» nelle impostazioni')
  await transact(db, [
    sql`UPDATE slots SET announced_at = ${friday('14:55:00')} WHERE date = '2027-01-12'`,
    sql`INSERT INTO alerts (id, kind, province, office_id, slots, bookable_at, created_at, trace, pivot)
        VALUES ('open:7:t', 'open', 'TO', ${OFFICE.id}, '[["2027-01-12","09:00"]]', '15:00', ${friday('14:55:00')}, 't', 0)`,
  ])
  await sendAt(friday('14:55:02'))
  expect(await whyAt(person, '15:10:00')).toMatch(
    /visti oggi alle 14:55\n📆 preavviso mandato alle 09:10:03\n✅ mar 12 gen ore 09:00: te l’ho scritto alle 14:55:02/,
  )
})

test('an early notice that quiet hours delay is named with their end', async () => {
  await writeOffice('15:00')
  const person = await follower({
    early_notice: 1,
    quiet_from: '08:00',
    quiet_to: '10:30',
    quiet_mode: 'digest',
    language: 'en',
  })
  await openSlots([['2027-01-12', '09:00']], friday('09:10:00'), false)
  await transact(db, [
    sql`INSERT INTO alerts (id, kind, province, office_id, slots, bookable_at, created_at, trace, pivot)
        VALUES ('early:7:t', 'early', 'TO', ${OFFICE.id}, '[["2027-01-12","09:00"]]', '15:00', ${friday('09:10:00')}, 't', 0)`,
  ])
  await sendAt(friday('09:10:03'))
  expect(await whyAt(person, '10:00:00')).toContain(
    '📆 early notice at 10:30, when your quiet hours are over',
  )
})

test('slots that ended because nobody followed their province any more are not said to be taken', async () => {
  await writeOffice()
  const person = await follower()
  await openSlots([['2027-01-11', '09:00']], friday('09:10:00'))
  await openSlots([['2027-01-12', '09:00']], friday('09:12:00'), false)
  await sendAt(friday('09:12:05'))
  const id = person.chat.id
  const change = (status: string) =>
    bot.deliver({
      update_id: nextUpdateId(),
      my_chat_member: {
        chat: person.chat,
        from: { id },
        date: 1,
        old_chat_member: { status: 'member', user: { id: 1 } },
        new_chat_member: { status, user: { id: 1 } },
      },
    })
  await change('kicked')
  bot.time.now = friday('12:00:00')
  await change('member')
  const text = await whyAt(person, '12:01:00')
  expect(text).toContain('✅ lun 11 gen ore 09:00: te l’ho scritto')
  expect(text).not.toContain('preso prima che')
  expect(text).not.toContain('al secondo controllo')
  expect(text).not.toContain('12 gen')
})

test('at most the last eight openings are listed, and old ones not at all', async () => {
  await writeOffice()
  const person = await follower()
  for (let n = 10; n < 30; n++) await openSlots([[`2027-01-${n}`, '09:00']], friday(`09:${n}:00`))
  await sendAt(friday('09:31:00'))
  const text = await whyAt(person, '10:00:00')
  expect(text.match(/visti oggi/g)).toHaveLength(8)
  expect(text).toContain('29 gen')
  bot.time.now = friday('10:00:00') + 8 * 86_400_000
  await person.types('/perche')
  expect(person.shown.text).toContain('Negli ultimi sette giorni non ho visto posti nuovi')
})

test('somebody who follows nothing is offered a province; the answer is in English for who chose it', async () => {
  const person = bot.someone()
  await person.types('/perche')
  expect(person.labels.join()).toContain('Aggiungi provincia')
  await writeOffice()
  const other = await follower({ language: 'en' })
  await openSlots([['2027-01-12', '09:00']], friday('10:41:56'))
  await sendAt(friday('10:42:07'))
  expect(await whyAt(other, '12:00:00')).toContain(
    '✅ Tue 12 Jan at 09:00: I told you at 10:42:07, 11 seconds after I saw it',
  )
})

test('the view of a province without slots for two weeks mentions the alternatives', async () => {
  const person = await follower()
  bot.time.now = friday('10:00:00')
  await bot.read('TO', bot.time.now - 10_000)
  await transact(db, [sql`UPDATE provinces SET watched_since = 1 WHERE code = 'TO'`])
  await person.types('torino')
  expect(person.shown.text).toMatch(/Polis[\s\S]*Agenda prioritaria/)
  expect(person.labels.join()).toContain('Poste Italiane')
  await writeOffice()
  await openSlots([['2027-01-12', '09:00']], friday('09:30:00'))
  await person.types('torino')
  expect(person.shown.text).not.toContain('Polis')
})
