import { readdirSync, readFileSync } from 'node:fs'
import { Api } from 'grammy'
import { expect, test } from 'vitest'
import { boundedFetch, readBounded, readBytes } from '../../src/platform/read-bounded.ts'
import { telegramClient } from '../../src/platform/telegram-client.ts'

/** A body without an end, as slow as its reader, that counts what was taken of it. */
function endless(chunk: number) {
  const taken = { bytes: 0, cancelled: false }
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        taken.bytes += chunk
        controller.enqueue(new Uint8Array(chunk).fill(0x20))
      },
      cancel() {
        taken.cancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  return { taken, response: () => new Response(body) }
}

test.each([1, 7, 1_000, 65_536])(
  'an endless body in chunks of %i bytes is left at its bound',
  async (chunk) => {
    const { taken, response } = endless(chunk)
    expect(await readBytes(response(), 10_000)).toBeNull()
    expect(taken.bytes).toBeLessThanOrEqual(10_000 + chunk)
    expect(taken.cancelled).toBe(true)
  },
)

test('a body of just the bound is read whole; one byte more is not', async () => {
  expect(await readBytes(new Response(new Uint8Array(1_000)), 1_000)).toHaveLength(1_000)
  expect(await readBytes(new Response(new Uint8Array(1_001)), 1_000)).toBeNull()
  expect(await readBytes(new Response(null), 0)).toHaveLength(0)
})

test('characters of several bytes that chunks cut in two are read whole', async () => {
  const bytes = new TextEncoder().encode('è già 🎫')
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const byte of bytes) controller.enqueue(Uint8Array.of(byte))
      controller.close()
    },
  })
  expect(await readBounded(new Response(body), 100)).toBe('è già 🎫')
})

test('an endless answer of the Bot API is an error for grammY, with little of it read', async () => {
  const { taken, response } = endless(65_536)
  const client = telegramClient('http://telegram.test', 5)
  const api = new Api('1:x', { ...client, fetch: boundedFetch(1024 * 1024, async () => response()) })
  await expect(api.getMe()).rejects.toThrow()
  expect(taken.bytes).toBeLessThan(2 * 1024 * 1024)
  expect(taken.cancelled).toBe(true)
})

test('an answer that announces a length within the bound is passed on unread', async () => {
  const answer = new Response('{}', { headers: { 'content-length': '2' } })
  expect(await boundedFetch(2, async () => answer)('http://telegram.test')).toBe(answer)
})

test.each([{ 'content-length': '11' }, { 'content-length': '2', 'content-encoding': 'gzip' }])(
  'an answer with %o is counted',
  async (headers) => {
    const fetch = boundedFetch(10, async () => new Response('x'.repeat(11), { headers }))
    await expect(fetch('http://telegram.test')).rejects.toThrow('an answer of more than 10 bytes')
  },
)

test('an answer without content passes', async () => {
  const fetch = boundedFetch(10, async () => new Response(null, { status: 204 }))
  expect((await fetch('http://telegram.test')).status).toBe(204)
})

/** Bodies that are bounded otherwise: by Hono's `bodyLimit` before they are read. */
const BOUNDED = [
  'src/bot/webhook.ts: c.req.json()',
  'src/web/app/sport/account-page.tsx: picture.arrayBuffer()',
  'src/web/operator-session.ts: c.req.json()',
  'src/web/operator-session.ts: c.req.text()',
  'src/web/push/push-routes.ts: c.req.json()',
]

test('nothing else in the Workers reads a whole body', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
    (file) => /\.tsx?$/.test(file) && !/generated|^web\/client\//.test(file),
  )
  const found = files.flatMap((file) =>
    [
      ...readFileSync(`src/${file}`, 'utf8').matchAll(
        /[\w.]+\.(?:arrayBuffer|blob|bytes|text|json|formData)\(\)/g,
      ),
    ].map(([call]) => `src/${file}: ${call}`),
  )
  expect(found.filter((call) => !/\bform(Data)?\(\)/.test(call)).sort()).toEqual(BOUNDED)
})
