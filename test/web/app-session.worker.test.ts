import { Hono } from 'hono'
import { expect, test } from 'vitest'
import type { Keyring } from '../../src/platform/crypto.ts'
import { openSession, readSession } from '../../src/web/app/app-session.ts'

const KEYS: Keyring = ['a-key-for-tests-only-0123456789abcdef']

const app = (token: string) =>
  new Hono()
    .get('/open', async (c) => {
      await openSession(c, KEYS, token, { userId: 7, name: 'Anna (id 7)', language: 'it' }, 0)
      return c.text('')
    })
    .get('/read', async (c) => c.json((await readSession(c, KEYS, token, 1))?.userId ?? null))

test('a visit ends at once when the token of the bot is revoked', async () => {
  const opened = await app('1:old').request('https://bot.example/open')
  const headers = { Cookie: opened.headers.get('Set-Cookie')?.split(';')[0] ?? '' }
  const read = async (token: string) =>
    (await app(token).request('https://bot.example/read', { headers })).json()
  expect(await read('1:old')).toBe(7)
  expect(await read('1:new')).toBe(null)
})
