import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CloudflareError, openCloudflare, unopened } from '../../scripts/cloud/api.ts'
import { DEPLOY_ORDER } from '../../scripts/cloud/cloudflare.ts'
import { backUp, CopyError, restore } from '../../scripts/cloud/copy.ts'
import { openWranglerFiles } from '../../scripts/cloud/files.ts'
import { type Installation, installationSteps } from '../../scripts/cloud/installation.ts'
import { keepSecrets, readKnownSecrets } from '../../scripts/cloud/kept-secrets.ts'
import { runSteps } from '../../scripts/cloud/step.ts'
import { openApi } from '../../scripts/cloud/telegram.ts'
import { createWrangler } from '../../scripts/cloud/wrangler.ts'
import { cloudflareChecks } from '../../scripts/doctor/check-cloudflare.ts'
import { examine } from '../../scripts/doctor/finding.ts'
import { registerBot } from '../../src/bot/register.ts'
import { startTelegramSimulator, type TelegramSimulator } from '../simulators/telegram/index.ts'
import { type FakeCloudflare, startFakeCloudflare } from './fake-cloudflare.ts'
import { copyOfWranglerFiles } from './kit.ts'

/** One installation, from nothing to its second deployment, by the real wrangler: each test goes on where one ended. */

const ADDRESS = 'https://sportello.demo.workers.dev'
const PATIENT = { timeout: 900_000 }

let cloud: FakeCloudflare
let telegram: TelegramSimulator
let root: string

async function run(changes: Partial<Installation> = {}, dryRun = false) {
  const wrangler = createWrangler({ ...process.env, ...cloud.env })
  const known = readKnownSecrets({ TELEGRAM_BOT_TOKEN: telegram.token }, root)
  return runSteps(
    installationSteps({
      cloudflare: await openCloudflare(cloud.env, wrangler),
      wrangler,
      files: openWranglerFiles(root),
      api: openApi(telegram.token, telegram.url),
      known,
      makeSecret: (name) => `made-for-${name}-which-is-long-enough`,
      keep: (secrets) => keepSecrets(secrets, root),
      variables: { ADMIN_IDS: '42' },
      workers: DEPLOY_ORDER,
      dropPending: false,
      newWebhookSecret: false,
      registerBot,
      ...changes,
    }),
    dryRun,
    () => undefined,
  )
}

const secretsAt = (worker: string) => Object.fromEntries(cloud.account.workers.get(worker)?.secrets ?? [])
const deployed = () =>
  cloud.account.changes.flatMap(
    (change) => /^(?:PUT|POST) \/workers\/scripts\/([\w-]+)(?:\/versions)?$/.exec(change)?.[1] ?? [],
  )
const rowsOf = (sql: string) => cloud.account.database.query(sql)[0]?.results ?? []

beforeAll(async () => {
  ;[cloud, telegram] = await Promise.all([startFakeCloudflare(), startTelegramSimulator()])
  root = copyOfWranglerFiles().root
})
afterAll(async () => {
  await Promise.all([cloud.close(), telegram.close()])
  rmSync(root, { recursive: true })
})

test('a dry run says each step that is missing and changes nothing', async () => {
  const outcomes = await run({}, true)
  expect(outcomes.map(({ title, status }) => `${title}: ${status}`)).toEqual([
    'Prerequisites: right',
    'D1 database: would',
    'Queues: would',
    'Variables: would',
    'Migrations: would',
    'Encryption key: would',
    'Workers: would',
    'Webhook: would',
    'Commands, descriptions and menu button: would',
  ])
  expect(cloud.account.changes).toEqual([])
  expect(openWranglerFiles(root).databaseId()).toMatch(/^0{8}-/)
  expect(readKnownSecrets({}, root)).toEqual({})
})

test('a dry run without a login says each step too', async () => {
  const cloudflare = unopened(new CloudflareError('nobody is logged in', 401))
  const outcomes = await run({ cloudflare }, true)
  expect(outcomes).toHaveLength(9)
  expect(outcomes.find(({ title }) => title === 'Queues')?.detail).toMatch(/missing .*nobody is logged in/)
})

test('a first run makes everything, in the order in which each needs the others', PATIENT, async () => {
  await run()
  const { account } = cloud
  expect(openWranglerFiles(root).databaseId()).toBe(account.databases[0]?.uuid)
  expect(openWranglerFiles(root).variable('ADMIN_IDS')).toBe('42')
  expect(openWranglerFiles(root).variable('PUBLIC_URL')).toBe(ADDRESS)
  expect(account.queues.size).toBe(4)
  expect(rowsOf('SELECT name FROM d1_migrations').length).toBeGreaterThan(0)
  expect(deployed()).toEqual(['sportello-booking', 'sportello-dispatcher', 'sportello'])
  expect(Object.keys(secretsAt('sportello-dispatcher'))).toEqual(['TELEGRAM_BOT_TOKEN', 'VAPID_KEYS'])
  expect(secretsAt('sportello-dispatcher').VAPID_KEYS).toBe(secretsAt('sportello').VAPID_KEYS)
  expect(secretsAt('sportello')).toEqual(readKnownSecrets({}, root))
  expect(secretsAt('sportello-booking').ENCRYPTION_KEY).toBe(secretsAt('sportello').ENCRYPTION_KEY)

  const api = openApi(telegram.token, telegram.url)
  expect((await api.getWebhookInfo()).url).toBe(`${ADDRESS}/telegram/webhook`)
  expect(telegram.world.webhook?.settings?.secretToken).toBe(secretsAt('sportello').TELEGRAM_WEBHOOK_SECRET)
  expect(await api.getChatMenuButton()).toMatchObject({ web_app: { url: `${ADDRESS}/app` } })
  const findings = await examine(
    cloudflareChecks(await openCloudflare(cloud.env, createWrangler())),
    (error) => {
      throw error
    },
  )
  expect(findings.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok', 'ok'])
})

test('a second run changes nothing at all', async () => {
  cloud.account.changes.length = 0
  const outcomes = await run()
  expect(outcomes.filter(({ status }) => status !== 'right')).toEqual([])
  expect(cloud.account.changes).toEqual([])
})

test('with the kept secrets lost, what is on Cloudflare stays and nothing is deployed over it', async () => {
  const before = secretsAt('sportello')
  rmSync(join(root, '.sportello.secrets'))
  cloud.account.changes.length = 0
  const outcomes = await run({}, true)
  expect(outcomes.find(({ title }) => title === 'Webhook')?.status).toBe('right')
  expect(secretsAt('sportello')).toEqual(before)
  keepSecrets(before, root)
})

test(
  'another webhook secret reaches the edge Worker and Telegram, and no other Worker is touched',
  PATIENT,
  async () => {
    cloud.account.changes.length = 0
    await run({ newWebhookSecret: true, makeSecret: () => 'the-new-one' })
    expect(deployed()).toEqual(['sportello'])
    expect(secretsAt('sportello').TELEGRAM_WEBHOOK_SECRET).toBe('the-new-one')
    expect(telegram.world.webhook?.settings?.secretToken).toBe('the-new-one')
    expect(readKnownSecrets({}, root).TELEGRAM_WEBHOOK_SECRET).toBe('the-new-one')
  },
)

test('a key that would make the sealed values unreadable is refused; NEW,OLD is taken', () => {
  const old = readKnownSecrets({}, root).ENCRYPTION_KEY
  expect(() => readKnownSecrets({ ENCRYPTION_KEY: 'another' }, root)).toThrow(/NEW,OLD/)
  expect(readKnownSecrets({ ENCRYPTION_KEY: `another,${old}` }, root).ENCRYPTION_KEY).toBe(`another,${old}`)
})

test(
  'an installation from before Web Push gets its key, the same in both Workers, and keeps its other secrets',
  PATIENT,
  async () => {
    await run()
    const before = secretsAt('sportello')
    const { VAPID_KEYS: _, ...others } = before
    for (const worker of ['sportello', 'sportello-dispatcher'])
      cloud.account.workers.get(worker)?.secrets.delete('VAPID_KEYS')
    keepSecrets(others, root)
    await run()
    const after = secretsAt('sportello')
    expect(after).toEqual({ ...others, VAPID_KEYS: expect.any(String) })
    expect(secretsAt('sportello-dispatcher').VAPID_KEYS).toBe(after.VAPID_KEYS)
  },
)

test('a migration comes before the Workers that need it', PATIENT, async () => {
  const [last] = rowsOf('SELECT max(name) AS name FROM d1_migrations') as { name: string }[]
  cloud.account.database.run(`DELETE FROM d1_migrations; DROP TABLE state`)
  cloud.account.workers.get('sportello-dispatcher')?.tags.clear()
  cloud.account.changes.length = 0
  const outcomes = await run({}, true)
  const would = outcomes
    .filter(({ status }) => status === 'would')
    .map(({ title, detail }) => [title, detail])
  expect(would).toEqual([
    ['Migrations', expect.stringContaining(last?.name ?? '')],
    ['Encryption key', expect.stringContaining('which one seals')],
    ['Workers', expect.stringContaining('dispatcher')],
  ])
})

test('a Worker is rolled back to its version before', PATIENT, async () => {
  const edge = cloud.account.workers.get('sportello')
  const before = edge?.versions[1]
  expect(before).toMatch(/^v\d$/)
  await createWrangler({ ...process.env, ...cloud.env })([
    'rollback',
    '--name',
    'sportello',
    '--message',
    'npm run rollback',
    '--yes',
  ])
  expect(edge?.versions[0]).toBe(before)
})

test(
  'a backup is SQL that a restore puts back, only over what was said and saved first',
  PATIENT,
  async () => {
    const { database } = cloud.account
    const wrangler = createWrangler({ ...process.env, ...cloud.env })
    const api = await openCloudflare(cloud.env, wrangler)
    database.run(
      "INSERT INTO updates (id, fingerprint, done_at) VALUES (7, 1, 1); INSERT INTO d1_migrations (name) VALUES ('x')",
    )
    const copy = join(root, 'copy.sql')
    await backUp(wrangler, copy)
    database.run('DELETE FROM updates')

    const saveAs = join(root, 'before.sql')
    await expect(restore(api, wrangler, join(root, 'none.sql'), { replace: true, saveAs })).rejects.toThrow(
      CopyError,
    )
    await expect(restore(api, wrangler, copy, { replace: false, saveAs })).rejects.toThrow(/--replace/)
    const { saved, missing } = await restore(api, wrangler, copy, { replace: true, saveAs })
    expect(saved).toBe(saveAs)
    expect(missing.length).toBeGreaterThan(0)
    expect(rowsOf('SELECT id FROM updates')).toEqual([{ id: 7 }])
  },
)

test('without a login wrangler’s refusal reaches the person with what to do', PATIENT, async () => {
  const { CLOUDFLARE_API_TOKEN: _, ...env } = cloud.env
  const wrangler = createWrangler({ ...process.env, ...env, HOME: root, XDG_CONFIG_HOME: root })
  await expect(wrangler(['d1', 'list', '--json'])).rejects.toThrow(/npx wrangler login|CLOUDFLARE_API_TOKEN/)
  await expect(openCloudflare(env, wrangler)).rejects.toThrow(/nobody is logged in/)
})
