import { existsSync, statfsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import { defineConfig, type Plugin } from 'vitest/config'
import { ensureBrowser } from './scripts/browser/ensure.ts'
import { clockShiftSeconds } from './scripts/local/clock.ts'
import { hideExpectedNotices } from './test/expected-notices.ts'
import type { FuzzSize } from './test/hostile/fuzz.ts'

process.env.WRANGLER_LOG = 'error'
// Most processes that the tests start load miniflare or wrangler: they share the compiled code.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/sportello/compiled')
keepStateInMemory()
process.env.WRANGLER_SEND_METRICS = 'false'
process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false'
hideExpectedNotices()
await ensureBrowser()
// Tests ask this machine alone, over plain HTTP: workerd need not read more certificates at each of its starts.
delete process.env.NODE_EXTRA_CA_CERTS

/** Databases and profiles of tests need no disk, and a commit need not wait for one: where Linux offers memory, they go there. */
function keepStateInMemory(): void {
  const memory = '/dev/shm'
  if (!existsSync(memory)) return
  const { bavail, bsize } = statfsSync(memory)
  if (bavail * bsize > 2 * 2 ** 30) process.env.TMPDIR = memory
}

const secrets = {
  TELEGRAM_BOT_TOKEN: '1234567890:TEST-token-of-the-simulator',
  TELEGRAM_WEBHOOK_SECRET: 'test-webhook-secret',
  ENCRYPTION_KEY: 'a-key-for-tests-only-0123456789abcdef',
}

const migrations = await readD1Migrations('migrations')

/**
 * Bindings that worker tests get on top of the wrangler file's own. Their setup moves the runtime's whole clock: a shift
 * of ours, which the environment would set, would move it twice.
 */
const testBindings = {
  ...secrets,
  MIGRATIONS: migrations,
  ADMIN_IDS: '900',
  SPORT_USER_IDS: '*',
  CLOCK_SHIFT_SECONDS: '0',
}

/** How much is fuzzed: a look in `npm test`, thousands in `npm run fuzz`. A failure names its seed. */
const fuzz: FuzzSize = {
  cases: Number(process.env.FUZZ_CASES || (process.env.npm_lifecycle_event === 'fuzz' ? 24_000 : 1_500)),
  seed: Number(process.env.FUZZ_SEED || 20261121),
}

/**
 * A test of processes, browsers or real time that fails is repeated once, since the machine may be at fault; the report
 * names it. Tests of rules and of the store are not.
 */
const retry = 1

/** What every test can ask for: the room of fuzzing, and how far the clock is moved (scripts/local/clock.ts). */
const provide = { fuzz, clockShiftMs: clockShiftSeconds() * 1_000 }

/** Rules, texts and the like: no process, no server, no browser. `npm run test:quick` runs these alone. */
const quick = [
  'test/{platform,texts}/**/*.test.ts',
  'test/bench/{costs,polling,profiler}.test.ts',
  'test/bot/{plain-words,replies,typed}.test.ts',
  'test/chats/*.test.ts',
  'test/delivery/*.test.ts',
  'test/extension/rules.test.ts',
  'test/docs/{advisories,architecture,data,dates,dependencies,readme,scale}.test.ts',
  'test/github/*.test.ts',
  'test/ops/*.test.ts',
  'test/passport/{provinces,slot-filter,towns,rules-*}.test.ts',
  'test/sport/{otp,qr,rules,site-rules}.test.ts',
  'test/web/{small,statistics,tiles,week}.test.ts',
]
const inWorkerd = 'test/**/*.worker.test.ts'

/** They start whole systems, many at a time: they come after all others, which need their cores. */
const last = 'test/chaos/**/*.test.ts'

/** Bundled once: in workerd each module of theirs would be fetched by itself, for every test file again. */
const bundledOnce = {
  optimizer: {
    ssr: {
      enabled: true,
      rolldownOptions: { output: { minify: true } },
      include: [
        '@grammyjs/parse-mode',
        'drizzle-orm',
        'drizzle-orm/d1',
        'drizzle-orm/durable-sqlite',
        'drizzle-orm/durable-sqlite/migrator',
        'drizzle-orm/sqlite-core',
        'grammy',
        'hono',
        'temporal-polyfill',
        'zod',
      ],
    },
  },
}

/**
 * The Workers under test get each module as a message: for libraries the source maps would be most of it. Their own lines
 * then stand for themselves in a stack.
 */
const noMapsOfLibraries: Plugin = {
  name: 'no-maps-of-libraries',
  enforce: 'post',
  transform: {
    filter: { id: /node_modules/ },
    // Vite keeps the map of code that stays the same.
    handler: (code) => ({ code: `${code}\n`, map: { mappings: '' } }),
  },
}

export default defineConfig({
  test: {
    // `npm run coverage`. V8's own coverage does not work in workerd; Istanbul's counters do.
    coverage: {
      provider: 'istanbul',
      include: ['src/**/*.{ts,tsx}'],
      exclude: ['src/**/*.generated.ts', 'src/**/*.d.ts'],
      reporter: ['json-summary', 'html'],
      reportOnFailure: true,
    },
    // Log lines are worth reading where something failed.
    silent: 'passed-only',
    // Most files wait for workerd, a browser or a clock more than they compute: on two cores too, four go at once.
    maxWorkers: Math.max(4, availableParallelism()),
    projects: [
      {
        test: {
          name: 'quick',
          provide,
          setupFiles: ['./scripts/local/clock.ts', './test/same-clock.ts'],
          include: quick,
          exclude: [inWorkerd],
          // They share nothing but pure functions, so that one process can run many.
          isolate: false,
          testTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'node',
          provide,
          setupFiles: ['./scripts/local/clock.ts', './test/same-clock.ts'],
          include: ['test/**/*.test.ts'],
          exclude: [inWorkerd, ...quick, last],
          // What a file starts it stops, and nothing else outlives it: a process can run many.
          isolate: false,
          globalSetup: ['./test/build-workers.ts'],
          retry,
          testTimeout: 300_000,
          hookTimeout: 360_000,
        },
      },
      {
        test: {
          name: 'last',
          setupFiles: ['./scripts/local/clock.ts', './test/same-clock.ts'],
          include: [last],
          globalSetup: ['./test/build-workers.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          sequence: { groupOrder: 1 },
          maxConcurrency: 2,
        },
      },
      {
        plugins: [
          noMapsOfLibraries,
          cloudflareTest({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              bindings: testBindings,
              workers: [
                {
                  name: 'sportello-booking',
                  modules: true,
                  compatibilityDate: '2026-11-02',
                  script:
                    "import { DurableObject } from 'cloudflare:workers'; export class Student extends DurableObject { fetch() { return new Response() } deleteEverything() { return { ok: true, value: null } } }; export default {}",
                  durableObjects: { STUDENTS: { className: 'Student', useSQLite: true } },
                },
              ],
            },
          }),
        ],
        test: {
          name: 'worker',
          // A runtime serves many files: test/worker-setup.ts empties it between two.
          isolate: false,
          deps: bundledOnce,
          provide,
          include: [
            'test/{platform,db,chats,people,passport,bot,delivery,ops,web,hostile}/**/*.worker.test.ts',
          ],
          setupFiles: ['./test/worker-setup.ts'],
          globalSetup: ['./test/simulators/portal/test-setup.ts'],
          testTimeout: 300_000,
        },
      },
      {
        plugins: [
          noMapsOfLibraries,
          cloudflareTest({
            wrangler: { configPath: './src/booking.wrangler.toml' },
            miniflare: { bindings: testBindings },
          }),
        ],
        test: {
          name: 'booking',
          // As above; test/sport/setup.worker.ts empties the students' objects.
          isolate: false,
          deps: bundledOnce,
          provide,
          include: ['test/sport/**/*.worker.test.ts'],
          setupFiles: ['./test/sport/setup.worker.ts', './test/worker-setup.ts'],
          globalSetup: ['./test/simulators/sportrick/test-setup.ts'],
          retry,
          testTimeout: 300_000,
        },
      },
    ],
  },
})
