import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import type { ConfirmationView } from '../../src/sport/student-types.ts'
import { yogaBooking } from './fake-student.ts'
import { sportHarness } from './sport-kit.worker.ts'

const bot = sportHarness()
const { someone, students, telegram, rows } = bot

/** Somebody with the sport menu open. */
async function student() {
  const person = someone()
  const object = students.of(person.chat.id)
  await person.types('/sport')
  return { person, object }
}

/** Somebody with a weekly yoga, looking at it. */
async function withWeekly() {
  const them = await student()
  await them.person.presses('Periodiche')
  await them.person.presses('Nuova')
  await them.person.presses('Martedì')
  await them.person.presses('18:00 YOGA')
  await them.person.presses('Prenota, poi conferma')
  return them
}

test('a weekly booking is made of a weekday, a class, and a policy that is fairly explained', async () => {
  const { person, object } = await student()
  await person.presses('Periodiche')
  await person.presses('Nuova')
  await person.presses('Martedì')
  await person.presses('18:00 YOGA')
  expect(person.shown.text).toMatch(/Chiedi, poi prenota: .* sono già piene/)
  await person.presses('Alternativa')
  await person.presses('20:00 CORE')
  await person.presses('Se è pieno, tienilo d’occhio')
  await person.presses('Fino a un’ora prima')
  await person.presses('Chiedi, poi prenota')
  expect(object.last('createWeekly')?.[1]).toEqual({
    type: 'course',
    name: 'YOGA',
    location: 'Giuriati - Corsi Platinum',
    dayOfWeek: 2,
    start: '18:00',
    policy: 'ask-then-book',
    alternatives: [{ type: 'course', name: 'CORE', location: 'Giuriati - Corsi Platinum', start: '20:00' }],
    watchHoursBefore: 1,
  })
  expect(person.shown.text).toMatch(/ci penso io[\s\S]*Martedì 18:00 · YOGA[\s\S]*⚠️ Un’ora prima/)
})

test('a class being booked can be made weekly, with the alternatives of its own day', async () => {
  const { person, object } = await student()
  await person.types('/prenota')
  await person.presses('Corsi')
  await person.presses('martedì 24')
  await person.presses('18:00 YOGA')
  await person.presses('Alternativa')
  await person.presses('lunedì 23')
  await person.presses('domenica 22')
  await person.presses('ZUMBA')
  await person.presses('Ogni settimana')
  await person.presses('Senza conferma')
  expect(object.last('createWeekly')?.[1]).toMatchObject({ policy: 'no-confirmation', alternatives: [] })
})

test('it is paused, resumed, skipped once or until a day, and deleted after a question', async () => {
  const { person, object } = await withWeekly()
  await person.presses('Pausa')
  expect(object.weeklyList[0]?.paused).toBe(true)
  await person.presses('Riprendi')
  expect(object.weeklyList[0]?.paused).toBe(false)
  await person.presses('Salta la prossima')
  expect(object.last('skipNext')?.[1]).toBe(1)
  await person.presses('Non saltare più')
  expect(object.last('resumeWeekly')?.[1]).toBe(1)
  expect(person.labels.join()).not.toContain('Non saltare più')
  expect(person.shown.text).toMatch(/^Va bene, non salto più/)
  await person.presses('Salta fino a')
  expect(person.shown.text).toContain('la annullo')
  await person.presses('2 settimane')
  expect(object.last('skipUntil')?.slice(1)).toEqual([1, '2026-12-04'])
  expect(person.shown.text.match(/Riprendo da/g)).toHaveLength(1)
  await person.presses('Non saltare più')
  expect(object.weeklyList[0]?.skipUntil).toBe(null)
  expect(person.shown.text).not.toContain('Riprendo da')
  await person.presses('Salta fino a')
  await person.types('ieri')
  expect(person.shown.text).toMatch(/^Non ho capito la data/)
  await person.types('7/1/2027')
  expect(object.weeklyList[0]?.skipUntil).toBe('2027-01-07')
  expect((await bot.chatRow(person.chat.id))?.awaiting).toBe(null)
  await person.presses('Elimina')
  expect(object.weeklyList).toHaveLength(1)
  await person.presses('Sì, elimina')
  expect(object.weeklyList).toHaveLength(0)
})

test('the next weeks are shown with the time of each question', async () => {
  const { person } = await withWeekly()
  await person.presses('Indietro')
  await person.presses('Prossime settimane')
  expect(person.shown.text).toMatch(
    /🕐 YOGA, martedì 24 novembre alle 18:00\n.*ti chiedo martedì 24 novembre alle 12:00/,
  )
})

const question = (status: ConfirmationView['status']): ConfirmationView => ({
  id: 3,
  kind: 'keep',
  weeklyId: 1,
  status,
  target: { type: 'course', name: 'YOGA', location: '', date: '2026-11-21', start: '18:00' },
  askAt: 1,
  deadline: 2,
})

test('the questions’ buttons confirm and skip, and one that lapsed says so', async () => {
  const { person, object } = await student()
  object.questions = [question('asked')]
  await person.pressesData('1:sport-confirm:3')
  expect(person.shown.text).toMatch(/^✅ Confermata: YOGA/)
  expect(person.labels).toEqual(['📋 Le mie prenotazioni'])
  object.questions = [question('asked')]
  await person.pressesData('1:sport-skip:3')
  expect(person.shown.text).toMatch(/^↩️ YOGA.*annullo la prenotazione/)
  expect(person.labels).toEqual(['🧘 Un’altra lezione', '📋 Le mie prenotazioni'])
  object.questions = [question('lapsed')]
  await person.pressesData('1:sport-confirm:3')
  expect(person.shown.text).toMatch(/già chiusa/)
})

test('a class that waits for a yes to be booked is in the list of bookings, where it is answered', async () => {
  const { person, object } = await student()
  object.questions = [{ ...question('asked'), kind: 'book' }]
  await person.types('/prenotazioni')
  expect(person.shown.text).toMatch(
    /❓ YOGA, sabato 21 novembre alle 18:00\n {2}la prenoto\? Rispondi entro le \d\d:\d\d/,
  )
  await person.presses('❓ YOGA, sab 21 nov 18:00')
  expect(person.labels.slice(0, 2)).toEqual(['👍 Ci vado', '👎 Non ci vado'])
  await person.presses('Ci vado')
  expect(person.shown.text).toMatch(/la prenoto/)
  await person.pressesData('1:sp-question:3')
  expect(person.shown.text).toMatch(/già chiusa/)
})

test('an id of another student opens nothing: each press reaches the presser’s own object', async () => {
  const { object: theirs } = await student()
  theirs.bookingList = [yogaBooking({ id: 55 })]
  theirs.questions = [question('asked')]
  theirs.begin('book', [yogaBooking()])
  const before = theirs.calls.length
  const { person } = await student()
  for (const data of ['sp-booking:55', 'sp-cancel-yes:55', 'sp-ics:55', 'sport-confirm:3', 'sport-skip:3'])
    await expect(
      person.pressesData(`1:${data}`).then(() => person.shown.text),
      data,
    ).resolves.toMatch(/Non la trovo/)
  await person.pressesData('1:sport-withdraw:1')
  expect(person.shown.text).toMatch(/Non la trovo/)
  expect(theirs.calls).toHaveLength(before)
  expect(theirs.questions[0]?.status).toBe('asked')
})

test('hostile buttons change nothing and get a plain answer', async () => {
  const { person, object } = await student()
  const changing =
    /^(book$|cancel|link|unlink|createWeekly|removeWeekly|skipUntil|setPreferences|withdraw|confirm)/
  for (const data of [
    'sp-class',
    'sp-class:o:0:zzzzzzz',
    'sp-class:x:0:a',
    'sp-class:o:999:a',
    'sp-class:o:0:a.a.a',
    'sp-class:o:0:A_B',
    'sp-go:n:0:',
    'sp-go:n:2:0000000',
    'sp-go',
    'sp-alt:o:0:zz:999999',
    'sp-watch:o::',
    'sp-weekly-go:q:0:abc',
    'sp-weekday:9',
    'sp-weekday:-1',
    'sp-day:c:2026-02-31',
    'sp-sched:2026-13-01',
    'sp-week:1e9',
    'sp-week-off:99',
    'sp-week-until:0',
    'sp-skip:1:1999-01-01',
    'sp-week-gone:x',
    'sp-pref:constructor:1',
    'sp-pref:quiet:2',
    'sp-set-ask:999',
    'sp-set-end:NaN',
    'sp-try:zzzzzzz',
    'sp-cancel-yes:-5',
    'sport-confirm:abc',
    'sport-withdraw:',
  ]) {
    await person.pressesData(`1:${data}`)
    expect(person.shown.text, data).not.toMatch(/undefined|NaN|\bnull\b|\[object|andato storto/)
  }
  expect(object.calls.filter(({ name }) => changing.test(name)).map(({ name }) => name)).toEqual([])
})

test('preferences are ticked and hours chosen; hours that make no sense are refused', async () => {
  const { person, object } = await student()
  await person.presses('Preferenze')
  await person.presses('Senza suono')
  expect(object.prefs.quiet).toBe(true)
  await person.presses('✅ Avvisami 4 ore prima se c’è un problema')
  expect(object.prefs.tellPrecheck).toBe(false)
  await person.presses('Ti chiedo conferma 6 ore prima')
  await person.presses('12 h')
  expect(object.prefs.confirmHours).toBe(12)
  await person.presses('Rispondi almeno')
  await person.presses('30 min')
  expect(object.prefs.deadlineHours).toBe(0.5)
  object.prefs = { ...object.prefs, confirmHours: 3 }
  await person.pressesData('1:sp-set-end:4')
  expect(person.shown.text).toMatch(/Così non va/)
})

test('the history is shown with reasons, and sent whole as CSV', async () => {
  const { person, object } = await student()
  object.historyList = [
    {
      id: 1,
      at: Date.parse('2026-11-19T23:00:01Z'),
      what: 'not-booked',
      name: 'YOGA',
      location: '',
      date: '2026-11-21',
      start: '18:00',
      reason: 'full',
      actionId: 1,
      weeklyId: null,
    },
  ]
  await person.presses('Storico')
  expect(person.shown.text).toMatch(
    /❌ Non prenotata: YOGA, sabato 21 novembre alle 18:00 \(20\/11\/2026 00:00\)\n.*posti/,
  )
  await person.presses('CSV')
  const sent = telegram.calls.filter(({ method }) => method === 'sendDocument').at(-1)
  expect(String(sent?.payload.upload)).toMatch(/sport-storico\.csv[\s\S]*quando,cosa/)
})

test('/esporta holds the sport data, /cancellami erases them', async () => {
  const { person, object } = await withWeekly()
  await person.types('/esporta')
  const sent = telegram.calls.filter(({ method }) => method === 'sendDocument').at(-1)
  expect(String(sent?.payload.upload)).toMatch(/"sport": \{[\s\S]*"weekly": \[[\s\S]*"YOGA"/)
  await person.types('/cancellami')
  for (const lost of [
    'dati di accesso',
    'preferenze',
    'prenotazioni periodiche',
    'richieste in attesa',
    'storico',
    'indirizzo del calendario',
    'non ti chiedo più se ci vai e non le annullo',
  ])
    expect(person.shown.text).toContain(lost)
  expect(object.last('deleteEverything')).toBeUndefined()
  await person.presses('Sì, cancella tutto')
  expect(object.last('deleteEverything')).toEqual([])
})

test('/esporta holds what the object kept of somebody who may use sport no more and unlinked', async () => {
  const { person } = await withWeekly()
  const allowed = bot.edgeEnv.SPORT_USER_IDS
  Object.assign(bot.edgeEnv, { SPORT_USER_IDS: '1' })
  await bot.db.run(sql`DELETE FROM students`)
  await person.types('/esporta')
  Object.assign(bot.edgeEnv, { SPORT_USER_IDS: allowed })
  const sent = telegram.calls.filter(({ method }) => method === 'sendDocument').at(-1)
  expect(String(sent?.payload.upload)).toMatch(/"sport": \{[\s\S]*"weekly": \[[\s\S]*"YOGA"/)
})

test.each(['who may use sport', 'who may no more'])(
  '/cancellami does not claim what it could not erase, of %s: it is erased later',
  async (who) => {
    const { person, object } = await student()
    const allowed = bot.edgeEnv.SPORT_USER_IDS
    if (who === 'who may no more') Object.assign(bot.edgeEnv, { SPORT_USER_IDS: '1' })
    object.refusing.set('deleteEverything', 'not-found')
    await person.types('/cancellami')
    await person.presses('Sì, cancella tutto')
    Object.assign(bot.edgeEnv, { SPORT_USER_IDS: allowed })
    expect(person.shown.text).toMatch(/quasi tutto/)
    expect(await rows(sql`SELECT 1 FROM chats WHERE id = ${person.chat.id}`)).toEqual([])
    expect(await rows(sql`SELECT user_id FROM erasures WHERE user_id = ${person.chat.id}`)).toHaveLength(1)
  },
)

test('everything is said in English too', async () => {
  const { person, object } = await withWeekly()
  object.bookingList = [yogaBooking()]
  await person.types('/lingua en')
  await person.types('/sport')
  await person.presses('Weekly')
  await person.presses('Tuesday 18:00 · YOGA')
  expect(person.shown.text).toMatch(/I book at the opening/)
  await person.types('/bookings')
  expect(person.shown.text).toMatch(/YOGA, Saturday 21 November at 18:00/)
})
