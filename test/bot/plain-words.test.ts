import { globSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Answer, answerIn, buttonIn, commandIn } from '../../src/bot/plain-words.ts'
import { provinces } from '../../src/passport/provinces/provinces.ts'
import { townIndex } from '../../src/passport/provinces/towns.ts'
import { textsIn } from '../../src/texts/index.ts'

const everybody = { student: true, operator: true }
const nobody = { student: false, operator: false }

test.each<[Answer, string[]]>([
  ['yes', ['sì', 'Si', 'SI!', "si'", 'Sì, ci vado', 'yes', 'Confermo.', 'ok 👍']],
  ['no', ['no', 'NO', 'No, non ci vado', 'salta', 'Skip']],
  ['stop', ['stop', 'Basta!', 'STOP']],
  ['cancel', ['annulla', 'Cancel']],
])('everyday words for %s', (answer, typed) => {
  for (const text of typed) expect([text, answerIn(text)]).toEqual([text, answer])
})

test.each([
  ['1:help', ['aiuto', 'Aiuto!!', 'help', 'Come funziona?']],
  ['1:home', ['menu', 'Menù', 'ciao', 'Ciao :)', '🏠 Menu', 'Indietro']],
  ['1:mine', ['passaporto', 'Passport', '📋 Le mie province', 'silenzia per oggi']],
  ['1:regions', ['Aggiungi provincia', 'segui', '➕ Follow a province']],
  ['1:status', ['stato', 'novità?', '📊 Status']],
  ['1:settings', ['impostazioni', '⚙️ Settings']],
  ['1:quiet', ['ore di silenzio', '🌙 Ore di silenzio: nessuna', 'Quiet hours']],
  ['1:before', ['Date', '📅 Date: prima del 31/12/2026', 'Entro 30 giorni']],
  ['1:why', ['Perché non ricevo avvisi?', 'why do I get no alerts']],
  ['1:how-to-book', ['come si prenota', 'Prenota sul portale', 'How do I book?']],
  ['1:forget', ['Cancella i miei dati', 'delete my data', 'Sì, cancella tutto']],
  ['1:set-lang:en', ['English', 'inglese']],
  ['1:sport', ['sport', 'palestra', '🏃 Sport']],
])('%s is pressed by its label and by what people call it', (data, typed) => {
  for (const text of typed) expect([text, buttonIn(text, nobody)]).toEqual([text, data])
})

test.each([
  ['/segui torino', ['segui torino', 'Seguire torino', 'follow torino']],
  ['/smetti TO', ['smetti di seguire TO', 'togli TO', 'unfollow TO']],
  ['/status 12', ['n. 12', 'status 12', 'Richiesta 12']],
])('%s needs no slash', (command, typed) => {
  for (const text of typed) expect([text, commandIn(text)]).toEqual([text, command])
})

/** The names of the texts that the source gives to buttons: `button(texts.mine, …)`, `text: texts.book`. */
const labelNames = globSync('src/{bot,sport,passport}/**/*.ts').flatMap((file) =>
  [
    ...readFileSync(file, 'utf8').matchAll(/\bbutton\(\s*([^,]*),|\{ text: ([\w.]+), (?:url|web_app)/g),
  ].flatMap(([, label, linked]) =>
    [...(label ?? linked ?? '').matchAll(/(\w+)\s*(?:$|[?:}])/g)].map(([, name]) => name),
  ),
)

/** Every text of a button in a language that is the same each time. */
function labelsIn(language: 'it' | 'en'): string[] {
  const { common, passport, settings, filters, sport, sportMenu, alerts, service, portalSessions } =
    textsIn(language)
  const all = [
    common,
    passport,
    settings,
    ...Object.values(filters).filter((group) => typeof group === 'object'),
    sport,
    sport.next,
    sportMenu,
    alerts,
    service,
    portalSessions,
  ].flatMap((group) => Object.entries(group).filter(([name]) => labelNames.includes(name)))
  return all.flatMap(([, text]) => (typeof text === 'string' && !text.endsWith('.') ? [text] : []))
}

test.each(['it', 'en'] as const)('every label of a button is understood when typed (%s)', (language) => {
  const labels = labelsIn(language)
  expect(labels.length).toBeGreaterThan(80)
  const unknown = labels.filter(
    (text) => /\p{L}/u.test(text) && answerIn(text) === undefined && buttonIn(text, everybody) === undefined,
  )
  expect(unknown).toEqual([])
})

test('what only students or operators may do has no words for others', () => {
  for (const text of ['Nuova prenotazione', 'Periodiche', 'Messaggi non elaborati'])
    expect([text, buttonIn(text, nobody)]).toEqual([text, undefined])
})

test('no name of a province or a town is an everyday word, except SI, NO and a greeting', () => {
  const taken = [
    ...provinces.flatMap(({ name, code }) => [name, code]),
    ...[...townIndex().values()].flat().map(({ name }) => name),
  ].filter((text) => answerIn(text) !== undefined || buttonIn(text, everybody) !== undefined)
  expect(taken.toSorted()).toEqual(['NO', 'SI', 'Salve'])
})

test('any text is read without an error, and a long one is never a single word', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 5_000 }), (text) => {
      const found = [answerIn(text), buttonIn(text, everybody)]
      if (text.length > 80) expect(found).toEqual([undefined, undefined])
      commandIn(text)
    }),
  )
})
