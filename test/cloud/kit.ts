import { cpSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { unstable_readConfig } from 'wrangler'
import { DATABASE } from '../../scripts/cloud/cloudflare.ts'
import { openWranglerFiles, type WranglerFiles } from '../../scripts/cloud/files.ts'
import { WORKER_NAMES, WORKERS } from '../../scripts/local/bundle.ts'
import { secretsFor } from '../../scripts/worker-secrets.ts'
import type { FakeAccount } from './fake-cloudflare.ts'
import type { FakeDatabase } from './fake-database.ts'

const PROJECT = resolve(import.meta.dirname, '../..')

/** A folder with copies of the three wrangler files, to be edited freely. */
export function copyOfWranglerFiles(): { root: string; files: WranglerFiles } {
  const root = mkdtempSync(join(tmpdir(), 'sportello-cloud-'))
  for (const { config } of Object.values(WORKERS)) cpSync(join(PROJECT, config), join(root, config))
  return { root, files: openWranglerFiles(root) }
}

/** Fills the account as a complete setup leaves it, without the minutes that wrangler takes. */
export function install(account: FakeAccount, files: WranglerFiles): void {
  const uuid = '11111111-2222-4333-8444-555555555555'
  account.databases = [{ uuid, name: DATABASE }]
  files.setDatabaseId(uuid)
  account.database.run('CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY, name TEXT, applied_at TEXT)')
  for (const name of readdirSync(join(PROJECT, 'migrations')).filter((file) => file.endsWith('.sql'))) {
    account.database.run(readFileSync(join(PROJECT, 'migrations', name), 'utf8'))
    account.database.query('INSERT INTO d1_migrations (name) VALUES (?)', [name])
  }
  for (const worker of WORKER_NAMES) {
    const config = unstable_readConfig({ config: WORKERS[worker].config }, { hideWarnings: true })
    account.workers.set(WORKERS[worker].name, {
      secrets: new Map(secretsFor(worker).map((name) => [name, 'set'])),
      bindings: config.durable_objects.bindings.map((binding: { name: string }) => binding.name),
      versions: ['v1'],
      tags: new Map(),
      crons: config.triggers.crons ?? [],
    })
    for (const { queue, dead_letter_queue, max_concurrency } of config.queues.consumers ?? []) {
      account.queues.set(queue, [
        {
          consumer_id: 'c',
          type: 'worker',
          script: WORKERS[worker].name,
          ...(dead_letter_queue && { dead_letter_queue }),
          settings: { max_concurrency },
        },
      ])
    }
  }
}

/** Plays the dispatcher: gives every queued delivery a final status. */
export function playDispatcher(database: FakeDatabase, status: string, reason: string | null = null): void {
  database.onQuery = () => {
    database.onQuery = undefined
    database.query("UPDATE deliveries SET status = ?, reason = ? WHERE status = 'queued'", [status, reason])
    playDispatcher(database, status, reason)
  }
}

/** A deployed edge Worker, as far as the doctor sees it. */
export interface FakeEdge {
  url: string
  /** What it answers at /healthz, and the status of its webhook. */
  answers: { health: object | string; status: number; webhook: number }
  close(): Promise<void>
}

export async function startFakeEdge(): Promise<FakeEdge> {
  const answers: FakeEdge['answers'] = {
    health: { status: 'ok', reasons: [], lastGoodRoundAt: 1 },
    status: 200,
    webhook: 200,
  }
  const server = createServer((request, response) => {
    if (request.url === '/healthz') {
      const { health, status } = answers
      response.writeHead(status).end(typeof health === 'string' ? health : JSON.stringify(health))
    } else response.writeHead(answers.webhook).end()
  })
  await new Promise<void>((fulfil) => server.listen(0, '127.0.0.1', fulfil))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answers,
    async close() {
      server.closeAllConnections()
      await new Promise((fulfil) => server.close(fulfil))
    },
  }
}
