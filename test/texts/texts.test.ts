import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FormattedString } from '@grammyjs/parse-mode'
import { expect, test } from 'vitest'
import { textsIn } from '../../src/texts/index.ts'

/** Every text by its path: how many parameters it takes, and the text itself. */
function flatten(node: unknown, path = ''): [path: string, text: unknown][] {
  if (typeof node === 'string' || typeof node === 'function' || node instanceof FormattedString)
    return [[path, node]]
  return Object.entries(node as object).flatMap(([key, value]) => flatten(value, `${path}.${key}`))
}

const shape = (node: unknown) =>
  flatten(node)
    .map(([path, text]) => `${path} ${typeof text === 'function' ? text.length : typeof text}`)
    .sort()

test('both languages have the same texts, with the same parameters', () => {
  expect(shape(textsIn('en'))).toEqual(shape(textsIn('it')))
})

test.each(['it', 'en'] as const)('no %s text is empty', (language) => {
  for (const [path, text] of flatten(textsIn(language))) {
    if (typeof text === 'string') expect(text.trim(), path).not.toBe('')
  }
})

/** Plain texts take names, codes, dates and numbers: these stand for any of them. */
test.each(['it', 'en'] as const)(
  'every %s text says all that it is given, and never "undefined"',
  (language) => {
    const { common, passport, settings } = textsIn(language)
    for (const [path, text] of flatten({ common, passport, settings })) {
      if (typeof text !== 'function') continue
      const args = Array.from({ length: text.length }, (_, index) => 41 + index)
      const said = String(text(...args))
      expect(said, path).not.toMatch(/undefined|NaN|\[object/)
      for (const arg of args) expect(said, path).toContain(String(arg))
    }
  },
)

test('English dates name the month: figures alone mean another day elsewhere', () => {
  const english = textsIn('en')
  expect(english.dates.full('2026-12-03')).toBe('3 Dec 2026')
  expect(textsIn('it').dates.full('2026-12-03')).toBe('03/12/2026')
  for (const [path, text] of flatten(english)) {
    if (typeof text === 'string') expect(text, path).not.toMatch(/\d{1,2}\/\d{1,2}\/\d{4}/)
  }
})

test('in Italian the bot says “io”: nobody speaks of “noi”', () => {
  const we = /\b(?:noi|nostr[aeio]|(?!chiamo\b)\p{L}+iamo(?:l[aeio]|ci|vi|ti)?)\b/giu
  for (const [path, text] of flatten(textsIn('it'))) {
    const said = typeof text === 'function' ? text.toString() : String(text)
    expect(said.match(we) ?? [], path).toEqual([])
  }
})

test.each([
  'se non funzionerebbe',
  'entro 2 h prima',
  'lista d’attesa',
  "lista d'attesa",
  'risposta presa',
  'è saltata',
  'mentre non disturbavo',
])('no Italian text says “%s”', (said) => {
  for (const [path, text] of flatten(textsIn('it')))
    expect((typeof text === 'function' ? text.toString() : String(text)).toLowerCase(), path).not.toContain(
      said,
    )
})

test('“lettura” and “sessione” are words for operators, and for a portal or site session that is pasted', () => {
  const { admin, portalSessions, service, ...users } = textsIn('it') as unknown as Record<string, unknown>
  expect([admin, portalSessions, service]).not.toContain(undefined)
  for (const [path, text] of flatten(users))
    expect(typeof text === 'function' ? text.toString() : String(text), path).not.toMatch(
      /\b(?:lettur[ae]|session[ei])\b/i,
    )
})

const SRC = join(import.meta.dirname, '../../src')
const sourceIn = (folder: string): [file: string, source: string][] =>
  readdirSync(join(SRC, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => [file, readFileSync(join(SRC, folder, file), 'utf8')])

test('each file names the same commands in both languages: those that the menu of Telegram lists', () => {
  const commandsIn = (language: 'it' | 'en') =>
    sourceIn(`texts/${language}`).map(([file, source]) => [
      file,
      [...new Set(source.match(/(?<=[\s'"`(])\/[a-z_]{3,}/g))].sort(),
    ])
  expect(commandsIn('en')).toEqual(commandsIn('it'))
  expect(commandsIn('it').flat(2).length).toBeGreaterThan(30)
})

test('the code names the key of each text', () => {
  const used = new Set(
    sourceIn('.')
      .filter(([file]) => !file.startsWith('texts/'))
      .flatMap(([, source]) => source.match(/[\w-]+/g) ?? []),
  )
  const keys = flatten(textsIn('it')).map(([path]) => path.split('.'))
  const unused = keys.filter((parts) => parts.some((key) => !/^\d*$/.test(key) && !used.has(key)))
  expect(unused.map((parts) => parts.join('.')).filter((path) => !path.startsWith('.doctor.'))).toEqual([])
})

/** What was said once and is not so; `docs/security.md` says how it is. */
const UNTRUE = [
  ['an account also reads the schedule for everybody', /solo per prenotare|only (?:used )?(?:for|to) book/i],
  [
    'the operator holds the master key',
    /chiave (?:che è )?solo tua|key (?:that is )?only yours|your own key/i,
  ],
  ['nobody is notified of a failure by itself', /lo sa già|already knows|(?:è|sono) già avvisat/i],
  ['a cookie of the Mini App lasts up to twelve hours', /cookie[^.]*(?:un[’']ora|one hour|60 minut)/i],
] as const

const TEXTS = join(import.meta.dirname, '../../src/texts')
const DOCS = join(import.meta.dirname, '../../docs')
const statements = [TEXTS, DOCS].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(?:ts|md)$/.test(file))
    .map((file) => [file, readFileSync(join(folder, file), 'utf8')] as const),
)

test.each(UNTRUE)('no text says otherwise than that %s', (_, untrue) => {
  expect(statements.filter(([, text]) => untrue.test(text)).map(([file]) => file)).toEqual([])
})
