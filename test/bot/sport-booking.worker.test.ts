import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import type { ConfirmationView } from '../../src/sport/student-types.ts'
import { yogaBooking } from './fake-student.ts'
import { nextUpdateId } from './person.ts'
import { sportHarness } from './sport-kit.worker.ts'

const bot = sportHarness()
const { someone, students, telegram } = bot

/** Somebody with the sport menu open. */
async function student() {
  const person = someone()
  const object = students.of(person.chat.id)
  await person.types('/sport')
  return { person, object }
}

test('a class is chosen by type, day and time, and booked now; the message follows the action', async () => {
  const { person, object } = await student()
  await person.presses('Nuova prenotazione')
  await person.presses('Corsi')
  expect(person.labels.slice(0, 3)).toEqual([
    'sabato 21 novembre',
    'domenica 22 novembre',
    'martedì 24 novembre',
  ])
  await person.presses('sabato 21')
  expect(person.labels.slice(0, 2)).toEqual(['18:00 YOGA · 7', '19:00 PILATES · piena'])
  await person.presses('18:00 YOGA')
  expect(person.shown.text).toMatch(
    /YOGA\n🕐 sabato 21 novembre, 18:00–18:55\n📍 Giuriati.*\n👤 ROSSI MARIO\n👥 7 posti/,
  )
  const shown = await person.presses('Prenota ora')
  expect(object.last('book')).toMatchObject([
    {
      wish: {
        type: 'course',
        name: 'YOGA',
        location: 'Giuriati - Corsi Platinum',
        date: '2026-11-21',
        start: '18:00',
      },
      alternatives: [],
      when: 'now',
      watchUntil: null,
    },
  ])
  expect(shown.text).toMatch(/^Prenotazione n\. 1\nYOGA, sabato 21 novembre alle 18:00/)
  expect(object.last('attachMessage')).toEqual([1, { chatId: person.chat.id, messageId: shown.id }])
  await person.presses('Ritira')
  expect(object.last('withdraw')?.[1]).toBe(1)
  expect(person.shown.text).toMatch(/Richiesta ritirata/)
})

test('a class that is not open is booked at its opening, with alternatives in order and a limited waiting list', async () => {
  const { person, object } = await student()
  await person.presses('Nuova prenotazione')
  await person.presses('Corsi')
  await person.presses('martedì 24')
  expect(person.shown.text).toMatch(/aprono domenica 22 novembre alle 00:00/)
  await person.presses('18:00 YOGA')
  await person.presses('Alternativa')
  await person.presses('20:00 CORE')
  await person.presses('Alternativa')
  await person.presses('lunedì 23')
  await person.presses('domenica 22')
  await person.presses('18:00 ZUMBA')
  await person.presses('Se è pieno, tienilo d’occhio')
  await person.presses('Fino a 2 ore prima')
  expect(person.shown.text).toMatch(/1ª alternativa: CORE.*\n2ª alternativa: ZUMBA.*\n👀 Se è pieno/)
  await person.presses('Prenota all’apertura')
  expect(object.last('book')).toMatchObject([
    {
      wish: { name: 'YOGA', date: '2026-11-24' },
      alternatives: [
        { name: 'CORE', date: '2026-11-24', start: '20:00' },
        { name: 'ZUMBA', date: '2026-11-22' },
      ],
      when: 'at-opening',
      watchUntil: Date.parse('2026-11-24T15:00:00Z'),
    },
  ])
})

test('five classes and a waiting list still fit in a button', async () => {
  const { person } = await student()
  await person.presses('Nuova prenotazione')
  await person.presses('Corsi')
  await person.presses('sabato 21')
  await person.presses('18:00 YOGA')
  for (const other of ['09:00', '10:30', '19:00']) {
    await person.presses('Alternativa')
    await person.presses(other)
  }
  await person.presses('Alternativa')
  await person.presses('domenica 22')
  await person.presses('18:00 ZUMBA')
  expect(person.labels.some((label) => label.includes('Alternativa'))).toBe(false)
  await person.presses('Se è pieno, tienilo d’occhio')
  await person.presses('Fino a 12 ore prima')
  const data = person.shown.buttons.map((button) => button.callback_data?.length ?? 0)
  expect(Math.max(...data)).toBeLessThanOrEqual(64)
})

test('why a booking is refused is said, with the way on', async () => {
  const { person, object } = await student()
  object.refusing.set('book', 'not-linked')
  await person.presses('Nuova prenotazione')
  await person.presses('Fit Center')
  await person.presses('sabato')
  await person.presses('09:00')
  await person.presses('Prenota ora')
  expect(person.shown.text).toMatch(/Prima collega/)
  expect(person.labels).toContain('🔑 Collega il mio account')
})

test('the dry run tries one class, or the next that is planned', async () => {
  const { person, object } = await student()
  await person.presses('Prova')
  expect(object.last('dryRun')?.[1]).toBeUndefined()
  await person.types('/prenota')
  await person.presses('Fit Center')
  await person.presses('sabato')
  await person.presses('10:30')
  await person.presses('Prova')
  expect(object.last('dryRun')?.[1]).toMatchObject({ type: 'fit-center', start: '10:30' })
})

test('bookings are listed, cancelled after a question, and sent as calendar files', async () => {
  const { person, object } = await student()
  object.bookingList = [yogaBooking()]
  await person.presses('Le mie prenotazioni')
  await person.presses('YOGA')
  await person.presses('Aggiungi al calendario')
  const sent = telegram.calls.filter(({ method }) => method === 'sendDocument').at(-1)
  expect(String(sent?.payload.upload)).toMatch(
    /BEGIN:VEVENT[\s\S]*DTSTART:20261121T170000Z[\s\S]*SUMMARY:YOGA/,
  )
  await person.presses('Annulla')
  expect(object.last('cancel')).toBeUndefined()
  await person.presses('Sì, annulla')
  expect(object.last('cancel')?.[1]).toBe(7)
  expect(person.shown.text).toMatch(/^Annullamento n\. 1/)
})

test('the calendar feed is made, shown and revoked', async () => {
  const { person, object } = await student()
  await person.presses('Le mie prenotazioni')
  await person.presses('Calendario')
  await person.presses('Crea l’indirizzo')
  expect(person.shown.text).toMatch(/https:\/\/sportello\.example\/calendar\/[0-9a-z]+-[0-9a-f]{48}\.ics/)
  await person.presses('Revoca')
  expect(object.hasFeed).toBe(false)
})

test('a class that was full offers to wait for a place, another class and the bookings', async () => {
  const { person, object } = await student()
  object.begin('book', [yogaBooking()], {
    status: 'failed',
    stage: 'done',
    reason: 'full',
    withdrawable: false,
  })
  await person.types('/status 1')
  expect(person.labels).toEqual(expect.arrayContaining(['👀 Aspetta un posto', '🧘 Un’altra lezione']))
  await person.presses('Aspetta un posto')
  expect(object.last('book')?.[0]).toMatchObject({
    wish: { name: 'YOGA' },
    when: 'now',
    watchUntil: yogaBooking().startsAt - 3_600_000,
  })
})

test.each([
  ['a booked class', 'book', { status: 'completed' }, ['📋 Le mie prenotazioni']],
  ['a cancelled booking', 'cancel', { status: 'completed' }, ['🧘 Un’altra lezione']],
  ['a refused login', 'link', { status: 'failed', reason: 'bad-credentials' }, ['🔑 Collega di nuovo']],
  [
    'a booking without an account',
    'book',
    { status: 'failed', reason: 'not-linked' },
    ['🔑 Collega di nuovo'],
  ],
  ['a linked account', 'link', { status: 'completed' }, ['🧘 Prenota una lezione']],
] as const)('%s offers what can be done next', async (_name, kind, more, offered) => {
  const { person, object } = await student()
  object.begin(kind, kind === 'link' ? [] : [yogaBooking()], { stage: 'done', withdrawable: false, ...more })
  await person.types('/status 1')
  expect(person.labels).toEqual(expect.arrayContaining([...offered]))
})

test('a booking that awaits an answer is marked in the list', async () => {
  const { person, object } = await student()
  const confirmation: ConfirmationView = {
    id: 3,
    kind: 'keep',
    weeklyId: 1,
    status: 'asked',
    target: yogaBooking(),
    askAt: 1,
    deadline: 2,
  }
  object.bookingList = [{ ...yogaBooking(), confirmation }]
  await person.types('/prenotazioni')
  expect(person.shown.text).toContain('aspetto la tua risposta')
  expect(person.labels[0]).toMatch(/^❓ YOGA/)
})

test('a booking whose question is still to be asked awaits no answer in the list', async () => {
  const { person, object } = await student()
  const confirmation: ConfirmationView = {
    id: 3,
    kind: 'keep',
    weeklyId: 1,
    status: 'scheduled',
    target: yogaBooking(),
    askAt: 1,
    deadline: 2,
  }
  object.bookingList = [{ ...yogaBooking(), confirmation }]
  await person.types('/prenotazioni')
  expect(person.shown.text).not.toContain('aspetto la tua risposta')
  expect(person.labels[0]).toMatch(/^YOGA/)
})

test('slots of the Fit Center are named once, above buttons that fit a phone', async () => {
  const { person } = await student()
  await person.types('/prenota')
  await person.presses('Fit Center')
  await person.presses('sabato')
  expect(person.shown.text).toContain('Giuriati - Fit Center')
  expect(person.labels.filter((label) => /^\d\d:\d\d/.test(label)).every((label) => label.length < 12)).toBe(
    true,
  )
})

test('/status tells of one action or of the last ones', async () => {
  const { person, object } = await student()
  await person.types('/status')
  expect(person.shown.text).toMatch(/Non mi hai ancora chiesto nulla/)
  object.begin('check', [], { status: 'completed', stage: 'done' })
  object.begin('book', [yogaBooking()], { status: 'failed', stage: 'done', reason: 'full' })
  await person.types('/status')
  expect(person.shown.text).toMatch(
    /n\. 2[\s\S]*Non ci sono più posti[\s\S]*n\. 1[\s\S]*Nessuna prenotazione/,
  )
  await person.types('/status 2')
  expect(person.shown.text).toMatch(/^Prenotazione n\. 2/)
  await person.types('/status 99')
  expect(person.shown.text).toMatch(/Non la trovo/)
  await person.types('/status domani')
  expect(person.shown.text).toMatch(/Scrivi \/status e il numero/)
})

test('the week’s schedule shows courses with teacher and places, and the Fit Center’s times', async () => {
  const { person } = await student()
  await person.presses('Orari corsi')
  expect(person.shown.text).toMatch(
    /Sabato 21 novembre\n18:00–18:55 YOGA · ROSSI MARIO \(7\)\n19:00–19:55 PILATES · ROSSI MARIO \(piena\)\n🏋️ Fit Center: 09:00 \(7\), 10:30 \(7\)/,
  )
  await person.presses('martedì 24')
  expect(person.shown.text).toMatch(/^Martedì 24 novembre\n18:00/)
})

test('everything is paused and resumed; an update that comes again carries the same key', async () => {
  const { person, object } = await student()
  const { callback_data: data } = person.shown.buttons.find((button) => button.text.includes('Pausa')) ?? {}
  const update = {
    update_id: nextUpdateId(),
    callback_query: {
      id: '5',
      from: { id: person.chat.id, is_bot: false, first_name: 'Ada' },
      chat_instance: '1',
      data,
      message: { message_id: person.shown.id, chat: person.chat, date: 1 },
    },
  }
  await bot.deliver(update)
  expect(object.paused).toBe(true)
  expect(person.shown.text).toMatch(/Va bene, mi fermo/)
  // As if the Worker had died before it could mark the update done.
  await bot.rows(sql`DELETE FROM updates WHERE id = ${update.update_id}`)
  await bot.deliver(update)
  const keys = object.calls.filter(({ name }) => name === 'pauseAll').map(({ args }) => args[0])
  expect(keys).toHaveLength(2)
  expect(new Set(keys).size).toBe(1)
  await person.presses('Riprendi')
  expect(object.paused).toBe(false)
  expect(object.last('resumeAll')?.[0]).not.toBe(keys[0])
})

test('the first class is booked after five taps from /start', async () => {
  const person = someone()
  const object = students.of(person.chat.id)
  await person.types('/start')
  for (const label of ['Sport', 'Nuova prenotazione', 'sabato 21', '18:00 YOGA', 'Prenota ora'])
    await person.presses(label)
  expect(object.last('book')).toMatchObject([{ wish: { name: 'YOGA', date: '2026-11-21', start: '18:00' } }])
})

test('a booked class is marked in every list, and each list says when the places were read', async () => {
  const { person, object } = await student()
  object.bookingList = [yogaBooking()]
  await person.presses('Nuova prenotazione')
  await person.presses('sabato 21')
  expect(person.labels.slice(0, 2)).toEqual(['✅ 18:00 YOGA', '19:00 PILATES · piena'])
  expect(person.shown.text).toMatch(/Orari e posti aggiornati venerdì 20 novembre alle 13:00/)
  await person.presses('19:00 PILATES')
  await person.presses('Alternativa')
  expect(person.labels).toContain('✅ 18:00 YOGA')
  await person.types('yoga')
  expect(person.labels[0]).toMatch(/^✅ YOGA/)
  await person.presses('✅ YOGA')
  expect(person.shown.text).toMatch(/✅ prenotata/)
  await person.types('/orari')
  expect(person.shown.text).toMatch(/✅ 18:00–18:55 YOGA · ROSSI MARIO \(prenotata\)/)
  await person.presses('sabato 21')
  expect(person.shown.text).toMatch(
    /✅ 18:00–18:55 YOGA[\s\S]*Orari e posti aggiornati venerdì 20 novembre alle 13:00/,
  )
})

test('/status and /stato name themselves and lead to each other', async () => {
  const { person } = await student()
  await person.types('/segui torino')
  await person.types('/stato')
  expect(person.shown.text).toMatch(/^Stato delle tue province/)
  await person.presses('Richieste di sport')
  expect(person.shown.text).toMatch(/Non mi hai ancora chiesto nulla/)
  students.of(person.chat.id).begin('check')
  await person.types('/status')
  expect(person.shown.text).toMatch(/^Sport: le tue ultime richieste/)
  await person.presses('Stato delle province')
  expect(person.shown.text).toMatch(/^Stato delle tue province/)
})
