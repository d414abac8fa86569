import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WORKERS, type WorkerName } from '../local/bundle.ts'
import type { Wrangler } from './wrangler.ts'

/** The project's things on Cloudflare, through wrangler: each call asks or does one thing. */
export const DATABASE = 'sportello'
export const QUEUES = [
  'sportello-availability',
  'sportello-availability-dead',
  'sportello-outbound',
  'sportello-outbound-dead',
]

/** Which secrets each Worker needs; the wrangler files name the same. */
export const SECRETS: Record<WorkerName, readonly SecretName[]> = {
  edge: ['TELEGRAM_BOT_TOKEN', 'TELEGRAM_WEBHOOK_SECRET', 'ENCRYPTION_KEY'],
  dispatcher: ['TELEGRAM_BOT_TOKEN'],
  booking: ['ENCRYPTION_KEY'],
}
export type SecretName = 'TELEGRAM_BOT_TOKEN' | 'TELEGRAM_WEBHOOK_SECRET' | 'ENCRYPTION_KEY'
export type Secrets = Partial<Record<SecretName, string>>

const config = (worker: WorkerName) => ['-c', WORKERS[worker].config]

/** The D1 database's id, when it exists. */
export async function findDatabase(wrangler: Wrangler): Promise<string | undefined> {
  const list = JSON.parse(await wrangler(['d1', 'list', '--json'])) as { uuid: string; name: string }[]
  return list.find((database) => database.name === DATABASE)?.uuid
}

export async function createDatabase(wrangler: Wrangler): Promise<string> {
  const said = await wrangler(['d1', 'create', DATABASE, '--location', 'weur'])
  const id = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(said)?.[0]
  if (!id) throw new Error('wrangler d1 create named no database id.')
  return id
}

/** The queues that do not exist yet. */
export async function missingQueues(wrangler: Wrangler): Promise<string[]> {
  const missing: string[] = []
  for (const queue of QUEUES) {
    try {
      await wrangler(['queues', 'info', queue])
    } catch (error) {
      if (!(error instanceof Error && /does not exist/i.test(error.message))) throw error
      missing.push(queue)
    }
  }
  return missing
}

/** Names of the migrations that the deployed database lacks. */
export async function missingMigrations(wrangler: Wrangler): Promise<string[]> {
  const said = await wrangler(['d1', 'migrations', 'list', DATABASE, '--remote'])
  return said.match(/\d{4}_\w+\.sql/g) ?? []
}

/** Names of the secrets that a deployed Worker has; none when it is not deployed. */
export async function secretsOf(wrangler: Wrangler, worker: WorkerName): Promise<string[]> {
  try {
    const said = await wrangler(['secret', 'list', '--format', 'json', ...config(worker)])
    return ((JSON.parse(said) ?? []) as { name: string }[]).map((secret) => secret.name)
  } catch (error) {
    if (error instanceof Error && /not found|does not exist|10007/i.test(error.message)) return []
    throw error
  }
}

/** The block of the edge's wrangler file that binds the booking Worker's objects. */
const OBJECTS = /\[\[durable_objects\.bindings\]\]\n(?:(?!\[).*\n?)*/

/** Runs `work` with the edge's wrangler file, or with a passing copy of it that binds no booking Worker. */
async function withEdgeConfig<Result>(
  passportOnly: boolean,
  work: (config: string) => Promise<Result>,
): Promise<Result> {
  const { config } = WORKERS.edge
  if (!passportOnly) return work(config)
  const copy = 'wrangler.passport-only.toml'
  writeFileSync(copy, readFileSync(config, 'utf8').replace(OBJECTS, ''))
  try {
    return await work(copy)
  } finally {
    rmSync(copy)
  }
}

/**
 * Deploys a Worker, together with those of its secrets that are given (the others stay as they are).
 * @param passportOnly the edge is deployed without the booking Worker's objects
 * @returns the address it answers at, when it has one
 */
export async function deployWorker(
  wrangler: Wrangler,
  worker: WorkerName,
  secrets: Secrets,
  passportOnly = false,
): Promise<string | undefined> {
  const own = Object.fromEntries(
    SECRETS[worker].flatMap((name) => (secrets[name] ? [[name, secrets[name]]] : [])),
  )
  const folder = mkdtempSync(join(tmpdir(), 'sportello-secrets-'))
  try {
    const file = join(folder, 'secrets.json')
    writeFileSync(file, JSON.stringify(own), { mode: 0o600 })
    const withSecrets = Object.keys(own).length > 0 ? ['--secrets-file', file] : []
    const deploy = (file: string) => wrangler(['deploy', '-c', file, ...withSecrets])
    const said = await (worker === 'edge'
      ? withEdgeConfig(passportOnly, deploy)
      : deploy(WORKERS[worker].config))
    return /https:\/\/\S+\.workers\.dev/.exec(said)?.[0]
  } finally {
    rmSync(folder, { recursive: true })
  }
}
