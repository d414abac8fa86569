import { rmSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type CloudflareApi, openCloudflare } from '../../scripts/cloud/api.ts'
import { DEPLOY_ORDER, WITHOUT_SPORT } from '../../scripts/cloud/cloudflare.ts'
import { withAccount } from '../../scripts/cloud/files.ts'
import {
  addressFault,
  cronFault,
  idFaults,
  type Prerequisites,
  prerequisiteFaults,
} from '../../scripts/cloud/prerequisites.ts'
import { removalSteps } from '../../scripts/cloud/removal.ts'
import { runSteps } from '../../scripts/cloud/step.ts'
import { openApi, setWebhook } from '../../scripts/cloud/telegram.ts'
import { startTelegramSimulator } from '../simulators/telegram/index.ts'
import { type FakeCloudflare, startFakeCloudflare } from './fake-cloudflare.ts'
import { copyOfWranglerFiles, install } from './kit.ts'

const wrangler = async () => ''
let cloud: FakeCloudflare
let api: CloudflareApi
let clone: ReturnType<typeof copyOfWranglerFiles>

beforeEach(async () => {
  cloud = await startFakeCloudflare()
  api = await openCloudflare(cloud.env, wrangler)
  clone = copyOfWranglerFiles()
})
afterEach(async () => {
  await cloud.close()
  rmSync(clone.root, { recursive: true })
})

const faults = (changes: Partial<Prerequisites> = {}) =>
  prerequisiteFaults({
    cloudflare: api,
    workers: DEPLOY_ORDER,
    variables: { ADMIN_IDS: '42', SPORT_USER_IDS: '*' },
    domain: undefined,
    publicUrl: '',
    ...changes,
  })

const otherWorker = (crons: number) => ({
  secrets: new Map<string, string>(),
  bindings: [],
  versions: ['v1'],
  tags: new Map<string, string>(),
  crons: Array.from({ length: crons }, (_, i) => `${i} * * * *`),
})

test('an account that has all that is needed', async () => {
  expect(await faults()).toEqual([])
  cloud.account.plans = []
  expect(await faults()).toEqual([])
})

test.each(['@mario', '42, mario', '4.2', '-100123', '0x10', '1e3', '12345678901234567'])(
  '%s is no list of people’s ids',
  async (ids) => {
    expect(idFaults({ ADMIN_IDS: ids })).toEqual([expect.stringContaining('@userinfobot')])
    expect(idFaults({ SPORT_USER_IDS: ids })).toEqual([expect.stringContaining('* for everyone')])
    expect(await faults({ variables: { ADMIN_IDS: ids } })).toHaveLength(1)
  },
)

test('ids are separated by commas, spaces or semicolons; everyone may use the sport part, but nobody runs it so', () => {
  expect(idFaults({ ADMIN_IDS: '1, 2;3 4', SPORT_USER_IDS: '*' })).toEqual([])
  expect(idFaults({ ADMIN_IDS: '*' })).toHaveLength(1)
  expect(idFaults({})).toEqual([])
})

test('no workers.dev subdomain', async () => {
  cloud.account.subdomain = undefined
  expect(await faults()).toEqual([expect.stringMatching(/no workers\.dev subdomain/)])
})

test('a custom domain needs its zone on the account, and then no workers.dev subdomain', async () => {
  cloud.account.subdomain = undefined
  expect(await faults({ domain: 'bot.example.org' })).toEqual([
    expect.stringMatching(/no zone for bot\.example\.org/),
  ])
  cloud.account.zones = ['example.org']
  expect(await faults({ domain: 'bot.example.org' })).toEqual([])
  expect(await faults({ domain: 'example.org' })).toEqual([])
  cloud.account.pendingZones = ['example.org']
  expect(await faults({ domain: 'bot.example.org' })).toEqual([
    expect.stringMatching(/not active yet \(pending\)/),
  ])
})

test('an address is https without a path; a domain is a name', () => {
  expect(addressFault('https://bot.example.org', 'bot.example.org')).toBeUndefined()
  expect(addressFault('http://127.0.0.1:1', undefined)).toBeUndefined()
  expect(addressFault('http://bot.example.org', undefined)).toMatch(/https/)
  expect(addressFault('https://bot.example.org/path', undefined)).toMatch(/path/)
  for (const domain of ['https://example.org', 'example', 'a b.org', 'x.org/y', '-x.org']) {
    expect(addressFault('', domain)).toMatch(/--domain/)
  }
})

test('the crons of all Workers of an account count: 5 on the free plan', async () => {
  cloud.account.plans = []
  cloud.account.workers.set('other', otherWorker(1))
  cloud.account.workers.set('third', otherWorker(1))
  const [fault = ''] = await faults()
  expect(fault).toMatch(/needs \d cron triggers, and 2 of the 5 .* are taken by other \(1\), third \(1\)/)
  expect(await faults({ workers: WITHOUT_SPORT })).toEqual([])
  cloud.account.plans = ['workers_paid']
  expect(await faults()).toEqual([])
})

test('our own crons are not counted twice, and an unknown plan is taken for the larger', async () => {
  install(cloud.account, clone.files)
  cloud.account.plans = []
  expect(await faults()).toEqual([])
  expect(cronFault(4, new Map([['other', 3]]), undefined)).toBeUndefined()
  expect(cronFault(4, new Map([['other', 247]]), undefined)).toMatch(/250/)
})

test('the domain and the account are written into the wrangler files, and taken out again', () => {
  const { files } = clone
  expect(files.domain()).toBeUndefined()
  expect(files.setDomain('bot.example.org')).toBe(true)
  expect(files.setDomain('bot.example.org')).toBe(false)
  files.setDomain('other.example.org')
  expect(files.domain()).toBe('other.example.org')
  expect(files.setDomain(undefined)).toBe(true)
  expect(files.domain()).toBeUndefined()

  expect(withAccount({}, files)).toEqual({})
  files.setAccountId('a1')
  files.setAccountId('b2')
  expect(withAccount({}, files)).toEqual({ CLOUDFLARE_ACCOUNT_ID: 'b2' })
  expect(withAccount({ CLOUDFLARE_ACCOUNT_ID: 'c3' }, files)).toEqual({ CLOUDFLARE_ACCOUNT_ID: 'c3' })
  files.setVariable('PUBLIC_URL', 'a "quoted" \\ value')
  expect(files.variable('PUBLIC_URL')).toBe('a "quoted" \\ value')
})

test('everything is removed in an order that Cloudflare accepts, after a copy of the database', async () => {
  const telegram = await startTelegramSimulator()
  try {
    install(cloud.account, clone.files)
    cloud.account.workers.set('other', otherWorker(1))
    clone.files.setVariable('PUBLIC_URL', 'https://sportello.demo.workers.dev')
    const bot = openApi(telegram.token, telegram.url)
    await setWebhook(bot, 'https://sportello.demo.workers.dev', 's', false)
    const saved: string[] = []
    const remove = (dryRun = false) =>
      runSteps(
        removalSteps({
          cloudflare: api,
          files: clone.files,
          api: bot,
          keepDatabase: false,
          async backUp() {
            expect(cloud.account.databases).toHaveLength(1)
            saved.push('copy.sql')
            return 'copy.sql'
          },
        }),
        dryRun,
        () => undefined,
      )
    const planned = await remove(true)
    expect(planned.every(({ status }) => status === 'would')).toBe(true)
    expect(cloud.account.changes).toEqual([])

    await remove()
    expect([...cloud.account.workers.keys()]).toEqual(['other'])
    expect(cloud.account.queues.size).toBe(0)
    expect(cloud.account.databases).toEqual([])
    expect(saved).toEqual(['copy.sql'])
    expect((await bot.getWebhookInfo()).url).toBe('')
    expect(clone.files.databaseId()).toMatch(/^0{8}-/)
    expect(clone.files.variable('PUBLIC_URL')).toBe('')

    expect((await remove()).map(({ status }) => status)).toEqual(Array(6).fill('right'))
  } finally {
    await telegram.close()
  }
})

test('an interrupted removal goes on where it was', async () => {
  install(cloud.account, clone.files)
  cloud.account.queues.delete('sportello-outbound')
  cloud.account.workers.delete('sportello')
  const outcomes = await runSteps(
    removalSteps({
      cloudflare: api,
      files: clone.files,
      api: undefined,
      keepDatabase: true,
      backUp: () => Promise.reject(new Error('not to be saved')),
    }),
    false,
    () => undefined,
  )
  expect(outcomes.map(({ title }) => title)).not.toContain('D1 database')
  expect(cloud.account.workers.size + cloud.account.queues.size).toBe(0)
  expect(cloud.account.databases).toHaveLength(1)
})
