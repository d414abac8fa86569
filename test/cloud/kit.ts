import { cpSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { unstable_readConfig } from 'wrangler'
import { DATABASE, SECRETS } from '../../scripts/cloud/cloudflare.ts'
import { openWranglerFiles, type WranglerFiles } from '../../scripts/cloud/files.ts'
import { WORKER_NAMES, WORKERS } from '../../scripts/local/bundle.ts'
import type { FakeAccount } from './fake-cloudflare.ts'

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
      secrets: new Map(SECRETS[worker].map((name) => [name, 'set'])),
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
