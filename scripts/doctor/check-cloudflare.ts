import type { CloudflareApi } from '../cloud/api.ts'
import { findQueue, QUEUES, secretsOf, unlessMissing, wantedWorkers } from '../cloud/cloudflare.ts'
import { WORKERS, type WorkerName } from '../local/bundle.ts'
import { OPTIONAL_SECRETS, SECRETS } from '../worker-secrets.ts'
import { readWranglerFile } from '../wrangler-file.ts'
import { type Check, orOk, type Verdict } from './finding.ts'

/** A consumer of a queue as Cloudflare tells it; its Worker's name has had several keys. */
export interface Consumer {
  type?: string
  script_name?: string
  script?: string
  service?: string
  dead_letter_queue?: string
  settings?: { max_concurrency?: number | null }
}

/** What a wrangler file promises about a consumer. */
export interface WantedConsumer {
  queue: string
  dead_letter_queue?: string | undefined
  max_concurrency?: number | null | undefined
}

/** Evaluates a Worker's secrets. @param present undefined when the Worker is not deployed */
export function evaluateSecrets(worker: WorkerName, present: readonly string[] | undefined): Verdict[] {
  const { name } = WORKERS[worker]
  if (!present) return [{ fault: 'worker-missing', detail: `${name} is not deployed` }]
  return SECRETS[worker]
    .filter((secret) => !present.includes(secret))
    .map((secret) => ({ fault: 'secret-missing', detail: `${name} lacks ${secret}` }))
}

/** The Workers that Web Push needs. */
const PUSHERS = ['edge', 'dispatcher'] as const satisfies WorkerName[]

/** Evaluates the key of Web Push, without which it is off. @param present the secrets of each of its Workers */
export function evaluatePush(present: readonly (readonly string[] | undefined)[]): Verdict[] {
  const lacking = PUSHERS.filter((worker, i) =>
    OPTIONAL_SECRETS[worker].some((secret) => !present[i]?.includes(secret)),
  )
  if (lacking.length === 0) return [{ ok: 'on: both Workers have its key' }]
  if (lacking.length === PUSHERS.length)
    return [{ skipped: 'off: no Worker has VAPID_KEYS. `npm run setup` makes the key.' }]
  const names = lacking.map((worker) => WORKERS[worker].name).join(', ')
  return [{ fault: 'secret-missing', detail: `${names} lacks VAPID_KEYS, so that Web Push does not work` }]
}

/** Evaluates a queue by its consumers. @param found undefined when there is no such queue */
export function evaluateConsumer(wanted: WantedConsumer, found: readonly Consumer[] | undefined): Verdict[] {
  const { queue } = wanted
  if (!found) return [{ fault: 'queue-missing', detail: `there is no queue ${queue}` }]
  const own = found.find(
    ({ script_name, script, service }) => (script_name ?? script ?? service) === WORKERS.dispatcher.name,
  )
  if (!own) {
    return [
      {
        fault: 'consumer-missing',
        detail:
          found.length > 0
            ? `${queue} is consumed by something else than ${WORKERS.dispatcher.name}`
            : `nothing consumes ${queue}`,
      },
    ]
  }
  const wrong: string[] = []
  if (wanted.dead_letter_queue && own.dead_letter_queue !== wanted.dead_letter_queue) {
    wrong.push(`its dead letters do not go to ${wanted.dead_letter_queue}`)
  }
  const concurrency = own.settings?.max_concurrency ?? undefined
  if (wanted.max_concurrency && concurrency !== wanted.max_concurrency) {
    wrong.push(`its max_concurrency is ${concurrency ?? 'not set'} instead of ${wanted.max_concurrency}`)
  }
  return wrong.length > 0 ? [{ fault: 'consumer-wrong', detail: `${queue}: ${wrong.join('; ')}` }] : []
}

/** Evaluates a Worker's crons. */
export function evaluateCrons(
  worker: WorkerName,
  wanted: readonly string[],
  found: readonly string[],
): Verdict[] {
  const missing = wanted.filter((cron) => !found.includes(cron))
  return missing.length > 0
    ? [{ fault: 'cron-missing', detail: `${WORKERS[worker].name} lacks ${missing.join(', ')}` }]
    : []
}

const wranglerFile = (worker: WorkerName) => readWranglerFile(WORKERS[worker].config)

/** Puts a message on a queue, as a producer would. */
export async function pushToQueue(api: CloudflareApi, queue: string, body: unknown): Promise<void> {
  const found = await findQueue(api, queue)
  if (found) await api.post(`/queues/${found.queue_id}/messages`, { body, content_type: 'json' })
}

/** The checks of what is deployed on an account. */
export function cloudflareChecks(api: CloudflareApi): Check[] {
  return [
    {
      title: 'Workers and secrets',
      async look() {
        const workers = await wantedWorkers(api)
        const verdicts = await Promise.all(
          workers.map(async (worker) => evaluateSecrets(worker, await secretsOf(api, worker))),
        )
        return orOk(verdicts.flat(), `${workers.join(', ')} are deployed with all their secrets`)
      },
    },
    {
      title: 'Web Push',
      async look() {
        const present = await Promise.all(PUSHERS.map((worker) => secretsOf(api, worker)))
        return evaluatePush(present)
      },
    },
    {
      title: 'Queues and consumers',
      async look() {
        const wanted = (wranglerFile('dispatcher').queues.consumers ?? []) as WantedConsumer[]
        const verdicts = await Promise.all(
          wanted.map(async (each) => {
            const found = await findQueue<Consumer>(api, each.queue)
            return evaluateConsumer(each, found && (found.consumers ?? []))
          }),
        )
        return orOk(verdicts.flat(), `${QUEUES.length} queues, each with its consumer`)
      },
    },
    {
      title: 'Crons',
      async look() {
        const workers = await wantedWorkers(api)
        const verdicts = await Promise.all(
          workers.map(async (worker) => {
            const wanted = wranglerFile(worker).triggers.crons ?? []
            const found = await unlessMissing(
              api.get<{ schedules: { cron: string }[] }>(
                `/workers/scripts/${WORKERS[worker].name}/schedules`,
              ),
            )
            return evaluateCrons(
              worker,
              wanted,
              (found?.schedules ?? []).map(({ cron }) => cron),
            )
          }),
        )
        return orOk(verdicts.flat(), 'all set')
      },
    },
  ]
}
