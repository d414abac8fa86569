import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parsePaste as parse } from '../../src/platform/paste.ts'
import { cookie, pastes } from './pastes.ts'

const parsePaste = (text: string) => parse(text, 'https://p.it')

const expected = {
  cookies: { JSESSIONID: '0A1B', AGPID_FE: '!x%3D', jwt: 'eyJ.a_b-c==' },
  headers: expect.objectContaining({ 'x-csrf-token': 'a1-b2' }),
}
test.each(Object.entries(pastes))('%s is read', (_, text) => {
  expect(parsePaste(text)).toEqual(expected)
})

test('nothing but the cookies is read too', () => {
  expect(parsePaste(`  ${cookie}\n`).cookies).toEqual(expected.cookies)
  expect(parsePaste('JSESSIONID=0A1B').cookies).toEqual({ JSESSIONID: '0A1B' })
})

test('a text cut in the middle of a quote still gives its complete parts', () => {
  const cut = `curl 'https://p.it' -H 'x-csrf-token: a1-b2' -b '${cookie}' --data-raw '{"a`
  expect(parsePaste(cut)).toEqual(expected)
})

test('of two cookies with one name the first counts, as for the server', () => {
  expect(parsePaste('Cookie: a=1; b=2; a=3').cookies).toEqual({ a: '1', b: '2' })
  expect(parsePaste("curl 'https://p.it' -H 'cookie: a=1' -H 'cookie: a=3; c=4'").cookies).toEqual({
    a: '1',
    c: '4',
  })
})

test('thousands of line ends are read in linear time', () => {
  for (const start of ['Invoke-WebRequest', 'curl x ^', 'cookie'])
    expect(parsePaste(`${start}${'\n'.repeat(60_000)}a=1`).headers).toEqual({})
})

test('talk holds no cookies', () => {
  for (const text of ['', 'ciao', '/sessione', 'curl', 'curl https://p.it', 'Cookie:', '= ; =']) {
    expect(parsePaste(text).cookies, text).toEqual({})
  }
})

const fragment = fc.constantFrom(
  'curl ',
  "'",
  '"',
  '^',
  '^"',
  '\\',
  "$'",
  '\\u',
  '\\x0',
  '\n',
  '\r\n',
  ' ^\n',
  ' \\\n',
  '-H ',
  '-b ',
  '--cookie=',
  'Cookie: ',
  'a=b; c=d',
  '=',
  ';',
  '\u0000',
  '\u001b',
  'é',
  '😀',
  '`',
  'Invoke-WebRequest',
  'Net.Cookie("a", "',
  '")',
)

test('whatever is pasted nothing throws, and no name or value holds a control character', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fragment, fragment, fc.string({ unit: 'binary' })), { maxLength: 30 }),
      (parts) => {
        const { cookies, headers } = parsePaste(parts.join(''))
        for (const [name, value] of [...Object.entries(cookies), ...Object.entries(headers)]) {
          expect(name).toMatch(/^[\x21-\x7e]+$/)
          expect(value).toMatch(/^[\x20-\x7e]*$/)
        }
        for (const value of Object.values(cookies)) expect(value).not.toContain(';')
      },
    ),
    { numRuns: 3_000 },
  )
})

test('any cookies survive every way of copying them', () => {
  const name = fc.stringMatching(/^[A-Za-z_][\w-]{0,10}$/)
  const value = fc.stringMatching(/^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]{1,30}$/)
  fc.assert(
    fc.property(fc.dictionary(name, value, { minKeys: 1, maxKeys: 5, noNullPrototype: true }), (cookies) => {
      const header = Object.entries(cookies)
        .map(([key, given]) => `${key}=${given}`)
        .join('; ')
      const ansi = header.replace(/'/g, "\\'").replace(/!/g, '\\u0021')
      const cmd = header
        .replace(/[^a-zA-Z0-9\s_\-:=+~'/.,?;()*`]/g, '^$&')
        .replace(/%(?=[a-zA-Z0-9_])/g, '%^')
      expect(parsePaste(`curl 'https://p.it' -b $'${ansi}'`).cookies).toEqual(cookies)
      expect(parsePaste(`curl ^"https://p.it^" ^\r\n -b ^"${cmd}^"`).cookies).toEqual(cookies)
      expect(parsePaste(`Cookie: ${header}`).cookies).toEqual(cookies)
    }),
    { numRuns: 500 },
  )
})

const PORTAL = 'https://www.passaportonline.poliziadistato.it'
const HOST = new URL(PORTAL).hostname
const COOKIE = 'JSESSIONID=AB; AGPID_FE=Cd"=='
const CURL = `curl '${PORTAL}/x' -H 'accept: */*' -b '${COOKIE}'`
const inJson = JSON.stringify(COOKIE)
const asFetch = (url: string, cookie: string) =>
  `fetch("${url}", {\n  "headers": {\n    "accept": "text/html",\n    "cookie": ${cookie},\n    "Referer": "x"\n  },\n  "body": null,\n  "method": "GET"\n});`
const asHar = (url: string, value: string) => ({
  request: {
    method: 'GET',
    url,
    headers: [
      { name: 'Accept', value: '*/*' },
      { name: 'Cookie', value },
    ],
    cookies: [],
  },
})
const other = 'https://other.example/x'
const wrong = 'JSESSIONID=other; more=1; and=2; also=3'

test.each<[string, string]>([
  ['"Copy as fetch (Node.js)"', asFetch(`${PORTAL}/x`, inJson)],
  ['the same in one line', asFetch(`${PORTAL}/x`, inJson).replaceAll('\n', ' ')],
  [
    '"Copy all as fetch", with requests to others',
    [asFetch(other, JSON.stringify(wrong)), asFetch(`${PORTAL}/x`, inJson), asFetch(other, '"a=1"')].join(
      ' ;\n',
    ),
  ],
  [
    '"Copy all as HAR"',
    JSON.stringify({ log: { entries: [asHar(other, wrong), asHar(`${PORTAL}/x`, COOKIE)] } }, null, 2),
  ],
  [
    'what an extension exports',
    JSON.stringify([
      { domain: HOST, name: 'JSESSIONID', value: 'AB' },
      { domain: HOST, name: 'AGPID_FE', value: 'Cd"==' },
      ...['a', 'b', 'c'].map((name) => ({ domain: '.other.example', name, value: '1' })),
    ]),
  ],
  ['a command in a fence', `\`\`\`bash\n${CURL}\n\`\`\``],
  ['a command after a prompt', `anna@pc:~$ ${CURL}`],
  ['a command after a sentence', `ecco, l'ho copiata: ${CURL}`],
  ['a command whose address is bare', CURL.replace(`'${PORTAL}/x'`, HOST)],
  ['a header in quotes', `"Cookie: ${COOKIE}"`],
  ['the output of curl -v', `> GET /x HTTP/1.1\n> Host: ${HOST}\n> Cookie: ${COOKIE}`],
  ['headers with the line ends of an old Mac', `Host: ${HOST}\rCookie: ${COOKIE}`],
  ['headers with separators of Unicode', `Host: ${HOST}\u2028Cookie: ${COOKIE}`],
  ['hard spaces', `Cookie:\u00A0${COOKIE.replace(' ', '\u00A0')}`],
  ['marks of direction and width', `\u2066\u200BCookie: ${COOKIE}\u2069`],
])('a session is read from %s', (_, text) => {
  expect(parse(text, PORTAL).cookies).toEqual({ JSESSIONID: 'AB', AGPID_FE: 'Cd"==' })
})

test.each([
  asFetch(other, JSON.stringify(wrong)),
  JSON.stringify({ log: { entries: [asHar(other, wrong)] } }),
  JSON.stringify([{ domain: 'other.example', name: 'JSESSIONID', value: 'other' }]),
  '{"log":{}}',
  '[]',
  '{',
  'fetch("',
])('nothing is read from what is for another host, or is no request: %s', (text) => {
  expect(parse(text, PORTAL).cookies).toEqual({})
})
