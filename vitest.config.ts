import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-pool-workers'
import { defineConfig } from 'vitest/config'
import { ensureChromium } from './scripts/local/chromium.ts'

process.env.WRANGLER_LOG = 'error'
process.env.WRANGLER_SEND_METRICS = 'false'
process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false'
ensureChromium()

const secrets = {
  TELEGRAM_BOT_TOKEN: '1234567890:TEST-token-of-the-simulator',
  TELEGRAM_WEBHOOK_SECRET: 'test-webhook-secret',
  ENCRYPTION_KEY: 'a-key-for-tests-only-0123456789abcdef',
}

const migrations = await readD1Migrations('migrations')

/** Bindings that worker tests get on top of the wrangler file's own. */
const testBindings = { ...secrets, MIGRATIONS: migrations, ADMIN_IDS: '900', SPORT_USER_IDS: '*' }

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.worker.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 120_000,
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              bindings: testBindings,
              workers: [
                {
                  name: 'sportello-booking',
                  modules: true,
                  compatibilityDate: '2026-08-01',
                  script:
                    "import { DurableObject } from 'cloudflare:workers'; export class Student extends DurableObject {}; export default {}",
                  durableObjects: { STUDENTS: { className: 'Student', useSQLite: true } },
                },
              ],
            },
          }),
        ],
        test: {
          name: 'worker',
          include: ['test/{platform,db,passport,bot,delivery,ops,web,hostile}/**/*.worker.test.ts'],
          setupFiles: ['./test/worker-setup.ts'],
          globalSetup: ['./test/simulators/portal/test-setup.ts'],
          testTimeout: 30_000,
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './src/booking.wrangler.toml' },
            miniflare: { bindings: testBindings },
          }),
        ],
        test: {
          name: 'booking',
          include: ['test/sport/**/*.worker.test.ts'],
          setupFiles: ['./test/worker-setup.ts'],
          globalSetup: ['./test/simulators/sportrick/test-setup.ts'],
          testTimeout: 60_000,
        },
      },
    ],
  },
})
