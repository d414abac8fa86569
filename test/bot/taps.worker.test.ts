import { expect, test } from 'vitest'
import { harness } from './harness.worker.ts'
import type { Person } from './person.ts'

const bot = harness()

/** Presses one label after the other from /start. */
async function fromStart(person: Person, ...labels: string[]): Promise<void> {
  await person.types('/start')
  for (const label of labels) await person.presses(label)
}

test('a province whose name is typed is followed with one tap more', async () => {
  const person = bot.someone()
  await person.types('/start')
  await person.types('torino')
  await person.presses('Conferma')
  expect(await bot.followed(person.chat.id)).toEqual(['TO'])
})

test('alerts stop at night after three taps', async () => {
  const person = bot.someone()
  await fromStart(person, 'Impostazioni', 'Ore di silenzio', '22:00–07:00')
  expect(await bot.chatRow(person.chat.id)).toMatchObject({ quiet_from: '22:00', quiet_to: '07:00' })
})

test('the first province is followed after three taps', async () => {
  const person = bot.someone()
  await fromStart(person, 'Segui una provincia', 'Piemonte', 'Torino')
  await person.presses('Conferma')
  expect(await bot.followed(person.chat.id)).toEqual(['TO'])
})

test('why no alert came is two taps away: what is muted, filtered, quiet or not read', async () => {
  const person = bot.someone()
  await person.types('/segui torino')
  await fromStart(person, 'Aiuto', 'Perché non ricevo avvisi?')
  expect(person.shown.text).toMatch(/^Perché non ricevi avvisi\s+✅ È tutto a posto/)
  await person.types('torino')
  await person.presses('Silenzia per oggi')
  await fromStart(person, 'Impostazioni', 'Ore di silenzio', '22:00–07:00')
  await fromStart(person, 'Impostazioni', 'Posti: da 1', '3')
  await fromStart(person, 'Aiuto', 'Perché non ricevo avvisi?')
  expect(person.shown.text).toMatch(
    /🔕 Hai silenziato: Torino\.\n🔍 .*da 3 posti in su.*\n🌙 Dalle 22:00 alle 07:00/,
  )
  await person.presses('Riattiva Torino')
  await fromStart(person, 'Aiuto', 'Perché non ricevo avvisi?')
  expect(person.shown.text).not.toMatch(/silenziato/)
})

test('one’s data are deleted after three taps', async () => {
  const person = bot.someone()
  await person.types('/segui torino')
  await fromStart(person, 'Aiuto', 'Cancella i miei dati', 'Sì, cancella tutto')
  expect(await bot.chatRow(person.chat.id)).toBe(undefined)
  expect(await bot.followed(person.chat.id)).toEqual([])
})
