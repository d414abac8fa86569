import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify, stripVTControlCharacters } from 'node:util'
import { WORKER_NAMES, WORKERS } from '../../scripts/local/bundle.ts'
import { type Bench, rounded, wholeOption } from '../bench.ts'

const WRANGLER = resolve('node_modules/wrangler/bin/wrangler.js')
const env = { ...process.env, WRANGLER_LOG: 'log', WRANGLER_SEND_METRICS: 'false' }
const run = promisify(execFile)

/** Runs wrangler and reads numbers out of what it prints, one for each pattern's group. */
async function numbersOf(args: string[], pattern: RegExp): Promise<number[]> {
  const { stdout } = await run(process.execPath, [WRANGLER, ...args], { env })
  const found = pattern.exec(stripVTControlCharacters(stdout))
  if (!found) throw new Error(`wrangler ${args[0]} printed no ${pattern}`)
  return found.slice(1).map(Number)
}

/** The size of a deployment's upload, and the time a new isolate needs before its first request. */
export const bench: Bench = {
  title: 'Startup: size and startup time of each Worker as deployed; --runs 5',
  async run(options) {
    const runs = wholeOption(options, 'runs', 5)
    const folder = mkdtempSync(join(tmpdir(), 'sportello-startup-'))
    const table = []
    try {
      for (const worker of WORKER_NAMES) {
        const { config } = WORKERS[worker]
        const [raw = 0, gzip = 0] = await numbersOf(
          ['deploy', '--dry-run', '-c', config, '--outdir', join(folder, worker)],
          /Total Upload: ([\d.]+) KiB \/ gzip: ([\d.]+) KiB/,
        )
        const active: number[] = []
        for (let i = 0; i < runs; i++) {
          const profile = join(folder, 'profile')
          active.push(
            ...(await numbersOf(
              ['check', 'startup', '-c', config, '--outfile', profile],
              /Active: ([\d.]+) ms/,
            )),
          )
        }
        table.push({
          worker,
          'size KiB': rounded(raw),
          'gzip KiB': rounded(gzip),
          'startup ms, fastest': rounded(Math.min(...active)),
        })
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
    return { table, figures: { workers: table } }
  },
}
