import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import type { System } from '../../scripts/local/system.ts'
import { type Bench, rounded, wholeOption } from '../bench.ts'
import { type LoadResult, postAll } from '../load.ts'
import { withSystem } from '../local.ts'
import { updateOf } from '../updates.ts'

const CHATS = 500

/** A bare Hono route on the same runtime: takes JSON, answers 200. */
async function bareRoute(count: number, open: number): Promise<LoadResult> {
  const bundled = await build({
    stdin: {
      contents: `import { Hono } from 'hono'
        const app = new Hono()
        app.post('/telegram/webhook', async (c) => { await c.req.json(); return c.text('ok') })
        export default app`,
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    format: 'esm',
    write: false,
  })
  const script = bundled.outputFiles[0]?.text ?? ''
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script,
      compatibilityDate: '2026-11-02',
      port: 0,
      cf: false,
    } as never),
  )
  try {
    const url = await miniflare.ready
    const post = (n: number) =>
      postAll(`${url.origin}/telegram/webhook`, {}, n, open, (i) => updateOf(i, CHATS, 1))
    await post(200)
    return await post(count)
  } finally {
    await miniflare.dispose()
  }
}

/** The same conversation on grammY's own Node server, in a process of its own. */
async function plainBot({ telegram, variables }: System, count: number, open: number): Promise<LoadResult> {
  const folder = mkdtempSync(join(tmpdir(), 'sportello-plain-'))
  const secret = variables.TELEGRAM_WEBHOOK_SECRET ?? ''
  const child = spawn(
    'node',
    ['bench/plain-bot.ts', folder, telegram?.url ?? '', telegram?.token ?? '', secret],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  try {
    const port = await new Promise<string>((resolve) =>
      child.stdout.once('data', (line) => resolve(String(line).trim())),
    )
    const headers = { 'x-telegram-bot-api-secret-token': secret }
    const url = `http://127.0.0.1:${port}/`
    await postAll(url, headers, 200, open, (i) => updateOf(i, CHATS, 1))
    return await postAll(url, headers, count, open, (i) => updateOf(i, CHATS, 1_000))
  } finally {
    child.kill()
    rmSync(folder, { recursive: true })
  }
}

async function ours({ runtime, variables }: System, count: number, open: number): Promise<LoadResult> {
  const headers = { 'x-telegram-bot-api-secret-token': variables.TELEGRAM_WEBHOOK_SECRET ?? '' }
  const url = `${runtime.url}/telegram/webhook`
  await postAll(url, headers, 200, open, (i) => updateOf(i, CHATS, 1))
  return postAll(url, headers, count, open, (i) => updateOf(i, CHATS, 1_000))
}

/** The edge Worker's webhook under a mix of updates. */
export const bench: Bench = {
  title:
    'Webhook: a mix of updates at the edge Worker, beside a bare Hono route and a plain grammY bot on Node',
  async run(options) {
    const count = wholeOption(options, 'updates', 3_000)
    const open = wholeOption(options, 'open', 8)
    const results = await withSystem(
      { crons: false, telegram: { anyoneExists: true, keepMessages: false } },
      async (system) => {
        return {
          sportello: await ours(system, count, open),
          plain: await plainBot(system, count, open),
          bare: await bareRoute(count, open),
        }
      },
    )
    const row = (name: string, result: LoadResult) => ({
      '': name,
      'requests/s': result.perSecond,
      'p50 ms': result.p50Ms,
      'p99 ms': result.p99Ms,
      errors: result.errors,
      '× bare route': rounded(results.bare.perSecond / result.perSecond, 1),
    })
    return {
      table: [
        row('Sportello (workerd, D1)', results.sportello),
        row('plain grammY on Node, SQLite', results.plain),
        row('bare Hono route (workerd)', results.bare),
      ],
      figures: results,
    }
  },
}
