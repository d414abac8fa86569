import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, test, vi } from 'vitest'
import type { EdgeEnv } from '../../src/bindings.d.ts'
import edge from '../../src/edge.ts'
import { visitor } from './app-kit.worker.ts'
import { kit, NOON, ORIGIN } from './kit.worker.ts'

const site = kit()
const MiB = 1024 * 1024

/** A body that says how much of it was taken. */
function counted(size: number) {
  const taken = { bytes: 0 }
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (taken.bytes >= size) return controller.close()
        controller.enqueue(new Uint8Array(64 * 1024))
        taken.bytes += 64 * 1024
      },
    },
    { highWaterMark: 0 },
  )
  return { taken, body }
}

/** Sends a body of 5.9 MiB to the whole edge Worker. @returns the status, and how many bytes were read */
async function send(path: string, headers: Record<string, string>, method = 'POST', size = 5.9 * MiB) {
  const { taken, body } = counted(size)
  const request = new Request(`${ORIGIN}${path}`, {
    method,
    body,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
    redirect: 'manual',
  })
  const response = await edge.fetch(
    request as never,
    { ...(env as unknown as EdgeEnv) },
    createExecutionContext(),
  )
  await response.text()
  return { status: response.status, bytes: taken.bytes }
}

const FORMS = [
  '/app/sport/account',
  '/app/preferenze',
  '/app/dati/cancella',
  '/app/province/TO',
  '/app/nowhere',
  '/admin',
]
const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE']

test.each(
  METHODS.flatMap((method) =>
    [...FORMS, '/', '/p/TO', '/stato', '/healthz', '/calendar/x', '/operator/session'].map(
      (path) => [method, path] as const,
    ),
  ),
)('a %s to %s without a session is answered with nothing of its body read', async (method, path) => {
  const { status, bytes } = await send(path, { Origin: ORIGIN }, method)
  expect(status).toBeLessThan(500)
  expect(bytes).toBe(0)
})

test.each([
  ['the webhook without its secret', '/telegram/webhook', {}, 401],
  ['an opening from another site', '/app/session', { Origin: 'https://evil.example' }, 403],
  ['a form with a spoilt cookie', '/app/sport/account', { Cookie: '__Host-app=a.b.c', Origin: ORIGIN }, 303],
])('nothing is read of %s', async (_, path, headers, expected) => {
  expect(await send(path, headers)).toEqual({ status: expected, bytes: 0 })
})

test('a code is read up to 1 KiB, and the cookies of a forged token not at all', async () => {
  const { status, bytes } = await send('/operator/pairing', {})
  expect(status).toBe(413)
  expect(bytes).toBeLessThanOrEqual(128 * 1024)
  const token = `1.${'x'.repeat(43)}.${'y'.repeat(43)}`
  expect(await send('/operator/session', { Authorization: `Bearer ${token}` })).toEqual({
    status: 401,
    bytes: 0,
  })
})

test('an opening is read up to 16 KiB', async () => {
  const { status, bytes } = await send('/app/session', { Origin: ORIGIN })
  expect(status).toBe(413)
  expect(bytes).toBeLessThanOrEqual(128 * 1024)
})

test('a session’s owner is read up to what the form takes, from our own origin only', async () => {
  vi.useFakeTimers({ now: NOON, toFake: ['Date'] })
  const { cookie } = await visitor(site, 7_301)
  expect(await send('/app/sport/account', { Cookie: cookie, Origin: 'https://evil.example' })).toEqual({
    status: 403,
    bytes: 0,
  })
  const other = await send('/app/preferenze', { Cookie: cookie, Origin: ORIGIN })
  expect(other.status).toBe(413)
  expect(other.bytes).toBeLessThanOrEqual(192 * 1024)
  const picture = await send('/app/sport/account', { Cookie: cookie, Origin: ORIGIN }, 'POST', 7 * MiB)
  expect(picture.status).toBe(413)
  expect(picture.bytes).toBeLessThanOrEqual(6.2 * MiB)
  vi.useRealTimers()
})

test('a session’s owner without the right to the sport part sends no picture', async () => {
  vi.useFakeTimers({ now: NOON, toFake: ['Date'] })
  const { cookie } = await visitor(site, 7_302)
  const bindings = site.bindings.SPORT_USER_IDS
  ;(env as { SPORT_USER_IDS?: string }).SPORT_USER_IDS = '1'
  const { status, bytes } = await send('/app/sport/account', { Cookie: cookie, Origin: ORIGIN })
  ;(env as { SPORT_USER_IDS?: string }).SPORT_USER_IDS = bindings
  vi.useRealTimers()
  expect(status).toBe(413)
  expect(bytes).toBeLessThanOrEqual(192 * 1024)
})
