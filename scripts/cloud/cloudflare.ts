import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { WORKERS, type WorkerName } from '../local/bundle.ts'
import { readText } from '../text.ts'
import { type Secrets, secretsFor } from '../worker-secrets.ts'
import { type CloudflareApi, CloudflareError } from './api.ts'
import type { Wrangler } from './wrangler.ts'

const ROOT = resolve(import.meta.dirname, '../..')

/** The project's resources on Cloudflare: read and made over the REST API, deployed by wrangler. */
export const DATABASE = 'sportello'
export const QUEUES = [
  'sportello-availability',
  'sportello-availability-dead',
  'sportello-outbound',
  'sportello-outbound-dead',
]

/** The result of a request about something that may not exist: undefined when Cloudflare answers 404. */
export async function unlessMissing<Result>(asked: Promise<Result>): Promise<Result | undefined> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof CloudflareError && error.status === 404) return undefined
    throw error
  }
}

/** The D1 database's id, when it exists. */
export async function findDatabase(api: CloudflareApi): Promise<string | undefined> {
  const list = await api.get<{ uuid: string; name: string }[]>(`/d1/database?name=${DATABASE}`)
  return list.find(({ name }) => name === DATABASE)?.uuid
}

/** Makes the D1 database in western Europe. @returns its id */
export async function createDatabase(api: CloudflareApi): Promise<string> {
  const made = await api.post<{ uuid: string }>('/d1/database', {
    name: DATABASE,
    primary_location_hint: 'weur',
  })
  return made.uuid
}

/** A queue as Cloudflare lists it. */
export interface QueueInfo<Consumer = unknown> {
  queue_id: string
  queue_name: string
  consumers?: Consumer[]
}

/** A queue by name; undefined when there is none. */
export async function findQueue<Consumer>(
  api: CloudflareApi,
  queue: string,
): Promise<QueueInfo<Consumer> | undefined> {
  const found = await api.get<QueueInfo<Consumer>[]>(`/queues?name=${queue}`)
  return found.find(({ queue_name }) => queue_name === queue)
}

/** The queues that do not exist yet. */
export async function missingQueues(api: CloudflareApi): Promise<string[]> {
  const found = await Promise.all(QUEUES.map((queue) => findQueue(api, queue)))
  return QUEUES.filter((_, i) => !found[i])
}

/** Makes a queue. */
export async function createQueue(api: CloudflareApi, queue: string): Promise<void> {
  await api.post('/queues', { queue_name: queue })
}

/** Names of the secrets that a deployed Worker has; undefined when it is not deployed. */
export async function secretsOf(api: CloudflareApi, worker: WorkerName): Promise<string[] | undefined> {
  const path = `/workers/scripts/${WORKERS[worker].name}/secrets`
  const list = await unlessMissing(api.get<{ name: string }[]>(path))
  return list?.map(({ name }) => name)
}

/** Booking first (the edge binds its objects), edge last (it starts the traffic). */
export const DEPLOY_ORDER: readonly WorkerName[] = ['booking', 'dispatcher', 'edge']

/** For passports only. */
export const WITHOUT_SPORT: readonly WorkerName[] = DEPLOY_ORDER.filter((worker) => worker !== 'booking')

/** The Workers that the deployed edge counts on, in order of deployment; all of them before there is one. */
export async function wantedWorkers(api: CloudflareApi): Promise<readonly WorkerName[]> {
  const path = `/workers/scripts/${WORKERS.edge.name}/settings`
  const edge = await unlessMissing(api.get<{ bindings?: { name: string }[] }>(path))
  if (!edge || edge.bindings?.some(({ name }) => name === 'STUDENTS')) return DEPLOY_ORDER
  return (await secretsOf(api, 'booking')) ? DEPLOY_ORDER : WITHOUT_SPORT
}

/** The tag of the version of a Worker that runs now; undefined when it has none, or is not deployed. */
export async function runningTag(api: CloudflareApi, worker: WorkerName): Promise<string | undefined> {
  const path = `/workers/scripts/${WORKERS[worker].name}`
  const deployed = await unlessMissing(
    api.get<{ deployments: { versions: { version_id: string }[] }[] }>(`${path}/deployments`),
  )
  const id = deployed?.deployments[0]?.versions[0]?.version_id
  if (!id) return undefined
  const version = await unlessMissing(
    api.get<{ annotations?: Record<string, string> }>(`${path}/versions/${id}`),
  )
  return version?.annotations?.['workers/tag']
}

/** Where the account's workers.dev puts the edge Worker; undefined when no subdomain was chosen yet. */
export async function workersDevAddress(api: CloudflareApi): Promise<string | undefined> {
  const found = await unlessMissing(api.get<{ subdomain?: string }>('/workers/subdomain'))
  return found?.subdomain ? `https://${WORKERS.edge.name}.${found.subdomain}.workers.dev` : undefined
}

/** The blocks of a wrangler file that bind Durable Objects, and that declare the classes of the Worker's own. */
const OBJECTS = /\[\[durable_objects\.bindings\]\]\n(?:(?!\[).*\n?)*/
const CLASSES = /\[\[migrations\]\]\n(?:(?!\[).*\n?)*/

/**
 * A Worker's wrangler file as it is deployed, without unused Durable Objects: Cloudflare does not roll a Worker back to a
 * version from before its first object.
 */
export function deployedConfig(worker: WorkerName, text: string, passportOnly: boolean): string {
  if (worker === 'edge' && passportOnly) return text.replace(OBJECTS, '')
  if (worker === 'dispatcher' && /^SENDERS = "1?"/m.test(text))
    return text.replace(OBJECTS, '').replace(CLASSES, '')
  return text
}

/** Runs `work` with a Worker's wrangler file or, where `deployedConfig` changes it, with a temporary copy. */
async function withConfig<Result>(
  worker: WorkerName,
  passportOnly: boolean,
  work: (config: string) => Promise<Result>,
): Promise<Result> {
  const { config } = WORKERS[worker]
  const text = readText(join(ROOT, config))
  const deployed = deployedConfig(worker, text, passportOnly)
  if (deployed === text) return work(config)
  const copy = join(dirname(config), 'wrangler.as-deployed.toml')
  writeFileSync(join(ROOT, copy), deployed)
  try {
    return await work(copy)
  } finally {
    rmSync(join(ROOT, copy))
  }
}

/** The options of a deployment. */
export interface Deployment {
  /** Secrets to set; the others stay as they are. */
  secrets?: Secrets
  /** The edge is deployed without the booking Worker's objects. */
  passportOnly: boolean
  /** Marks the version, so that the next setup knows what runs. */
  tag: string
}

/**
 * Deploys a Worker, together with those of its secrets that are given.
 * @returns the address that it answers at, when wrangler told one
 */
export async function deployWorker(
  wrangler: Wrangler,
  worker: WorkerName,
  { secrets = {}, passportOnly, tag }: Deployment,
): Promise<string | undefined> {
  const own = Object.fromEntries(
    secretsFor(worker).flatMap((name) => (secrets[name] ? [[name, secrets[name]]] : [])),
  )
  const folder = mkdtempSync(join(tmpdir(), 'sportello-secrets-'))
  try {
    const file = join(folder, 'secrets.json')
    writeFileSync(file, JSON.stringify(own), { mode: 0o600 })
    const withSecrets = Object.keys(own).length > 0 ? ['--secrets-file', file] : []
    const said = await withConfig(worker, passportOnly, (config) =>
      wrangler(['deploy', '-c', config, '--tag', tag, ...withSecrets]),
    )
    return /https:\/\/\S+\.workers\.dev/.exec(said)?.[0]
  } finally {
    rmSync(folder, { recursive: true })
  }
}
