import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { unstable_getMiniflareWorkerOptions } from 'wrangler'
import { binOf } from '../bin.ts'

process.env.WRANGLER_LOG ??= 'error'

const ROOT = resolve(import.meta.dirname, '../..')

/** The three Workers, edge first (it answers HTTP), with their wrangler files and entry points. */
export const WORKERS = {
  edge: { config: 'wrangler.toml', name: 'sportello', entry: 'edge.js' },
  dispatcher: {
    config: 'src/dispatcher.wrangler.toml',
    name: 'sportello-dispatcher',
    entry: 'dispatcher.js',
  },
  booking: { config: 'src/booking.wrangler.toml', name: 'sportello-booking', entry: 'booking.js' },
} as const

export type WorkerName = keyof typeof WORKERS
export const WORKER_NAMES = Object.keys(WORKERS) as WorkerName[]

/** The bindings that a wrangler file declares, as miniflare takes them. */
export type DeclaredOptions = Record<string, unknown> & { bindings: Record<string, unknown> }

/** A module of a built Worker. */
export interface BuiltModule {
  type: 'ESModule' | 'Text'
  /** Its name inside the Worker. */
  path: string
  contents: string
}

/** A Worker built as for a deployment, with the bindings that its wrangler file declares. */
export interface BuiltWorker {
  worker: WorkerName
  options: DeclaredOptions
  /** The entry first. */
  modules: BuiltModule[]
}

const run = promisify(execFile)

async function build(worker: WorkerName, folder: string): Promise<BuiltWorker> {
  const { config, entry } = WORKERS[worker]
  const outdir = join(folder, worker)
  await run(process.execPath, [binOf('wrangler'), 'deploy', '--dry-run', '-c', config, '--outdir', outdir], {
    cwd: ROOT,
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
  })
  const contents = (path: string) => readFileSync(join(outdir, path), 'utf8')
  const texts = readdirSync(outdir).filter((file) => file.endsWith('.sql'))
  const { modulesRules: _, ...declared } = unstable_getMiniflareWorkerOptions(
    join(ROOT, config),
  ).workerOptions
  return {
    worker,
    options: declared as unknown as DeclaredOptions,
    modules: [
      { type: 'ESModule', path: entry, contents: contents(entry) },
      ...texts.map((path): BuiltModule => ({ type: 'Text', path, contents: contents(path) })),
    ],
  }
}

/** Builds all three Workers with wrangler, exactly as a deployment would. */
export async function buildWorkers(): Promise<BuiltWorker[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sportello-build-'))
  try {
    return await Promise.all(WORKER_NAMES.map((worker) => build(worker, folder)))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
