import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BuiltWorker } from '../../scripts/local/bundle.ts'
import { limited, planOf } from '../../scripts/local/limits/limited.ts'
import { LIMIT_EVENT, Peaks } from '../../scripts/local/limits/peaks.ts'

/** A Worker with one handler of each kind. `late(ms)` lets its clock jump. */
const SCRIPT = `
import { DurableObject } from 'cloudflare:workers'
const real = Date.now
let shift = 0
Date.now = () => real() + shift
const late = (ms) => { shift += ms }
const one = (env) => env.DB.prepare('SELECT 1').all()
const many = (env, count) => env.DB.batch(Array.from({ length: count }, () => env.DB.prepare('SELECT 1')))
const problem = (work) => work.then(() => 'none', (error) => error.message)
export class Student extends DurableObject {
  async asked(count) { await many(this.env, count); return this.inner() }
  async inner() { await one(this.env); return 'inside' }
  async stored(count) {
    const marks = Array.from({ length: count }, () => '?')
    return this.ctx.storage.sql.exec('SELECT 1 AS n WHERE 1 IN (' + marks + ')', ...marks).toArray().length
  }
  async armed() { await this.ctx.storage.setAlarm(real()) }
  async heard() { return this.found }
  async alarm() {
    late(15 * 60_000 + 1)
    this.found = await problem(one(this.env))
  }
}
let found
export default {
  async fetch(request, env, context) {
    const path = new URL(request.url).pathname
    if (path === '/long') { late(20 * 60_000); return new Response(await problem(one(env))) }
    if (path === '/found') return new Response(await found)
    if (path === '/after') {
      let done
      found = new Promise((resolve) => { done = resolve })
      context.waitUntil((async () => {
        await many(env, 3)
        late(30_001)
        done(await problem(one(env)))
      })())
      return new Response('answered')
    }
    const stub = env.STUDENTS.get(env.STUDENTS.idFromName('1'))
    const [, method, count] = path.split('/')
    return new Response(String(await stub[method](Number(count)).catch((error) => error.message)))
  },
  async scheduled(controller, env) {
    if (controller.cron === 'late') late(15 * 60_000 + 1)
    found = problem(one(env))
    await found
  },
  async queue(batch, env) { await many(env, batch.messages.length) },
}`

const built: BuiltWorker = {
  worker: 'booking',
  crons: [],
  options: {
    bindings: {},
    compatibilityDate: '2026-08-01',
    d1Databases: { DB: 'db' },
    durableObjects: { STUDENTS: { className: 'Student', useSQLite: true } },
    queueProducers: { QUEUE: { queueName: 'things' } },
    queueConsumers: { things: { maxBatchTimeout: 0 } },
  },
  modules: [{ type: 'ESModule', path: 'main.js', contents: SCRIPT }],
}

const peaks = new Peaks()
const events: { event: string; limit: string; kind: string }[] = []
let miniflare: Miniflare
let url: string

beforeAll(async () => {
  const { modules, options } = await limited(built, 'paid')
  miniflare = new Miniflare(
    convertV4MiniflareOptions({
      port: 0,
      log: new Log(LogLevel.NONE),
      cf: false,
      telemetry: { enabled: false },
      handleStructuredLogs: ({ message }: { message: string }) => {
        if (!peaks.hear(message) && message.startsWith('{')) events.push(JSON.parse(message))
      },
      workers: [{ ...options, name: 'main', modules, modulesRoot: '.' }],
    } as never),
  )
  url = (await miniflare.ready).href
})
afterAll(() => miniflare.dispose())

const get = async (path: string): Promise<string> => (await fetch(new URL(path, url))).text()
const tick = async (cron: string) => (await miniflare.getWorker('main')).scheduled({ cron })
const used = (kind: string) => peaks.all.find((peak) => peak.kind === kind)?.used
const TOO_LONG = /exceeded its wall time/

describe('a built Worker', () => {
  test('has each kind of invocation counted apart', async () => {
    expect(await get('/asked/4')).toBe('inside')
    await tick('* * * * *')
    await (await miniflare.getQueueProducer('QUEUE', 'main')).sendBatch([{ body: 1 }, { body: 2 }])
    await expect.poll(() => used('booking queue things')).toMatchObject({ d1Queries: 2 })
    expect(used('booking object asked')).toMatchObject({ d1Queries: 5 })
    expect(used('booking fetch')).toEqual({ serviceSubrequests: 1, wallMs: expect.any(Number) })
    expect(used('booking cron * * * * *')).toMatchObject({ d1Queries: 1 })
  })

  test('gets the error of an object’s call that went beyond a limit, and the log is told', async () => {
    expect(await get('/asked/1000')).toMatch(/^D1_ERROR: Too many API requests/)
    expect(await get('/asked/999')).toBe('inside')
    expect(events).toContainEqual(
      expect.objectContaining({ event: LIMIT_EVENT, limit: 'd1Queries', kind: 'booking object asked' }),
    )
  })

  test('has the storage of its objects under limits', async () => {
    expect(await get('/stored/100')).toBe('0')
    expect(await get('/stored/101')).toMatch(/too many SQL variables/)
  })

  test('is ended when a cron run lasts longer than 15 minutes, and a request is not', async () => {
    await tick('late')
    expect(await get('/found')).toMatch(TOO_LONG)
    await tick('* * * * *')
    expect(await get('/found')).toBe('none')
    expect(await get('/long')).toBe('none')
  })

  test('is ended when an alarm lasts longer than 15 minutes', async () => {
    await get('/armed/0')
    await expect.poll(() => get('/heard/0')).toMatch(TOO_LONG)
    expect(used('booking alarm')?.wallMs).toBeGreaterThan(15 * 60_000)
  })

  test('has 30 seconds after its response, and what it does in them counts', async () => {
    expect(await get('/after')).toBe('answered')
    expect(await get('/found')).toMatch(TOO_LONG)
    await expect.poll(() => used('booking fetch')).toMatchObject({ d1Queries: 3 })
  })
})

test('the environment chooses the plan', () => {
  expect(planOf({})).toBe('paid')
  expect(planOf({ CLOUDFLARE_PLAN: 'free' })).toBe('free')
  expect(() => planOf({ CLOUDFLARE_PLAN: 'cheap' })).toThrow('paid, free or none')
})
