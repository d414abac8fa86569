import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parsePaste } from '../../src/platform/paste.ts'

const expected = {
  cookies: { JSESSIONID: '0A1B', AGPID_FE: '!x%3D', jwt: 'eyJ.a_b-c==' },
  headers: expect.objectContaining({ 'x-csrf-token': 'a1-b2' }),
}
const cookie = 'JSESSIONID=0A1B; AGPID_FE=!x%3D; jwt=eyJ.a_b-c=='

const pastes: Record<string, string> = {
  'bash as Chrome writes it': `curl 'https://p.it/a?b=1' \\
  -H 'accept: */*' \\
  -H 'x-csrf-token: a1-b2' \\
  -b $'JSESSIONID=0A1B; AGPID_FE=\\u0021x%3D; jwt=eyJ.a_b-c==' \\
  --data-raw $'{"a":"l\\'aquila"}'`,
  'bash as Firefox writes it': `curl 'https://p.it/a' --compressed -X POST -H 'User-Agent: M' -H 'X-CSRF-TOKEN: a1-b2' -H 'Cookie: ${cookie}' --data-raw '{}'`,
  'bash with double quotes and long options': `curl "https://p.it" --header "x-csrf-token: a1-b2" --cookie "${cookie}"`,
  'options joined to their values': `curl https://p.it --header='x-csrf-token: a1-b2' --cookie='${cookie}'`,
  'bash with Windows line ends': `curl 'https://p.it' \\\r\n  -H 'x-csrf-token: a1-b2' \\\r\n  -H 'cookie: ${cookie}'`,
  'cmd as Chrome writes it': `curl ^"https://p.it/^" ^\r
  -H ^"sec-ch-ua: ^\\^"Chromium^\\^";v=^\\^"130^\\^"^" ^\r
  -H ^"x-csrf-token: a1-b2^" ^\r
  -b ^"JSESSIONID=0A1B; AGPID_FE=^!x^%^3D; jwt=eyJ.a_b-c==^" ^\r
  --data-raw ^"^{^\\^"a^\\^":1^}^"`,
  'cmd with its line ends lost on the way': `curl ^"https://p.it/^" ^\n -H ^"x-csrf-token: a1-b2^" ^\n -H ^"cookie: JSESSIONID=0A1B; AGPID_FE=^!x^%^3D; jwt=eyJ.a_b-c==^"`,
  PowerShell: `$session = New-Object Microsoft.PowerShell.Commands.WebRequestSession
$session.Cookies.Add((New-Object System.Net.Cookie("JSESSIONID", "0A1B", "/", "p.it")))
$session.Cookies.Add((New-Object System.Net.Cookie("AGPID_FE", "!x%3D", "/", "p.it")))
$session.Cookies.Add((New-Object System.Net.Cookie("jwt", "eyJ.a_b-c==", "/", "p.it")))
Invoke-WebRequest -UseBasicParsing -Uri "https://p.it" -Method "POST" -WebSession $session -Headers @{
"accept"="*/*"
  "x-csrf-token"="a1-b2"
}`,
  'headers, one a line': `POST /cittadino/a HTTP/1.1\nHost: p.it\nCookie: ${cookie}\nX-CSRF-TOKEN: a1-b2`,
  'name and value on lines of their own': `cookie\n${cookie}\nx-csrf-token:\na1-b2`,
}

test.each(Object.entries(pastes))('%s is read', (_, text) => {
  expect(parsePaste(text)).toEqual(expected)
})

test('nothing but the cookies is read too', () => {
  expect(parsePaste(`  ${cookie}\n`).cookies).toEqual(expected.cookies)
  expect(parsePaste('JSESSIONID=0A1B').cookies).toEqual({ JSESSIONID: '0A1B' })
})

test('a text cut in the middle of a quote still gives what was whole', () => {
  const cut = `curl 'https://p.it' -H 'x-csrf-token: a1-b2' -b '${cookie}' --data-raw '{"a`
  expect(parsePaste(cut)).toEqual(expected)
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
