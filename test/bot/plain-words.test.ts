import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Wish, wishIn } from '../../src/bot/plain-words.ts'
import { provinces } from '../../src/passport/provinces/provinces.ts'

test.each<[Wish, string[]]>([
  ['yes', ['sì', 'Si', 'SI!', "si'", 'Sì, ci vado', 'yes', 'Confermo.', 'ok 👍']],
  ['no', ['no', 'NO', 'No, non ci vado', 'salta', 'Skip']],
  ['stop', ['stop', 'Basta!', 'STOP']],
  ['cancel', ['annulla', 'Cancel']],
  ['help', ['aiuto', 'Aiuto!!', 'help', 'Come funziona?']],
  ['menu', ['menu', 'Menù', 'ciao', 'Ciao :)']],
  ['passport', ['passaporto', 'Passport']],
  ['sport', ['sport', 'palestra']],
  ['status', ['stato', 'novità?']],
  ['settings', ['impostazioni']],
])('everyday words for %s', (wish, typed) => {
  for (const text of typed) expect([text, wishIn(text)]).toEqual([text, wish])
})

test('the name of a province is no everyday word, and neither is its code but for SI and NO', () => {
  const taken = provinces
    .flatMap(({ name, code }) => [name, code])
    .filter((text) => wishIn(text) !== undefined)
  expect(taken.toSorted()).toEqual(['NO', 'SI'])
})

test('any text is read without an error, and a long one is never a single word', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 5_000 }), (text) => {
      const wish = wishIn(text)
      if (text.length > 40) expect(wish).toBeUndefined()
    }),
  )
})
