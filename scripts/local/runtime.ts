import { existsSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare'
import type { StudentStub } from '../../src/sport/student/ask-student.ts'
import { secretsFor } from '../worker-secrets.ts'
import { type BuiltWorker, buildWorkers, WORKERS, type WorkerName } from './bundle.ts'
import { clockShiftSeconds } from './clock.ts'
import { copyFirstState } from './first-state.ts'
import { type EnforcedPlan, limited, planOf } from './limits/limited.ts'
import { PEAKS_URL, type Peak, Peaks } from './limits/peaks.ts'
import { BATCH_WORKER, batchesThrough, migrateLocally } from './migrate.ts'

const ROOT = resolve(import.meta.dirname, '../..')

/** Variables and secrets for the Workers; each Worker gets those that its wrangler file names. */
export type Variables = Record<string, string>

export interface RuntimeOptions {
  /** Where D1 and the objects keep their state; a folder of the caller's. */
  stateDir: string
  /** Port of the edge Worker; 0 takes a free one. */
  port: number
  variables: Variables
  /** Every line that a Worker logs. */
  onLog?: (line: string, level: string) => void
  /** Errors of the runtime itself, e.g. a browser that does not start (default: to the terminal). */
  onRuntimeError?: (line: string) => void
  /** Workers already built, to start several runtimes from one build. */
  workers?: BuiltWorker[]
  /** Whose of Cloudflare's limits are enforced; by default as the environment says (`CLOUDFLARE_PLAN`), else `paid`. */
  plan?: EnforcedPlan
  /** The state has every migration: skips the start of a runtime that applies them. */
  migrated?: boolean
  /** Lets a debugger or a profiler in, at `inspectorUrl`. */
  inspected?: boolean
}

/** The three Workers on workerd, with D1, queues, objects and the Browser binding, on this machine. */
export interface Runtime {
  /** Address of the edge Worker. */
  url: string
  /** Triggers a Worker's cron as Cloudflare would; resolves when its handler is done. */
  tick(worker: WorkerName, cron: string): Promise<void>
  /** Puts messages on a queue that a Worker produces for, as the Worker would. @param binding e.g. `OUTBOUND` */
  enqueue(worker: WorkerName, binding: string, bodies: readonly unknown[]): Promise<void>
  /** Posts JSON to a Worker, as a service binding would. @returns its answer's status */
  post(worker: WorkerName, url: string, body: unknown): Promise<number>
  /** The most that the Workers used of Cloudflare's limits until now, by kind of invocation. */
  peaks(): Promise<Peak[]>
  /** D1 as the Workers see it. */
  database(): ReturnType<Miniflare['getD1Database']>
  /** A student's object, by Telegram id. */
  student(userId: number): Promise<StudentStub>
  /** Where DevTools speak with a Worker, as a WebSocket; only of a runtime that was started `inspected`. */
  inspectorUrl(worker: WorkerName): Promise<string>
  /** Restarts the Workers with other variables on the same state. */
  restart(variables: Variables): Promise<void>
  /** Stops workerd and the browsers; the state stays. */
  stop(): Promise<void>
}

/** Where links to the bot lead on this machine; `wrangler.toml` does not declare it. */
const LINK_ROOT = 'BOT_LINK_ROOT'

/**
 * How far the Workers' clock is moved from the real one, seconds: by this process's own shift plus the variable.
 */
export const clockShiftOfWorkers = (variables: Variables): string =>
  String(clockShiftSeconds() + Number(variables.CLOCK_SHIFT_SECONDS ?? 0))

/** Miniflare's options for one built Worker. */
function workerOptions({ worker, options, modules }: BuiltWorker, variables: Variables) {
  const declared = Object.keys(options.bindings)
  const wanted = [...declared, ...secretsFor(worker), LINK_ROOT].filter(
    (name) => variables[name] !== undefined,
  )
  const bindings = {
    ...options.bindings,
    ...Object.fromEntries(wanted.map((name) => [name, variables[name]])),
    CLOCK_SHIFT_SECONDS: clockShiftOfWorkers(variables),
  }
  return {
    ...options,
    name: WORKERS[worker].name,
    rootPath: ROOT,
    modulesRoot: ROOT,
    modules: modules.map((module) => ({ ...module, path: join(ROOT, module.path) })),
    bindings,
  }
}

/** Miniflare's own errors, as lines for the person who started it. */
class RuntimeLog extends Log {
  readonly #say: (line: string) => void

  constructor(say: (line: string) => void) {
    super(LogLevel.ERROR)
    this.#say = say
  }

  protected override log(message: string): void {
    this.#say(message)
  }
}

/** What every runtime on this machine is told. */
const common = (log: Log, folder: string) => ({
  host: '127.0.0.1',
  log,
  cf: false,
  telemetry: { enabled: false },
  resourcePersistencePath: folder,
})

/** Applies the migrations that the database in a folder lacks, by a runtime that does nothing else. */
async function migrateAlone({ options }: BuiltWorker, log: Log, folder: string): Promise<void> {
  const worker = {
    name: WORKERS.edge.name,
    compatibilityDate: options.compatibilityDate,
    modules: true,
    script: BATCH_WORKER,
    d1Databases: options.d1Databases,
  }
  const alone = new Miniflare(
    convertV4MiniflareOptions({ ...common(log, folder), workers: [worker] } as never),
  )
  try {
    await migrateLocally(
      batchesThrough((body) => alone.dispatchFetch('http://migrating/', { method: 'POST', body })),
    )
  } finally {
    await alone.dispose()
  }
}

/**
 * Applies the migrations that the state lacks, then starts the three Workers.
 * @throws when the port is taken or a Worker does not build
 */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const stateDir = resolve(options.stateDir)
  mkdirSync(stateDir, { recursive: true })
  const plan = options.plan ?? planOf(process.env)
  const built = options.workers ?? (await buildWorkers())
  const workers = await Promise.all(built.map((worker) => limited(worker, plan)))
  const peaks = new Peaks()
  const edge = workers.find(({ worker }) => worker === 'edge')
  if (!edge) throw new Error('The edge Worker is not among the built Workers.')
  const log = new RuntimeLog(options.onRuntimeError ?? console.error)
  const stored = join(stateDir, 'v3')
  const configure = (variables: Variables) =>
    convertV4MiniflareOptions({
      ...common(log, stored),
      port: options.port,
      ...(options.inspected && { inspectorPort: 0 }),
      handleStructuredLogs: ({ level, message }: { level: string; message: string }) => {
        if (!peaks.hear(message)) options.onLog?.(message, level)
      },
      workers: workers.map((worker) => workerOptions(worker, variables)),
    } as never)

  // No Worker may read before: some act by themselves when they start, on alarms and messages that the state holds.
  if (!existsSync(stored)) await copyFirstState(stored, (folder) => migrateAlone(edge, log, folder))
  else if (!options.migrated) await migrateAlone(edge, log, stored)

  const miniflare = new Miniflare(configure(options.variables))
  const database = () => miniflare.getD1Database('DB', WORKERS.edge.name)
  try {
    await miniflare.ready
  } catch (error) {
    await miniflare.dispose()
    throw error
  }
  const url = await miniflare.ready
  let stopped: Promise<void> | undefined

  return {
    url: url.href.replace(/\/$/, ''),
    database,
    async peaks() {
      for (const { worker } of plan === 'none' ? [] : workers) {
        const fetcher = await miniflare.getWorker(WORKERS[worker].name)
        const answer = await fetcher.fetch(PEAKS_URL)
        for (const peak of (await answer.json()) as Peak[]) peaks.add(peak)
      }
      return peaks.all
    },
    async tick(worker, cron) {
      const fetcher = await miniflare.getWorker(WORKERS[worker].name)
      await fetcher.scheduled({ cron, scheduledTime: new Date() })
    },
    async post(worker, url, body) {
      const fetcher = await miniflare.getWorker(WORKERS[worker].name)
      const answer = await fetcher.fetch(url, { method: 'POST', body: JSON.stringify(body) })
      // Read the answer to its end: otherwise the runtime could not stop.
      await answer.arrayBuffer()
      return answer.status
    },
    async student(userId) {
      const students = await miniflare.getDurableObjectNamespace('STUDENTS', WORKERS.edge.name)
      return students.get(students.idFromName(String(userId))) as unknown as StudentStub
    },
    async enqueue(worker, binding, bodies) {
      const producer = await miniflare.getQueueProducer(binding, WORKERS[worker].name)
      await producer.sendBatch(bodies.map((body) => ({ body })))
    },
    async inspectorUrl(worker) {
      const { host } = await miniflare.getInspectorURL()
      return `ws://${host}/core:user:${WORKERS[worker].name}`
    },
    restart: (variables) => miniflare.setOptions(configure(variables)),
    stop() {
      stopped ??= miniflare.dispose()
      return stopped
    },
  }
}
