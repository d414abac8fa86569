import { rmSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openApi, setWebhook } from '../../scripts/cloud/telegram.ts'
import { WranglerError } from '../../scripts/cloud/wrangler.ts'
import { evaluateConsumer } from '../../scripts/doctor/check-cloudflare.ts'
import {
  examineLive,
  examineLocal,
  type LiveInstallation,
} from '../../scripts/doctor/examined-installation.ts'
import { ADVICE, type Fault, type Finding, printable } from '../../scripts/doctor/finding.ts'
import { evaluateHealth } from '../../scripts/doctor/health.ts'
import { menuButtonFor, registerBot } from '../../src/bot/register.ts'
import { startTelegramSimulator, type TelegramSimulator } from '../simulators/telegram/index.ts'
import { type FakeCloudflare, startFakeCloudflare } from './fake-cloudflare.ts'
import { copyOfWranglerFiles, type FakeEdge, install, playDispatcher, startFakeEdge } from './kit.ts'

const ADMIN = 900

let cloud: FakeCloudflare
let telegram: TelegramSimulator
let edge: FakeEdge
let clone: ReturnType<typeof copyOfWranglerFiles>
const wrangler = async (): Promise<string> => {
  throw new WranglerError('not logged in', true)
}

const examineIt = (changes: Partial<LiveInstallation> = {}) =>
  examineLive({
    env: { ...cloud.env, TELEGRAM_API_ROOT: telegram.url },
    wrangler,
    files: clone.files,
    token: telegram.token,
    message: true,
    patience: { everyMs: 1, times: 3 },
    ...changes,
  })

/** The faults found, each of which must be printed with its advice. */
async function faultsOf(changes: Partial<LiveInstallation> = {}): Promise<Fault[]> {
  return printedFaults(await examineIt(changes))
}

function printedFaults(findings: Finding[]): Fault[] {
  const printed = printable(findings)
  return findings.flatMap((finding) => {
    if (finding.status !== 'failed') return []
    expect(printed).toContain(finding.detail)
    expect(printed).toContain(`→ ${ADVICE[finding.fault]}`)
    return [finding.fault]
  })
}

/** Plays the dispatcher. */
const dispatch = (status: string, reason?: string) => playDispatcher(cloud.account.database, status, reason)

beforeEach(async () => {
  ;[cloud, telegram, edge] = await Promise.all([
    startFakeCloudflare(),
    startTelegramSimulator(),
    startFakeEdge(),
  ])
  clone = copyOfWranglerFiles()
  clone.files.setVariable('PUBLIC_URL', edge.url)
  clone.files.setVariable('ADMIN_IDS', String(ADMIN))
  install(cloud.account, clone.files)
  cloud.account.database.query(
    "INSERT INTO state (name, value, at) VALUES ('poller-heartbeat', json(?), 0)",
    [JSON.stringify({ tickAt: Date.now(), lastGoodRoundAt: null })],
  )
  const api = openApi(telegram.token, telegram.url)
  await setWebhook(api, edge.url, 'hook-secret', false)
  await registerBot(api, { publicUrl: edge.url })
  dispatch('sent')
})
afterEach(async () => {
  await Promise.all([cloud.close(), telegram.close(), edge.close()])
  rmSync(clone.root, { recursive: true })
})

test('an installation in order has nothing to fix, and its operator gets a trial alert through queue and outbox', async () => {
  const findings = await examineIt()
  expect(printedFaults(findings)).toEqual([])
  expect(printable(findings)).toMatch(/All is well\.$/)
  const [answer] = cloud.account.database.query('SELECT chat_id, content FROM deliveries')
  const [owed] = (answer?.results ?? []) as { chat_id: number; content: string }[]
  expect(owed?.chat_id).toBe(ADMIN)
  expect(JSON.parse(owed?.content ?? '').message.text).toMatch(/Avviso di prova/)
  expect(cloud.account.pushed).toEqual([
    { queue: 'sportello-outbound', body: { version: 1, trace: expect.any(String) } },
  ])
})

test('with --no-message nobody is written to', async () => {
  const findings = await examineIt({ message: false })
  expect(printedFaults(findings)).toEqual([])
  expect(cloud.account.database.query('SELECT * FROM deliveries')[0]?.results).toEqual([])
  expect(printable(findings)).toMatch(/1 not looked at/)
})

test('a fresh clone is told to install first', async () => {
  clone.files.setDatabaseId('00000000-0000-0000-0000-000000000000')
  expect(await faultsOf()).toEqual(['not-installed'])
})

test('without a login, or with a wrong one, the rest is still looked at', async () => {
  const env = { ...cloud.env, TELEGRAM_API_ROOT: telegram.url, CLOUDFLARE_API_TOKEN: '' }
  expect(await faultsOf({ env })).toEqual(['cloudflare-login'])
  expect(await faultsOf({ env: { ...env, CLOUDFLARE_API_TOKEN: 'wrong' } })).toContain('cloudflare-login')
  const down = { ...env, CLOUDFLARE_API_TOKEN: 'x', CLOUDFLARE_API_BASE_URL: 'http://127.0.0.1:9' }
  expect(await faultsOf({ env: down })).toContain('cloudflare-down')
})

test('what is missing on Cloudflare is named, each with its remedy', async () => {
  const { account } = cloud
  account.workers.get('sportello')?.secrets.delete('TELEGRAM_WEBHOOK_SECRET')
  account.workers.delete('sportello-booking')
  account.queues.delete('sportello-availability-dead')
  account.queues.set('sportello-availability', [])
  const [outbound] = account.queues.get('sportello-outbound') ?? []
  if (outbound) outbound.settings = {}
  const dispatcher = account.workers.get('sportello-dispatcher')
  if (dispatcher) dispatcher.crons = []
  account.database.query('DELETE FROM d1_migrations')
  const findings = await examineIt()
  expect(new Set(printedFaults(findings))).toEqual(
    new Set([
      'secret-missing',
      'worker-missing',
      'queue-missing',
      'consumer-missing',
      'consumer-wrong',
      'cron-missing',
      'migration-missing',
    ]),
  )
  expect(printable(findings)).toContain('sportello lacks TELEGRAM_WEBHOOK_SECRET')
  expect(printable(findings)).toContain('nothing consumes sportello-availability')
})

test('passports only: no booking Worker is asked for', async () => {
  cloud.account.workers.delete('sportello-booking')
  const edgeWorker = cloud.account.workers.get('sportello')
  if (edgeWorker) edgeWorker.bindings = ['DB']
  expect(await faultsOf()).toEqual([])
})

test('a database that is missing, or another than the wrangler files name', async () => {
  clone.files.setDatabaseId('99999999-2222-4333-8444-555555555555')
  expect(await faultsOf()).toEqual(['database-missing'])
  cloud.account.databases = []
  expect(await faultsOf()).toEqual(['database-missing'])
})

test('a poller whose cron stopped, or never ran', async () => {
  // By the database's own time, as the doctor compares it.
  cloud.account.database.query("UPDATE state SET value = json_object('tickAt', (unixepoch() - 600) * 1000)")
  expect(await faultsOf()).toEqual(['cron-silent'])
  cloud.account.database.query('DELETE FROM state')
  expect(await faultsOf()).toEqual(['cron-silent'])
})

test('a token that is missing, wrong, or a Bot API that is away', async () => {
  expect(await faultsOf({ token: undefined })).toEqual(['token-missing'])
  expect(new Set(await faultsOf({ token: '1:another' }))).toEqual(new Set(['token-refused']))
  const env = { ...cloud.env, TELEGRAM_API_ROOT: 'http://127.0.0.1:9' }
  expect(new Set(await faultsOf({ env }))).toEqual(new Set(['telegram-down']))
})

test('a webhook that is missing, elsewhere, asks for too little, is refused, or fails', async () => {
  const api = openApi(telegram.token, telegram.url)
  await api.deleteWebhook()
  expect(await faultsOf()).toEqual(['webhook-missing'])
  await api.setWebhook('https://old.example.org/hook')
  expect(await faultsOf()).toEqual(['webhook-elsewhere'])
  await api.setWebhook(`${edge.url}/telegram/webhook`, { allowed_updates: ['message'] })
  expect(await faultsOf()).toEqual(['webhook-updates'])

  await setWebhook(api, edge.url, 'hook-secret', false)
  const ada = telegram.createUser({ id: ADMIN, firstName: 'Ada' })
  for (const [status, fault] of [
    [401, 'webhook-refused'],
    [500, 'webhook-failing'],
  ] as const) {
    edge.answers.webhook = status
    ada.start()
    await expect.poll(async () => (await api.getWebhookInfo()).last_error_message).toContain(String(status))
    expect(await faultsOf()).toEqual([fault])
  }
})

test('updates that pile up', async () => {
  edge.answers.webhook = 503
  const ada = telegram.createUser({ id: ADMIN, firstName: 'Ada' })
  for (let i = 0; i < 120; i++) ada.send(`${i}`)
  expect(await faultsOf()).toContain('webhook-pending')
})

test('commands, descriptions and a menu button that are not ours', async () => {
  const api = openApi(telegram.token, telegram.url)
  await api.setMyCommands([{ command: 'old', description: 'An old one' }])
  await api.setMyDescription('')
  await api.setChatMenuButton({ menu_button: menuButtonFor('https://old.example.org') })
  expect(await faultsOf()).toEqual(['commands-wrong', 'commands-wrong', 'menu-wrong'])
})

test('a Bot API server that lacks a method is no fault of the installation', async () => {
  telegram.faults.switchOff('getMyCommands', 'getChatMenuButton')
  expect(await faultsOf()).toEqual([])
})

test('an address that is missing, dead, or another program’s', async () => {
  expect(await faultsOf({ url: 'http://127.0.0.1:9' })).toEqual(['webhook-elsewhere', 'health-unreachable'])
  edge.answers.health = '<html>'
  expect(await faultsOf()).toEqual(['health-other'])
  clone.files.setVariable('PUBLIC_URL', '')
  expect(await faultsOf()).toContain('address-missing')
})

test('each reason of /healthz is explained', () => {
  const faultOf = (...reasons: string[]) =>
    evaluateHealth(503, { status: 'unhealthy', reasons, lastGoodRoundAt: null }).map((verdict) =>
      'fault' in verdict ? verdict.fault : 'ok',
    )
  expect(faultOf('no round has succeeded in the last 5 minutes')).toEqual(['health-rounds'])
  expect(
    faultOf('no round has succeeded in the last 5 minutes', 'polling is paused: no portal session is good'),
  ).toEqual(['health-polling'])
  expect(faultOf('an alert has waited for more than 2 minutes')).toEqual(['health-waiting'])
  expect(faultOf('a delivery has waited for more than 2 minutes')).toEqual(['health-waiting'])
  expect(faultOf('an answer to a person has waited for more than 2 minutes')).toEqual(['health-waiting'])
  expect(faultOf('a digest has waited for more than 2 minutes')).toEqual(['health-waiting'])
  expect(faultOf('the store cannot be read')).toEqual(['health-store'])
  expect(faultOf('something new')).toEqual(['health-unknown'])
  expect(evaluateHealth(200, { status: 'idle', reasons: [], lastGoodRoundAt: null })).toEqual([
    { ok: expect.stringContaining('nobody follows') },
  ])
})

test('a trial alert that nobody gets, that is refused, or that stays behind', async () => {
  dispatch('dead', "Forbidden: bot can't initiate conversation with a user")
  expect(await faultsOf()).toEqual(['alert-refused'])
  cloud.account.database.onQuery = undefined
  expect(await faultsOf()).toEqual(['alert-late'])
  clone.files.setVariable('ADMIN_IDS', '')
  expect(await faultsOf()).toEqual(['admins-missing'])
})

test('a queue that something else consumes is not ours', () => {
  const wanted = { queue: 'sportello-outbound', dead_letter_queue: 'sportello-outbound-dead' }
  expect(evaluateConsumer(wanted, [{ script_name: 'other' }])).toMatchObject([{ fault: 'consumer-missing' }])
  expect(evaluateConsumer(wanted, [{ script_name: 'sportello-dispatcher' }])).toMatchObject([
    { fault: 'consumer-wrong' },
  ])
})

test('what is no fault is told too', () => {
  const broadcast = { status: 'ok', reasons: [], notes: ['a broadcast is under way'], lastGoodRoundAt: 1 }
  expect(evaluateHealth(200, broadcast)).toEqual([{ ok: 'well; a broadcast is under way' }])
})

test('a local run that is not there', async () => {
  expect(printedFaults(await examineLocal(undefined, clone.root, { message: true }))).toEqual(['not-running'])
})
