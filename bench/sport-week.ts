import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare'
import { requireBrowser } from '../scripts/browser/ensure.ts'
import { batchesOf, migrateLocally } from '../scripts/local/migrate.ts'
import type { Credentials } from '../src/sport/site/site-model.ts'
import type { WeeklyDraft } from '../src/sport/student-types.ts'

/** State in memory where the system offers it: a disk's speed is not what is measured. */
const FOLDER = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** What one student wants of the simulated week. */
export interface WeekPlan {
  startsAt: number
  /** Epoch ms. */
  until: number
  weekly: WeeklyDraft[]
  /** What the student says to the questions, in turn. */
  answers: ('confirm' | 'skip' | 'silence')[]
  /** A session ends this long after its login however much it is used, ms; null: only when it is not used. */
  sessionLifeMs: number | null
}

/** The result: the site's bookings and the object's. */
export interface WeekReport {
  /** Bookings that the weekly bookings should have made, and those that the site accepted. */
  due: number
  booked: number
  missed: number
  /** Classes booked more than once, and bookings nobody wanted. */
  doubled: number
  unwanted: number
  /** Booking requests that the site refused. */
  refused: number
  /** Cancellations after a skip or no answer, and those that the site carried out. */
  released: number
  cancelledAtSite: number
  /** From each opening to the booking, ms of simulated time. */
  atOpeningMs: number[]
  alarms: number
  storageBytes: number
  /** Plain requests by path; `clock`: those that read the site's clock. */
  requests: Record<string, number>
  logins: number
  cancellations: number
  otherLaunches: number
}

export interface BrowserSample {
  base: string
  credentials: Credentials
  /** The day of the one booking that the student has. */
  taken: string
}

export interface BrowserTimes {
  loginMs: number
  cancelMs: number
}

/** The booking Worker with its objects, for weeks in simulated time and for real runs of the browser. */
export interface WeekRuntime {
  live(userId: number, plan: WeekPlan): Promise<WeekReport>
  useBrowser(sample: BrowserSample): Promise<BrowserTimes>
  stop(): Promise<void>
}

async function bundle(): Promise<string> {
  const bundled = await build({
    entryPoints: [join(import.meta.dirname, 'sport-week.worker.ts')],
    bundle: true,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
    loader: { '.sql': 'text' },
    logLevel: 'error',
    write: false,
  })
  return bundled.outputFiles[0]?.text ?? ''
}

/** Starts `count` runtimes from one build, each on a state of its own: one uses one core. */
export async function startWeekRuntimes(count: number): Promise<WeekRuntime[]> {
  await requireBrowser()
  const script = await bundle()
  return Promise.all(Array.from({ length: count }, () => start(script)))
}

async function start(script: string): Promise<WeekRuntime> {
  const stateDir = mkdtempSync(join(FOLDER, 'sportello-week-'))
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      port: 0,
      log: new Log(LogLevel.ERROR),
      cf: false,
      telemetry: { enabled: false },
      handleStructuredLogs: ({ level, message }: { level: string; message: string }) => {
        if (level === 'error' || level === 'warn') console.error(message)
      },
      resourcePersistencePath: stateDir,
      name: 'sport-week',
      modules: true,
      script,
      compatibilityDate: '2026-11-02',
      bindings: {
        SPORTRICK_BASE: 'https://site.test/sportpolimi',
        ADMIN_IDS: '',
        SPORT_USER_IDS: '*',
        PUBLIC_URL: '',
        ENCRYPTION_KEY: 'a-key-for-benches-only-0123456789abcdef',
      },
      d1Databases: ['DB'],
      queueProducers: { OUTBOUND: 'outbound' },
      durableObjects: { STUDENTS: { className: 'Student', useSQLite: true } },
      browserRendering: { binding: 'BROWSER' },
    } as never),
  )
  const url = await miniflare.ready
  await migrateLocally(batchesOf((await miniflare.getD1Database('DB')) as never))
  const post = async <Answer>(path: string, body: unknown): Promise<Answer> => {
    // A connection of its own: workerd, busy with a week for longer than its idle timeout, would close one that waited.
    const headers = { connection: 'close' }
    const answer = await fetch(new URL(path, url), { method: 'POST', headers, body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`)
    return (await answer.json()) as Answer
  }
  return {
    live: (userId, plan) => post('/week', { userId, plan }),
    useBrowser: (sample) => post('/browser', sample),
    async stop() {
      await miniflare.dispose()
      rmSync(stateDir, { recursive: true })
    },
  }
}
