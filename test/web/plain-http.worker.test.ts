import { SELF } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { openSession } from '../../src/web/app/app-session.ts'

async function cookieAt(url: string): Promise<string> {
  const app = new Hono()
  app.get('/', async (c) => {
    await openSession(
      c,
      ['a-key-for-tests-only-0123456789abcdef'],
      '1:token',
      { userId: 1, name: 'Anna (id 1)', language: 'it' },
      0,
    )
    return c.text('')
  })
  return (await app.request(url)).headers.get('set-cookie') ?? ''
}

test('the Mini App’s cookie is secure and bound to its host everywhere but on this machine', async () => {
  expect(env).toBeDefined()
  for (const url of [
    'https://bot.example.org/',
    'http://bot.example.org/',
    'http://10.0.0.1/',
    'https://localhost/',
  ]) {
    expect(await cookieAt(url)).toMatch(/^__Host-app=.*; HttpOnly.*; Secure/)
  }
  for (const url of ['http://127.0.0.1:8787/', 'http://localhost:8787/', 'http://[::1]:8787/']) {
    expect(await cookieAt(url)).toMatch(/^app=/)
  }
})

test.each(['/healthz', '/calendar/1-x.ics'])('%s carries the pages’ security headers', async (path) => {
  const answer = await SELF.fetch(`https://bot.example.org${path}`)
  await answer.text()
  expect(answer.headers.get('content-security-policy')).toMatch(/default-src 'none'/)
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  expect(answer.headers.get('x-frame-options')).toBe('DENY')
  expect(answer.headers.get('strict-transport-security')).toMatch(/max-age/)
})
