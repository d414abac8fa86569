import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { binOf } from '../bin.ts'
import { readWranglerFile, wranglerCode } from '../wrangler-file.ts'
import { cached, fingerprintOf } from './build-cache.ts'

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
  /** The patterns of its Cron Triggers, UTC. */
  crons: string[]
  /** The entry first. */
  modules: BuiltModule[]
}

const run = promisify(execFile)

/** What a build depends on, below the project's folder. */
const INPUTS = [
  'src',
  'wrangler.toml',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.base.json',
  'scripts/local/bundle.ts',
]

async function build(worker: WorkerName, folder: string): Promise<BuiltModule[]> {
  const { config, entry } = WORKERS[worker]
  const outdir = join(folder, worker)
  await run(process.execPath, [binOf('wrangler'), 'deploy', '--dry-run', '-c', config, '--outdir', outdir], {
    cwd: ROOT,
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
  })
  const contents = (path: string) => readFileSync(join(outdir, path), 'utf8')
  const texts = readdirSync(outdir).filter((file) => file.endsWith('.sql'))
  return [
    { type: 'ESModule', path: entry, contents: contents(entry) },
    ...texts.map((path): BuiltModule => ({ type: 'Text', path, contents: contents(path) })),
  ]
}

async function buildAll(): Promise<BuiltWorker[]> {
  const { unstable_getMiniflareWorkerOptions } = wranglerCode()
  const declaredOptions = (worker: WorkerName): DeclaredOptions => {
    const { modulesRules: _, ...declared } = unstable_getMiniflareWorkerOptions(
      join(ROOT, WORKERS[worker].config),
    ).workerOptions
    return declared as unknown as DeclaredOptions
  }
  const folder = mkdtempSync(join(tmpdir(), 'sportello-build-'))
  try {
    return await Promise.all(
      WORKER_NAMES.map(async (worker) => ({
        worker,
        options: declaredOptions(worker),
        crons: readWranglerFile(WORKERS[worker].config).triggers.crons ?? [],
        modules: await build(worker, folder),
      })),
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/**
 * Builds all three Workers with wrangler, exactly as a deployment would. What was built from the same files before is
 * taken from `node_modules/.cache`.
 */
export async function buildWorkers(): Promise<BuiltWorker[]> {
  const cache = join(ROOT, 'node_modules/.cache/sportello/builds')
  return cached(cache, fingerprintOf(ROOT, INPUTS), buildAll)
}
