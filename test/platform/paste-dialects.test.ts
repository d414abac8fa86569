import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parsePaste } from '../../src/platform/paste.ts'
import { type Request, writers } from './paste-writers.ts'

const ORIGIN = 'https://p.it'
const read = (text: string) => parsePaste(text, ORIGIN)
const pairs = (cookie: string) =>
  Object.fromEntries(
    cookie.split('; ').map((pair) => [pair.split('=')[0], pair.slice(pair.indexOf('=') + 1)]),
  )

const hard: Request = {
  url: 'https://p.it/cittadino/a?b=1&c={2}',
  headers: {
    accept: '*/*',
    'sec-ch-ua': '"Chromium";v="130", "Not?A_Brand";v="99"',
    'x-csrf-token': 'a1-b2',
    referer: 'https://other.it/x',
  },
  cookie: String.raw`JSESSIONID=0A1B!x; AGPID_FE=Ab$$; jwt=eyJ.a_b-c==; q="a b"; p=%3D%%41; c=^x^"^; u='l''; s=\a\\b\; g=${'`'}n`,
}
const name = fc.stringMatching(/^[A-Za-z_][\w-]{0,10}$/)
const value = fc.stringMatching(/^[\x20-\x3a\x3c-\x7e]{0,20}$/).map((text) => text.trim())

describe.each(Object.entries(writers))('%s', (by, write) => {
  test('is read as the browser sent it', () => {
    const found = read(write(hard))
    expect(found.cookies).toEqual(pairs(hard.cookie))
    expect(found.headers['x-csrf-token']).toBe('a1-b2')
  })

  test.skipIf(by.startsWith('raw headers')).each([
    ['a space', (text: string) => text.replace(/\r?\n/g, ' ')],
    ['one space in all', (text: string) => text.replace(/\s*\r?\n\s*/g, ' ')],
    ['nothing', (text: string) => text.replace(/\r?\n/g, '')],
  ])('is read with %s instead of each line break', (_with, collapse) => {
    const plain = { ...hard, cookie: 'JSESSIONID=0A1B!x; AGPID_FE=Ab==; p=%3D' }
    const found = read(collapse(write(plain)))
    expect(found.cookies).toEqual(pairs(plain.cookie))
    expect(found.headers['x-csrf-token']).toBe('a1-b2')
  })

  test('gives back any cookies', () => {
    fc.assert(
      fc.property(
        fc.dictionary(name, value, { minKeys: 1, maxKeys: 5, noNullPrototype: true }),
        (cookies) => {
          const cookie = Object.entries(cookies)
            .map(([key, given]) => `${key}=${given}`)
            .join('; ')
          expect(read(write({ ...hard, cookie })).cookies).toEqual(cookies)
        },
      ),
      { numRuns: 100 },
    )
  })

  test('loses a cookie outside ASCII, and no other', () => {
    expect(read(write({ ...hard, cookie: 'a=1; town=Forlì; e=€; b=2' })).cookies).toEqual({ a: '1', b: '2' })
  })

  test('does not count when it goes to another host', () => {
    expect(read(write({ ...hard, url: 'https://evil.it/?p.it' }))).toEqual({ cookies: {}, headers: {} })
  })
})

const other: Request = {
  url: 'https://ads.it/',
  headers: { 'x-csrf-token': 'no' },
  cookie: 'JSESSIONID=no; ad=1',
}
const picture: Request = { url: 'https://p.it/logo.png', headers: {}, cookie: 'AGPID_FE=Ab$$' }
test.each([
  ['Chrome and Edge, bash', ' ;\n'],
  ['Chrome and Edge, cmd', ' &\r\n'],
  ['Chrome, Edge and Firefox, PowerShell', ';\r\n'],
  ['Firefox, bash', ';\n'],
])('of all requests, copied by %s, only those to the host count, the fullest first', (by, join) => {
  const write = writers[by] as (request: Request) => string
  for (const requests of [
    [other, hard, picture, other],
    [hard, picture, other, hard],
    [picture, hard],
  ]) {
    const found = read(requests.map(write).join(join))
    expect(found.cookies).toEqual(pairs(hard.cookie))
    expect(found.headers['x-csrf-token']).toBe('a1-b2')
  }
})

test('of two requests with as many cookies the later counts', () => {
  expect(read(`curl 'https://p.it' -b 'a=1' ;\ncurl 'https://p.it' -b 'a=2'`).cookies).toEqual({ a: '2' })
})

test.each([
  [`curl -sSb 'A=1' https://p.it`],
  [`curl -bA=1 https://p.it`],
  [`curl -sbA=1 p.it`],
  [`curl -H'Cookie: A=1' https://p.it`],
  [`curl -kH 'Cookie: A=1' --url https://p.it`],
  [`curl -X POST -b A=1 -d curl 'https://p.it/'`],
  [`curl -x http://proxy.it:80 -e 'https://ads.it' -b A=1 'https://p.it/'`],
  [`curl.exe 'https://p.it/' \`\n -b 'A=1'`],
  [`curl 'https://p.it/' \\ -b 'A=1'`],
  [`curl ‘https://p.it/’ —compressed -H ‘Cookie: A=1’`],
  [`curl “https://p.it/” -b “A=1”`],
  [`curl 'https://p.it/' --data-raw '{"a":"l’aquila “x”"}' -b 'A=1'`],
  ['“A=1”'],
  ["'A=1'"],
  ['Host: p.it:443\nCookie: A=1'],
  ['\ufeffCookie: A=1'],
])('%s is read', (text) => {
  expect(read(text).cookies).toEqual({ A: '1' })
})

test('what Firefox for Windows writes before a dollar is no part of the value', () => {
  const text = String.raw`curl "https://p.it/" -H "Cookie: AGPID_FE=Ab\$\$; q=""x""; p=50"%""%"3"`
  expect(read(text).cookies).toEqual({ AGPID_FE: 'Ab$$', q: '"x"', p: '50%%3' })
})

test('headers that name another host do not count', () => {
  expect(read('Host: ads.it\nCookie: A=1').cookies).toEqual({})
  expect(read(':authority\nads.it\ncookie\nA=1').cookies).toEqual({})
})

// Quadratic time would make each of these take minutes, so that the runner's own limit ends the test.
const starts = [
  '',
  'curl ',
  'curl "https://p.it" ',
  'curl ^"x^" ',
  "curl '",
  "curl $'",
  'cookie: ',
  'Invoke-WebRequest\n',
  '-Uri "Invoke-WebRequest',
  'Net.Cookie("',
  'Net.Cookie("a", "',
  'curl -b a=',
]
const kinds = [
  ' ',
  '\n',
  '\r\n',
  '"',
  "'",
  '^',
  '\\',
  '`',
  '$',
  ';',
  '=',
  'a',
  'a=1;',
  ' a',
  '-',
  "$'",
  '""',
  '\\"',
  ' curl',
  '\n"',
  '\n"a"',
  'Net.Cookie("',
  '-Uri "',
  '^ ',
  ' ^ ',
  '“',
  ':',
  'cookie\n',
  ' —a',
]
test.each(starts)('200,000 characters of one kind after %j are read in linear time', (start) => {
  for (const kind of kinds) {
    const text = `${start}${kind.repeat(200_000 / kind.length)}x`
    expect(Object.values(read(text).headers), kind).toEqual(expect.any(Array))
  }
})
