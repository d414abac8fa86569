import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { manifestFor, PORTAL } from '../../extension/manifest.ts'
import {
  browserName,
  type Cause,
  isLoggedInPage,
  permissionFor,
  readPairingLine,
  type Sent,
  shouldSend,
  withHealth,
} from '../../extension/rules.ts'

const NOW = 1_800_000_000_000
const sent = (outcome: Sent['outcome'], fingerprint = 'a', at = NOW - 1_000): Sent => ({
  fingerprint,
  outcome,
  at,
})
const CAUSES: Cause[] = ['page', 'cookie', 'clock', 'person']
/** The causes for which a session is sent. */
const sending = (fingerprint: string | null, last?: Sent) =>
  CAUSES.filter((cause) => shouldSend(cause, fingerprint, last, NOW))

describe('the session is sent', () => {
  test.each<[string, string | null, Sent | undefined, Cause[]]>([
    ['never without the cookie', null, sent('taken'), []],
    ['first once a page for logged-in people opens', 'a', undefined, ['page', 'person']],
    ['once while it does not change', 'a', sent('taken'), ['person']],
    ['again when it renews one that was taken', 'b', sent('taken'), CAUSES],
    ['again when the installation did not answer', 'a', sent('failed'), CAUSES],
    ['not again soon after it was refused', 'a', sent('refused'), ['person']],
    [
      'again later, if the login kept the cookie',
      'a',
      sent('refused', 'a', NOW - 15_000),
      ['page', 'person'],
    ],
    ['after the login that followed a refusal', 'b', sent('refused'), ['page', 'person']],
  ])('%s', (_, fingerprint, last, causes) => {
    expect(sending(fingerprint, last)).toEqual(causes)
  })
})

test('a session that expired is sent again after a login that keeps its cookie; one that works is not', () => {
  const taken = sent('taken', 'a', NOW - 60_000)
  expect(sending('a', withHealth(taken, 'dead'))).toEqual(['page', 'person'])
  expect(sending('a', withHealth(taken, 'good'))).toEqual(['person'])
  expect(sending('a', withHealth(taken, undefined))).toEqual(['person'])
  expect(withHealth(undefined, 'dead')).toBeUndefined()
  expect(withHealth(sent('failed'), 'dead')).toEqual(sent('failed'))
})

describe('the line of the bot', () => {
  test.each([
    ['https://bot.example ABCD-EFGH-JKLM', 'https://bot.example'],
    ['  https://bot.example/app?x=1   ABCDEFGHJKLM\n', 'https://bot.example'],
    ['http://127.0.0.1:8787 ABCD-EFGH-JKLM', 'http://127.0.0.1:8787'],
    ['http://localhost:8787 ABCD-EFGH-JKLM', 'http://localhost:8787'],
  ])('%j is an address and a code', (line, origin) => {
    expect(readPairingLine(line)).toEqual({ origin, code: line.trim().split(/\s+/)[1] })
  })

  test.each([
    'ABCD-EFGH-JKLM',
    'https://bot.example',
    'http://bot.example ABCD-EFGH-JKLM',
    'http://127.0.0.1.example ABCD-EFGH-JKLM',
    'ftp://bot.example ABCD-EFGH-JKLM',
    'https:// ABCD-EFGH-JKLM',
    'https://bot.example ABCD-EFGH-JKLM and more',
  ])('%j is refused', (line) => {
    expect(readPairingLine(line)).toBeNull()
  })

  test('any text is read without an error, and leads only to https or this machine', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webUrl().map((url) => `${url} ABCD-EFGH-JKLM`),
        ),
        (line) => {
          const read = readPairingLine(line)
          if (read) expect(read.origin).toMatch(/^https:|^http:\/\/(?:localhost|127\.0\.0\.1)(?::\d+)?$/)
        },
      ),
    )
  })
})

test('the extension may read the portal’s cookies, and nothing of any other site', () => {
  const manifest = manifestFor(PORTAL, '1.2.3')
  expect(manifest.host_permissions).toEqual(['https://passaportonline.poliziadistato.it/*'])
  expect(manifest.permissions).toEqual(['alarms', 'cookies', 'storage'])
  expect(manifest.incognito).toBe('not_allowed')
  expect(manifest).not.toHaveProperty('content_scripts')
  expect(manifest).not.toHaveProperty('externally_connectable')
  expect(manifest).not.toHaveProperty('web_accessible_resources')
  expect(permissionFor('http://127.0.0.1:8787')).toBe('http://127.0.0.1/*')
})

test.each([
  [`${PORTAL}/cittadino/a/sc/wizardAppuntamentoCittadino/sceltaComune`, true],
  [`${PORTAL}/cittadino/n/sc/loginCittadino/sceltaLogin`, false],
  [`${PORTAL}.example/cittadino/a/`, false],
  ['https://example.org/cittadino/a/', false],
  [undefined, false],
])('%s is a page for logged-in people: %s', (url, expected) => {
  expect(isLoggedInPage(url, PORTAL)).toBe(expected)
})

test.each([
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'firefox'],
  ['Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0', 'edge'],
  ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36', 'chrome'],
])('%s is %s', (userAgent, name) => {
  expect(browserName(userAgent)).toBe(name)
})

describe('the texts', () => {
  const messages = (language: 'it' | 'en') =>
    JSON.parse(readFileSync(`extension/_locales/${language}/messages.json`, 'utf8')) as Record<
      string,
      { message: string; placeholders?: object }
    >

  test('are the same in both languages, with the same places', () => {
    const shape = (language: 'it' | 'en') =>
      Object.entries(messages(language)).map(([name, { message, placeholders }]) => [
        name,
        Object.keys(placeholders ?? {}),
        message.includes('$VALUE$'),
      ])
    expect(shape('en')).toEqual(shape('it'))
  })

  test('are all used, and all that are used are there', () => {
    const source = ['panel.ts', 'manifest.ts']
      .map((file) => readFileSync(`extension/${file}`, 'utf8'))
      .join('\n')
    const used = new Set([
      ...[...source.matchAll(/__MSG_(\w+)__/g)].map(([, name]) => name),
      ...[...source.matchAll(/'(\w+)'/g)].map(([, name]) => name),
    ])
    const names = Object.keys(messages('it'))
    expect(names.filter((name) => !used.has(name))).toEqual([])
    const asked = [...source.matchAll(/\b(?:say|problem)\('(\w+)'/g)].map(([, name = '']) => name)
    expect(asked.length).toBeGreaterThan(5)
    expect(asked.filter((name) => !names.includes(name))).toEqual([])
  })
})
