import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BuildOptions, build } from 'esbuild'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { batchesOf, migrateLocally } from '../../scripts/local/migrate.ts'
import type { System } from '../../scripts/local/system.ts'
import { type Bench, rounded, wholeOption } from '../bench.ts'
import { type Load, type LoadResult, postAll, resultOf } from '../load.ts'
import { withSystem } from '../local.ts'
import { updateOf } from '../updates.ts'

const CHATS = 500
const WARM_UP = 3 * CHATS
/**
 * The contenders take turns, this many each and another one first each time, so that what else the machine does meets all
 * of them alike. The rates of single turns differ by a fifth even on a quiet machine: it takes many.
 */
const TURNS = 60

const SECRET_HEADER = 'x-telegram-bot-api-secret-token'

/** A webhook that is measured, in operation. */
interface Contender {
  url: string
  secret: string
  stop(): Promise<void> | void
}

/** A Worker of the bench on workerd, with a migrated D1 of its own. */
async function onWorkerd(script: string, api = ''): Promise<Contender> {
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script,
      compatibilityDate: '2026-11-02',
      d1Databases: ['DB'],
      bindings: { API: api },
      port: 0,
      cf: false,
    } as never),
  )
  await migrateLocally(batchesOf((await miniflare.getD1Database('DB')) as never))
  const { origin } = await miniflare.ready
  return { url: `${origin}/telegram/webhook`, secret: '', stop: () => miniflare.dispose() }
}

async function bundle(source: Pick<BuildOptions, 'stdin' | 'entryPoints'>): Promise<string> {
  const bundled = await build({ ...source, bundle: true, format: 'esm', minify: true, write: false })
  return bundled.outputFiles[0]?.text ?? ''
}

/** The least that a bot with this database and this API has to do; see `webhook-floor.worker.ts`. */
async function floor({ telegram }: System): Promise<Contender> {
  const script = await bundle({ entryPoints: [join(import.meta.dirname, '../webhook-floor.worker.ts')] })
  return onWorkerd(script, `${telegram?.url}/bot${telegram?.token}`)
}

/** A bare Hono route on the same runtime: takes JSON, answers 200. */
async function bareRoute(): Promise<Contender> {
  const contents = `import { Hono } from 'hono'
    const app = new Hono()
    app.post('/telegram/webhook', async (c) => { await c.req.json(); return c.text('ok') })
    export default app`
  return onWorkerd(await bundle({ stdin: { contents, resolveDir: import.meta.dirname } }))
}

/** The same conversation on grammY's own Node server, in a process of its own. */
async function plainBot({ telegram, variables }: System): Promise<Contender> {
  const folder = mkdtempSync(join(tmpdir(), 'sportello-plain-'))
  const secret = variables.TELEGRAM_WEBHOOK_SECRET ?? ''
  const child = spawn(
    process.execPath,
    ['bench/plain-bot.ts', folder, telegram?.url ?? '', telegram?.token ?? '', secret],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const port = await new Promise<string>((resolve) =>
    child.stdout.once('data', (line) => resolve(String(line).trim())),
  )
  const stop = () => {
    child.kill()
    rmSync(folder, { recursive: true })
  }
  return { url: `http://127.0.0.1:${port}/`, secret, stop }
}

const ours = ({ runtime, variables }: System): Contender => ({
  url: `${runtime.url}/telegram/webhook`,
  secret: variables.TELEGRAM_WEBHOOK_SECRET ?? '',
  stop: () => undefined,
})

const NAMES = ['sportello', 'floor', 'plain', 'bare'] as const

/** Measures all in turn, each after some updates for every chat: the code is warm and each chat has a message to edit. */
async function race(system: System, count: number, open: number) {
  const contenders = await Promise.all([ours(system), floor(system), plainBot(system), bareRoute()])
  const post = ({ url, secret }: Contender, from: number, to: number, firstUpdate: number) =>
    postAll(url, { [SECRET_HEADER]: secret }, { from, to }, open, (i) => updateOf(i, CHATS, firstUpdate))
  try {
    for (const each of contenders) await post(each, 0, WARM_UP, 1)
    const loads: Load[][] = contenders.map(() => [])
    for (let turn = 0; turn < TURNS; turn++) {
      const [from, to] = [turn, turn + 1].map((n) => Math.round((n * count) / TURNS)) as [number, number]
      for (const n of contenders.keys()) {
        const i = (turn + n) % contenders.length
        loads[i]?.push(await post(contenders[i] as Contender, from, to, 10_000))
      }
    }
    return Object.fromEntries(NAMES.map((name, i) => [name, resultOf(loads[i] ?? [])])) as Record<
      (typeof NAMES)[number],
      LoadResult
    >
  } finally {
    for (const each of contenders) await each.stop()
  }
}

/** At least this share of the floor's requests per second. */
const TARGET = 0.8

/** The edge Worker's webhook under a mix of updates. */
export const bench: Bench = {
  title:
    'Webhook: a mix of updates at the edge Worker, beside a bare route with the same D1 and Telegram calls, a bare route, and a plain grammY bot on Node',
  options: {
    updates: 'how many are measured (default 9000)',
    open: 'how many are open at a time (default 8)',
  },
  async run(options) {
    const count = wholeOption(options, 'updates', 9_000)
    const open = wholeOption(options, 'open', 8)
    // The local enforcement of Cloudflare's limits is not part of what is deployed.
    const results = await withSystem(
      { crons: false, plan: 'none', telegram: { anyoneExists: true, keepMessages: false } },
      (system) => race(system, count, open),
    )
    const ofFloor = (result: LoadResult) => rounded(result.perSecond / results.floor.perSecond, 2)
    const row = (name: string, result: LoadResult) => ({
      '': name,
      'requests/s': result.perSecond,
      'p50 ms': result.p50Ms,
      'p99 ms': result.p99Ms,
      errors: result.errors,
      '÷ floor': ofFloor(result),
    })
    const reached = ofFloor(results.sportello)
    return {
      table: [
        row('Sportello (workerd, D1)', results.sportello),
        row('floor: Hono, two D1 round trips, the Telegram call (workerd)', results.floor),
        row('plain grammY on Node, SQLite', results.plain),
        row('bare Hono route (workerd)', results.bare),
      ],
      figures: { ...results, ofFloor: reached },
      failures: reached < TARGET ? [`${reached} of the floor's requests per second, not ${TARGET}`] : [],
    }
  },
}
