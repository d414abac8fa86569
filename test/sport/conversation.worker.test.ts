import { expect, test } from 'vitest'
import { harness } from '../bot/harness.worker.ts'
import type { Person } from '../bot/person.ts'
import { at, bindings, must, NOON, TestStudent, THURSDAY, TUESDAY, WEDNESDAY } from './student-kit.worker.ts'

const bot = harness()
Object.assign(bot.edgeEnv, {
  SPORT_USER_IDS: '*',
  TELEGRAM_API_ROOT: 'https://api.telegram.org',
  PUBLIC_URL: 'https://sportello.example',
})

/** A person and their real object, on a clock that both share. */
function student(): { person: Person; object: TestStudent; settle: () => Promise<void> } {
  const person = bot.someone()
  const object = new TestStudent(NOON, person.chat.id)
  bot.time.now = NOON
  const settle = async () => {
    await object.settle()
    bot.time.now = object.clock.time
  }
  return { person, object, settle }
}

/** Links the account in the chat; the schedule is read with it. */
async function linked() {
  const them = student()
  const { person, object, settle } = them
  object.site.add('YOGA', TUESDAY, '18:00')
  object.site.add('PILATES', THURSDAY, '19:00')
  object.site.add('Giuriati - Fit Center', WEDNESDAY, '09:00', { type: 'fit-center' })
  await person.types('/sport')
  expect(person.shown.text).toMatch(/Collega il tuo account/)
  await person.presses('Collega')
  await person.presses('Preferisco la chat')
  await person.presses('Sì, li scrivo qui')
  await person.types('10754321')
  await person.types('segretissima-9')
  await person.types('GEZDGNBVGY3TQOJQ')
  const linking = person.shown
  await must(object.api.shareSchedule(true))
  await settle()
  return { ...them, linking }
}

/** The object's newest queued text for a message of the chat. */
const lastEdit = async (object: TestStudent, messageId: number) =>
  (await object.messages())
    .filter(({ target }) => (target as { messageId?: number })?.messageId === messageId)
    .at(-1)?.text

test('linked in the chat, a class is booked by buttons and cancelled; each message tells how it went', async () => {
  const { person, object, settle, linking } = await linked()
  expect(await lastEdit(object, linking.id)).toMatch(/✅ Account collegato/)
  await person.types('/sport')
  await person.presses('Nuova prenotazione')
  await person.presses('Corsi')
  await person.presses('martedì 11 maggio')
  await person.presses('18:00 YOGA')
  const progress = await person.presses('Prenota ora')
  expect(progress.text).toMatch(/^Prenotazione n\. \d+\nYOGA/)
  await settle()
  expect(object.site.made).toEqual([`${TUESDAY} 18:00 YOGA`])
  expect(await lastEdit(object, progress.id)).toMatch(/✅/)
  await person.types('/prenotazioni')
  await person.presses('YOGA')
  await person.presses('Annulla')
  const cancelling = await person.presses('Sì, annulla')
  await settle()
  expect(object.site.cancelled).toEqual([`${TUESDAY} 18:00 YOGA`])
  expect(await lastEdit(object, cancelling.id)).toMatch(/✅ Annullata/)
  await person.types('/storico')
  expect(person.shown.text).toMatch(/Annullata: YOGA[\s\S]*Prenotata: YOGA/)
})

test('a class that is not open waits for midnight, can be looked at meanwhile, and is booked then', async () => {
  const { person, object, settle } = await linked()
  await person.types('/prenota')
  await person.presses('Corsi')
  await person.presses('giovedì 13')
  await person.presses('PILATES')
  await person.presses('Prenota all’apertura')
  await settle()
  await person.types('/status')
  expect(person.shown.text).toMatch(/PILATES[\s\S]*aprono martedì 11 maggio alle 00:00/)
  await object.pass(at(TUESDAY, '00:01'))
  bot.time.now = object.clock.time
  await person.types('/prenotazioni')
  expect(person.shown.text).toMatch(/• PILATES, giovedì 13 maggio alle 19:00/)
})

test('a weekly booking is booked at the opening, asked about, and given back when skipped', async () => {
  const { person, object } = await linked()
  await person.types('/periodiche')
  await person.presses('Nuova')
  await person.presses('Giovedì')
  await person.presses('PILATES')
  await person.presses('Prenota, poi conferma')
  await object.pass(at(THURSDAY, '13:30'))
  bot.time.now = object.clock.time
  expect(object.site.made).toEqual([`${THURSDAY} 19:00 PILATES`])
  const { results } = await bindings.DB.prepare(
    `SELECT content -> '$.message.keyboard[0]' AS row FROM deliveries WHERE chat_id = ? AND event LIKE '%:confirm:%'`,
  )
    .bind(object.userId)
    .all<{ row: string }>()
  const [, skip] = JSON.parse(results[0]?.row ?? '[]') as { text: string; callback_data: string }[]
  await person.pressesData(skip?.callback_data ?? '', 999)
  await object.settle()
  expect(object.site.cancelled).toEqual([`${THURSDAY} 19:00 PILATES`])
})

test('a pasted session is tried at once', async () => {
  const { person, object, settle } = student()
  object.site.alive.add('abc')
  await person.types('/sessione_sport Cookie: id=abc')
  const { id } = person.shown
  await settle()
  expect(await lastEdit(object, id)).toMatch(/✅ Account collegato/)
  expect((await must(object.api.account())).means).toBe('session')
})

test('unlinked and forgotten, nothing of the student is left', async () => {
  const { person, object } = await linked()
  await person.types('/scollega')
  await person.presses('Sì, scollega')
  expect((await must(object.api.account())).state).toBe('none')
  expect((await object.rows<{ n: number }>('SELECT count(*) AS n FROM account'))[0]?.n).toBe(0)
  await person.types('/cancellami')
  await person.presses('Sì, cancella tutto')
  expect(person.shown.text).toMatch(/ho cancellato tutto/)
  expect((await object.rows<{ n: number }>('SELECT count(*) AS n FROM history'))[0]?.n).toBe(0)
})
