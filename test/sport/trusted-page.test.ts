import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mayTypeCredentials } from '../../src/sport/site/browser/trusted-page.ts'

const BASE = 'https://ecomm.sportrick.com/sportpolimi'

test.each([
  'https://aunicalogin.polimi.it/aunicalogin/getservizio.xml',
  'https://polimi.it/',
  'https://ecomm.sportrick.com/sportpolimi/Account/Login',
])('credentials may go to %s', (url) => {
  expect(mayTypeCredentials(BASE, url)).toBe(true)
})

test.each([
  'http://aunicalogin.polimi.it/',
  'http://ecomm.sportrick.com/sportpolimi/Account/Login',
  'https://aunicalogin.polimi.it.example/',
  'https://aunicalogin-polimi.it/',
  'https://evilpolimi.it/',
  'https://polimi.it@evil.example/',
  'https://evil.example/?polimi.it',
  'https://aunicalogin.polimi.it:8443/',
  'https://localhost/',
  'http://127.0.0.1/',
  'data:text/html,<input id=login>',
  'blob:https://evil.example/polimi.it',
  'about:blank',
  '',
])('credentials never go to %s', (url) => {
  expect(mayTypeCredentials(BASE, url)).toBe(false)
})

test('a simulator on this machine signs on at this machine only', () => {
  const base = 'http://127.0.0.1:4000/sportpolimi'
  expect(mayTypeCredentials(base, 'http://127.0.0.1:4001/login')).toBe(true)
  expect(mayTypeCredentials(base, 'http://localhost:4001/login')).toBe(true)
  expect(mayTypeCredentials(base, 'https://aunicalogin.polimi.it/')).toBe(false)
})

test('no other host is trusted, whatever it is called', () => {
  fc.assert(
    fc.property(fc.webUrl({ validSchemes: ['http', 'https'] }), (url) => {
      const { hostname } = new URL(url)
      fc.pre(!/(^|\.)polimi\.it$/.test(hostname) && hostname !== 'ecomm.sportrick.com')
      expect(mayTypeCredentials(BASE, url)).toBe(false)
    }),
  )
})
