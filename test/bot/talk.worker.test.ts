import { expect, test } from 'vitest'
import type { ConfirmationView } from '../../src/sport/student-types.ts'
import { sportHarness } from './sport-kit.worker.ts'

const bot = sportHarness()

const asked = (id: number, name = 'YOGA'): ConfirmationView => ({
  id,
  kind: 'keep',
  weeklyId: 1,
  status: 'asked',
  target: { type: 'course', name, location: 'Giuriati', date: '2026-11-21', start: '18:00' },
  askAt: bot.time.now,
  deadline: bot.time.now + 3_600_000,
})

test.each([
  ['sì', 'confirmed'],
  ['Sì, ci vado', 'confirmed'],
  ['Confermo', 'confirmed'],
  ['no', 'skipped'],
  ['NO!', 'skipped'],
  ['salta', 'skipped'],
  ['annulla', 'skipped'],
  ['basta', 'skipped'],
  ['👍 Ci vado', 'confirmed'],
  ['Non ci vado', 'skipped'],
  ['yes', 'confirmed'],
  ['I’m going', 'confirmed'],
  ['skip', 'skipped'],
  ['👎 I’m not going', 'skipped'],
  ['cancel', 'skipped'],
])(
  '«%s» answers the open question of a weekly booking (%s) and follows no province',
  async (typed, status) => {
    const student = bot.someone()
    const object = bot.students.of(student.chat.id)
    object.questions = [asked(7)]
    await student.types(typed)
    expect(object.questions[0]?.status).toBe(status)
    expect(await bot.followed(student.chat.id)).toEqual([])
  },
)

test('with several open questions a yes asks which one is meant', async () => {
  const student = bot.someone()
  const object = bot.students.of(student.chat.id)
  object.questions = [asked(7), asked(8, 'PILATES')]
  await student.types('sì')
  expect(object.questions.map(({ status }) => status)).toEqual(['asked', 'asked'])
  await student.presses('PILATES')
  expect(object.questions.map(({ status }) => status)).toEqual(['asked', 'confirmed'])
})

test('without an open question a yes or a no is no province, and says that nothing was asked', async () => {
  const person = bot.someone()
  for (const typed of ['sì', 'si', 'SI', 'no', 'No.']) {
    expect((await person.types(typed)).text).toMatch(/Non ho domande in sospeso/)
  }
  expect(await bot.followed(person.chat.id)).toEqual([])
})

test.each([
  ['aiuto', /Torino/],
  ['Menu', /./],
  ['passaporto', /Non segui ancora nessuna provincia/],
  ['impostazioni', /Impostazioni/],
  ['stop', /Non segui ancora nessuna provincia/],
  ['annulla', /./],
  ['stato', /./],
])('«%s» is understood', async (typed, answer) => {
  const { text } = await bot.someone().types(typed)
  expect(text).toMatch(answer)
  expect(text).not.toMatch(/Non ho capito/)
})

test('«basta» offers to stop the alerts of the provinces that are followed', async () => {
  const person = bot.someone()
  await person.types('/segui lecce')
  await person.types('basta')
  expect(person.shown.text).toMatch(/Di quale provincia non vuoi più avvisi/)
  await person.presses('Lecce')
  await person.presses('Togli')
  await person.presses('Sì, togli')
  expect(await bot.followed(person.chat.id)).toEqual([])
})

test('the name of a class shows when it can be booked', async () => {
  const student = bot.someone()
  await student.types('yoga')
  expect(student.labels.filter((label) => label.includes('YOGA'))).toHaveLength(2)
})

test.each([
  ['le mie province', /Le tue province|Le province che segui|Non segui ancora/],
  ['🌙 Ore di silenzio: nessuna', /In quali ore vuoi silenzio/],
  ['Come si prenota?', /SPID o CIE/],
  ['📖 Tutti i comandi', /\/cancellami/],
  ['English', /now|English/],
  ['My provinces', /Non segui ancora/],
  ['cancella i miei dati', /Sei sicuro/],
  ['aggiungi provincia', /Scegli la regione/],
])('the label «%s» does what its button does', async (typed, answer) => {
  const person = bot.someone()
  const before = bot.telegram.count('answerCallbackQuery')
  expect((await person.types(typed)).text).toMatch(answer)
  expect(bot.telegram.count('answerCallbackQuery')).toBe(before)
})

test('a command works without its slash, and its repeat does nothing twice', async () => {
  const person = bot.someone()
  await person.types('segui torino')
  await person.types('smetti di seguire torino')
  await person.types('segui lecce')
  expect(await bot.followed(person.chat.id)).toEqual(['LE'])
})

test('a label typed by a student opens that part of the sport menu; to others it is not understood', async () => {
  const student = bot.someone()
  expect((await student.types('Le mie prenotazioni')).text).toMatch(/Le tue prenotazioni/)
  expect((await student.types('Requests')).text).toMatch(/Non mi hai ancora chiesto nulla/)
})

test('one word ends an awaited answer', async () => {
  const person = bot.someone()
  await person.types('impostazioni')
  await person.presses('Ore di silenzio')
  await person.presses('Scegli le ore')
  expect((await person.types('annulla')).text).toMatch(/Che cosa vuoi fare/)
  expect((await person.types('22:30-7')).text).toMatch(/Non ho capito/)
})
