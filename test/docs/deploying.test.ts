import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openApi } from '../../scripts/cloud/telegram.ts'
import { type FakeCloudflare, startFakeCloudflare } from '../cloud/fake-cloudflare.ts'
import { type FakeDatabase, openFakeDatabase } from '../cloud/fake-database.ts'
import { type FakeEdge, playDispatcher, startFakeEdge } from '../cloud/kit.ts'
import { startTelegramSimulator, type TelegramSimulator } from '../simulators/telegram/index.ts'
import { cloneOfProject, run } from './command.ts'

/**
 * The README's "Run it for real", as written and in its order, in a fresh clone. Cloudflare's API and Telegram are
 * simulated; so are the deployed Workers, as far as the doctor looks at them.
 */

const PATIENT = { timeout: 600_000 }
const ADMIN = '900'

interface Place {
  root: string
  cloud: FakeCloudflare
  telegram: TelegramSimulator
  edge: FakeEdge
  /** Runs a command there, where nobody answers questions. */
  run(command: string): ReturnType<typeof run>
  remove(): Promise<void>
}

async function openPlace(): Promise<Place> {
  const [cloud, telegram, edge] = await Promise.all([
    startFakeCloudflare(),
    startTelegramSimulator(),
    startFakeEdge(),
  ])
  const { root, remove } = cloneOfProject()
  const env = {
    ...cloud.env,
    CI: '1',
    TELEGRAM_API_ROOT: telegram.url,
    TELEGRAM_BOT_TOKEN: telegram.token,
    ADMIN_IDS: ADMIN,
    SPORT_USER_IDS: '*',
    PUBLIC_URL: edge.url,
    // The home folder's login is nobody's business here.
    XDG_CONFIG_HOME: root,
  }
  return {
    root,
    cloud,
    telegram,
    edge,
    run: (command) => run(command, root, env),
    async remove() {
      await Promise.all([cloud.close(), telegram.close(), edge.close()])
      remove()
    },
  }
}

/** Plays the Workers once the database exists: the poller's heartbeat, and sending queued deliveries. */
function playWorkers(database: FakeDatabase): void {
  const isThere = (table: string) =>
    database.query('SELECT name FROM sqlite_master WHERE name = ?', [table])[0]?.results.length === 1
  database.onQuery = () => {
    database.onQuery = undefined
    if (isThere('state') && isThere('deliveries')) {
      // An hour ahead: the poller beats all the time, however long these tests take.
      const beat = JSON.stringify({ tickAt: Date.now() + 3_600_000, lastGoodRoundAt: null })
      database.query(
        "INSERT OR REPLACE INTO state (name, value, at) VALUES ('poller-heartbeat', json(?), 0)",
        [beat],
      )
      playDispatcher(database, 'sent')
    } else playWorkers(database)
  }
}

const runningVersions = ({ account }: FakeCloudflare) =>
  Object.fromEntries([...account.workers].map(([name, { versions }]) => [name, versions[0]]))

describe('from a clone to live, and on', () => {
  let place: Place
  beforeAll(async () => {
    place = await openPlace()
    playWorkers(place.cloud.account.database)
  })
  afterAll(() => place.remove())

  test(
    'npx wrangler login is there (it opens a browser, so only its help can be asked)',
    PATIENT,
    async () => {
      const { code, said } = await place.run(`${'npx wrangler login'} --help`)
      expect(code).toBe(0)
      expect(said).toMatch(/Login to Cloudflare/i)
    },
  )

  test('a dry run of setup names every step and changes nothing', PATIENT, async () => {
    const { code, said } = await place.run('npm run setup -- --dry-run')
    expect(said).toMatch(/D1 database: would[\s\S]*Webhook: would[\s\S]*Nothing was changed/)
    expect(code).toBe(0)
    expect(place.cloud.account.changes).toEqual([])
  })

  test('setup installs everything, and its doctor finds nothing to fix', PATIENT, async () => {
    const { code, said } = await place.run('npm run setup')
    expect(said).toContain('All is well.')
    expect(code).toBe(0)
    expect([...place.cloud.account.workers.keys()]).toEqual([
      'sportello-booking',
      'sportello-dispatcher',
      'sportello',
    ])
    expect((await openApi(place.telegram.token, place.telegram.url).getWebhookInfo()).url).toBe(
      `${place.edge.url}/telegram/webhook`,
    )
  })

  test('the doctor says that all is well, or what to do', PATIENT, async () => {
    const well = await place.run('npm run doctor')
    expect(well.said).toContain('All is well.')
    expect(well.code).toBe(0)
    place.edge.answers.status = 503
    place.edge.answers.health = {
      status: 'unhealthy',
      reasons: ['polling is paused: no portal session is good'],
      lastGoodRoundAt: null,
    }
    const ill = await place.run('npm run doctor')
    expect(ill.said).toMatch(/✗ Health: .*\n\s+→ Hand a portal session in: send \/sessione/)
    expect(ill.said).toContain('1 to fix.')
    expect(ill.code).toBe(1)
  })

  test('deploy applies a new migration, then brings the Workers up to date in order', PATIENT, async () => {
    const { account } = place.cloud
    const before = runningVersions(place.cloud)
    writeFileSync(join(place.root, 'migrations/9999_later.sql'), 'CREATE TABLE later (id INTEGER);\n')
    writeFileSync(join(place.root, 'src/platform/later.ts'), 'export const later = true\n')
    account.changes.length = 0
    const { code, said } = await place.run('npm run deploy')
    expect(said).toMatch(
      /Migrations: applied\nEncryption key: [^\n]+\nWorkers: deployed in order: booking, dispatcher, edge\nWebhook: /,
    )
    expect(code).toBe(0)
    expect(account.database.query('SELECT count(*) AS n FROM later')[0]?.results).toEqual([{ n: 0 }])
    const after = runningVersions(place.cloud)
    for (const [name, version] of Object.entries(before)) expect(after[name]).not.toBe(version)

    const again = await place.run('npm run deploy')
    expect(again.said).toMatch(/Workers: already right/)
  })

  test('rollback returns to the previous deployment, edge first', PATIENT, async () => {
    const before = runningVersions(place.cloud)
    const { code, said } = await place.run('npm run rollback')
    expect(said).toMatch(/Rolled back: edge\nRolled back: dispatcher\nRolled back: booking/)
    expect(code).toBe(0)
    const after = runningVersions(place.cloud)
    for (const [name, version] of Object.entries(before)) expect(after[name]).not.toBe(version)
  })

  test('restore brings a backup back, and never overwrites a database by accident', PATIENT, async () => {
    const { account } = place.cloud
    account.database.run('INSERT INTO later VALUES (7)')
    const copies = () => readdirSync(place.root).filter((name) => /^sportello-\d.*\.sql$/.test(name))
    const made = await place.run('npm run backup')
    expect(made.code).toBe(0)
    const [file = ''] = copies()
    expect(made.said).toContain(`The database was written to ${file}.`)
    expect(readFileSync(join(place.root, file), 'utf8')).toContain('CREATE TABLE later')

    const restore = 'npm run restore -- FILE'.replace('FILE', file)
    const refused = await place.run(restore)
    expect(refused.said).toMatch(/--replace/)
    expect(refused.code).toBe(1)

    account.database = openFakeDatabase()
    const restored = await place.run(restore)
    expect(restored.said).toContain(`${file} is the database now.`)
    expect(restored.code).toBe(0)
    expect(account.database.query('SELECT id FROM later')[0]?.results).toEqual([{ id: 7 }])
  })
})

test('without sport there is no booking Worker, and the doctor does not ask for it', PATIENT, async () => {
  const place = await openPlace()
  try {
    playWorkers(place.cloud.account.database)
    const { code, said } = await place.run('npm run setup -- --without-sport')
    expect(said).toContain('All is well.')
    expect(code).toBe(0)
    expect([...place.cloud.account.workers.keys()]).toEqual(['sportello-dispatcher', 'sportello'])
  } finally {
    await place.remove()
  }
})
