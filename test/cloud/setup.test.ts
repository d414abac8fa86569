import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Api } from 'grammy'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openWranglerFiles } from '../../scripts/cloud/files.ts'
import { DEPLOY_ORDER, type Installation, installationSteps } from '../../scripts/cloud/installation.ts'
import { runSteps } from '../../scripts/cloud/step.ts'
import { createWrangler } from '../../scripts/cloud/wrangler.ts'
import { type FakeCloudflare, startFakeCloudflare } from './fake-cloudflare.ts'

const SECRETS = {
  TELEGRAM_BOT_TOKEN: '1:secret-token',
  TELEGRAM_WEBHOOK_SECRET: 'hook-secret',
  ENCRYPTION_KEY: 'a-key-of-at-least-thirty-two-characters',
}

let cloud: FakeCloudflare
let root: string
const webhook = { url: '', secret: '' }

/** The three methods of the Bot API that an installation needs, with the webhook as Telegram would keep it. */
const api = {
  getWebhookInfo: async () => ({ url: webhook.url, has_custom_certificate: false, pending_update_count: 0 }),
  setWebhook: async (url: string, { secret_token }: { secret_token: string }) => {
    Object.assign(webhook, { url, secret: secret_token })
    return true
  },
} as unknown as Api

function installation(changes: Partial<Installation> = {}): Installation {
  return {
    wrangler: createWrangler({ ...process.env, ...cloud.env }),
    files: openWranglerFiles(root),
    api,
    secrets: SECRETS,
    variables: { ADMIN_IDS: '42' },
    workers: DEPLOY_ORDER,
    dropPending: false,
    registerBot: async () => [],
    ...changes,
  }
}

const run = (changes: Partial<Installation> = {}, dryRun = false) =>
  runSteps(installationSteps(installation(changes)), dryRun, () => undefined)

beforeAll(async () => {
  cloud = await startFakeCloudflare()
  root = mkdtempSync(join(tmpdir(), 'sportello-setup-'))
  const project = resolve(import.meta.dirname, '../..')
  cpSync(join(project, 'wrangler.toml'), join(root, 'wrangler.toml'))
  for (const worker of ['dispatcher', 'booking']) {
    cpSync(join(project, `src/${worker}.wrangler.toml`), join(root, `src/${worker}.wrangler.toml`))
  }
})
afterAll(async () => {
  await cloud.close()
  rmSync(root, { recursive: true })
})

test('a dry run says what is missing and changes nothing', { timeout: 120_000 }, async () => {
  const outcomes = await run({}, true)
  expect(outcomes.filter(({ status }) => status === 'would').map(({ title }) => title)).toEqual(
    expect.arrayContaining(['D1 database', 'Queues', 'Variables', 'Migrations', 'Workers', 'Webhook']),
  )
  expect(cloud.account.changes).toEqual([])
  expect(openWranglerFiles(root).databaseId()).toMatch(/^0{8}-/)
})

test('a first run makes everything, in the order in which each needs the others', {
  timeout: 300_000,
}, async () => {
  await run()
  const { account } = cloud
  expect(openWranglerFiles(root).databaseId()).toBe(account.databases[0]?.uuid)
  expect(openWranglerFiles(root).variable('ADMIN_IDS')).toBe('42')
  expect(account.queues.size).toBe(4)
  const [applied] = account.database.query('SELECT name FROM d1_migrations')
  expect(applied?.results.length).toBeGreaterThan(0)
  const deployed = account.changes.filter((change) => /^PUT \/workers\/scripts\/[\w-]+$/.test(change))
  expect(deployed.slice(0, 3)).toEqual([
    'PUT /workers/scripts/sportello-booking',
    'PUT /workers/scripts/sportello-dispatcher',
    'PUT /workers/scripts/sportello',
  ])
  expect([...(account.workers.get('sportello-dispatcher')?.secrets.keys() ?? [])]).toEqual([
    'TELEGRAM_BOT_TOKEN',
  ])
  expect(webhook).toEqual({
    url: 'https://sportello.demo.workers.dev/telegram/webhook',
    secret: 'hook-secret',
  })
  expect(account.workers.get('sportello')?.secrets.get('TELEGRAM_WEBHOOK_SECRET')).toBe('hook-secret')
})

test('a second run leaves alone what is right, secrets above all', { timeout: 300_000 }, async () => {
  const before = new Map(cloud.account.workers.get('sportello')?.secrets)
  cloud.account.changes.length = 0
  const outcomes = await run({
    secrets: { ...SECRETS, ENCRYPTION_KEY: 'another-key-of-at-least-thirty-two-chars' },
  })
  expect(outcomes.filter(({ status }) => status === 'right').map(({ title }) => title)).toEqual([
    'D1 database',
    'Queues',
    'Variables',
    'Migrations',
    'Webhook',
  ])
  expect(cloud.account.changes.filter((change) => /d1|queues$/.test(change))).toEqual([])
  expect(cloud.account.workers.get('sportello')?.secrets).toEqual(before)
})

test('without a login wrangler’s refusal reaches the person with what to do', {
  timeout: 120_000,
}, async () => {
  const { CLOUDFLARE_API_TOKEN: _, ...env } = cloud.env
  const wrangler = createWrangler({ ...process.env, ...env, HOME: root, XDG_CONFIG_HOME: root })
  await expect(wrangler(['d1', 'list', '--json'])).rejects.toThrow(/npx wrangler login|CLOUDFLARE_API_TOKEN/)
})
