import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildWorkers } from '../../scripts/local/bundle.ts'
import { type Runtime, startRuntime } from '../../scripts/local/runtime.ts'
import { wrapWorker } from '../../scripts/local/wrap.ts'
import { USED_PATH, type Used } from './used.ts'

/** Visitors of the same moment. */
const VISITORS = 120
/** What one source may ask in a minute here: a thousand requests of a real limit take long. */
const LIMIT = 40
const stateDir = mkdtempSync(join(tmpdir(), 'sportello-flood-'))
let runtime: Runtime

/** The rate limits that the wrangler file declares, all of them smaller. */
const smaller = (declared: unknown) =>
  Object.fromEntries(
    Object.entries(declared as Record<string, { simple: { limit: number; period: number } }>).map(
      ([name, limit]) => [name, { ...limit, simple: { ...limit.simple, limit: LIMIT } }],
    ),
  )

beforeAll(async () => {
  const workers = await Promise.all(
    (await buildWorkers()).map((built) =>
      built.worker === 'edge'
        ? wrapWorker(
            { ...built, options: { ...built.options, ratelimits: smaller(built.options.ratelimits) } },
            { name: 'counted', file: 'test/web/counted.worker.ts', options: { slowness: 100 } },
          )
        : built,
    ),
  )
  runtime = await startRuntime({
    stateDir,
    port: 0,
    workers,
    plan: 'none',
    variables: {
      TELEGRAM_BOT_TOKEN: '1234567890:TEST-token-of-the-simulator',
      TELEGRAM_WEBHOOK_SECRET: 'test-webhook-secret',
      ENCRYPTION_KEY: 'a-key-for-tests-only-0123456789abcdef',
      // No other program answers there; nothing here asks.
      TELEGRAM_API_ROOT: 'http://127.0.0.1:9',
      PORTAL_ORIGIN: 'http://127.0.0.1:9',
    },
  })
}, 120_000)

afterAll(async () => {
  await runtime?.stop()
  rmSync(stateDir, { recursive: true })
})

const used = async (): Promise<Used> => (await fetch(`${runtime.url}${USED_PATH}`)).json() as Promise<Used>

/** Visits all at once, each from an address of its own unless another is given. @returns how often each status was answered */
async function flood(
  path: string,
  count: number,
  address: string | ((i: number) => string) = (i) => `10.0.${i >> 8}.${i & 255}`,
): Promise<Record<number, number>> {
  const statuses: Record<number, number> = {}
  await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const from = typeof address === 'string' ? address : address(i)
      const response = await fetch(`${runtime.url}${path}`, {
        headers: { 'CF-Connecting-IP': from },
        redirect: 'manual',
      })
      await response.arrayBuffer()
      statuses[response.status] = (statuses[response.status] ?? 0) + 1
    }),
  )
  return statuses
}

/** Pages that show what the database knows, with the statements of one reading. */
const pages: [path: string, statements: number, status: number][] = [
  ['/', 4, 200],
  ['/map.json', 4, 200],
  ['/p/TO', 6, 200],
  ['/p/MI/adesso', 3, 200],
  ['/stato', 10, 200],
  ['/app', 1, 200],
  ['/healthz', 10, 200],
  [`/calendar/2s-${'0'.repeat(48)}.ics`, 1, 404],
]

test.each(pages)('%s costs as much for many visitors as for one', async (path, statements, status) => {
  await used()
  expect(await flood(path, VISITORS)).toEqual({ [status]: VISITORS })
  // Two readings if the flood outlasts what is remembered, and the minute's counts.
  expect((await used()).statements).toBeLessThanOrEqual(2 * statements + 1)
})

test('a source that asks for too much is refused before anything is done for it', async () => {
  // Twice the limit, as the minute may change in between.
  const statuses = await flood('/come-funziona', 2 * LIMIT + 20, '203.0.113.9')
  expect(statuses[429]).toBeGreaterThanOrEqual(20)
  expect(await flood('/come-funziona', LIMIT, '203.0.113.10')).toEqual({ 200: LIMIT })
})

test('all addresses of one IPv6 network are one source', async () => {
  const statuses = await flood('/come-funziona', 2 * LIMIT + 20, (i) => `2001:db8:7:7::${i.toString(16)}`)
  expect(statuses[429]).toBeGreaterThanOrEqual(20)
})

test('a refusal carries the security headers, and Telegram’s updates are never refused', async () => {
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`${runtime.url}${path}`, { ...init, headers: { 'CF-Connecting-IP': '203.0.113.11' } })
  const answers = await Promise.all(Array.from({ length: 2 * LIMIT + 20 }, () => ask('/healthz')))
  const refused = answers.filter(({ status }) => status === 429)
  expect(refused.length).toBeGreaterThanOrEqual(20)
  for (const { headers } of refused) {
    expect(headers.get('Content-Security-Policy')).toContain("default-src 'none'")
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
    expect(headers.get('Retry-After')).toBe('60')
  }
  const updates = await Promise.all(
    Array.from({ length: 2 * LIMIT + 20 }, () => ask('/telegram/webhook', { method: 'POST', body: '{}' })),
  )
  expect(new Set(updates.map(({ status }) => status))).toEqual(new Set([401]))
})
