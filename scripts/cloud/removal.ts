import { type Api, GrammyError } from 'grammy'
import { WORKERS, type WorkerName } from '../local/bundle.ts'
import type { CloudflareApi } from './api.ts'
import { findDatabase, findQueue, QUEUES, secretsOf, unlessMissing } from './cloudflare.ts'
import { NO_DATABASE, type WranglerFiles } from './files.ts'
import type { Step } from './step.ts'

/** What to remove, and what to keep. */
export interface Removal {
  cloudflare: CloudflareApi
  files: WranglerFiles
  /** The Bot API; without it (no token) the webhook stays. */
  api: Api | undefined
  /** Leave the D1 database as it is. */
  keepDatabase: boolean
  /** Saves the database before it is deleted. @returns the file's name */
  backUp(): Promise<string>
}

/** Edge first: Cloudflare deletes no Worker whose objects another one binds. */
const REMOVAL_ORDER: readonly WorkerName[] = ['edge', 'dispatcher', 'booking']

interface Consumer {
  consumer_id: string
}

/**
 * The steps that remove an installation, in an order that Cloudflare accepts: the webhook, the consumers (a queue with
 * one is not deleted), the Workers, the queues, the database. Repeating them after an interruption goes on where it was.
 */
export function removalSteps({ cloudflare, files, api, keepDatabase, backUp }: Removal): Step[] {
  const present = async <Item>(items: readonly Item[], find: (item: Item) => Promise<unknown>) => {
    const found = await Promise.all(items.map(find))
    return items.filter((_, i) => found[i] !== undefined)
  }
  const consumers = async () => {
    const queues = await Promise.all(QUEUES.map((queue) => findQueue<Consumer>(cloudflare, queue)))
    return queues.flatMap((queue) =>
      (queue?.consumers ?? []).map(({ consumer_id: id }) => ({
        queue: queue?.queue_name ?? '',
        path: `/queues/${queue?.queue_id}/consumers/${id}`,
      })),
    )
  }
  const workers = () => present(REMOVAL_ORDER, (worker) => secretsOf(cloudflare, worker))
  const queues = () => present(QUEUES, (queue) => findQueue(cloudflare, queue))

  const webhook: Step = {
    title: 'Webhook',
    purpose: 'take it away, so that Telegram sends nothing to an address that is gone',
    async look() {
      const { url } = (await api?.getWebhookInfo()) ?? {}
      return url ? `take it away from ${url}` : undefined
    },
    async fix() {
      await api?.deleteWebhook()
      return 'taken away'
    },
  }
  const database: Step = {
    title: 'D1 database',
    purpose: 'save it to a file and delete it',
    async look() {
      return (await findDatabase(cloudflare)) ? 'save it to a file and delete it' : undefined
    },
    async fix() {
      const id = await findDatabase(cloudflare)
      const saved = await backUp()
      await unlessMissing(cloudflare.delete(`/d1/database/${id}`))
      return `deleted; what it held is in ${saved}`
    },
  }
  return [
    ...(api ? [webhook] : []),
    {
      title: 'Consumers',
      purpose: 'detach the dispatcher from its queues',
      async look() {
        const found = await consumers()
        return found.length > 0 ? `detach ${found.map(({ queue }) => queue).join(', ')}` : undefined
      },
      async fix() {
        for (const { path } of await consumers()) await unlessMissing(cloudflare.delete(path))
        return 'detached'
      },
    },
    {
      title: 'Workers',
      purpose: 'delete edge, dispatcher and booking, in this order, with the students’ objects',
      async look() {
        const found = await workers()
        return found.length > 0 ? `delete ${found.join(', ')}` : undefined
      },
      async fix() {
        const found = await workers()
        for (const worker of found) {
          await unlessMissing(cloudflare.delete(`/workers/scripts/${WORKERS[worker].name}`))
        }
        return `deleted in order: ${found.join(', ')}`
      },
    },
    {
      title: 'Queues',
      purpose: 'delete them',
      async look() {
        const found = await queues()
        return found.length > 0 ? `delete ${found.join(', ')}` : undefined
      },
      async fix() {
        for (const name of await queues()) {
          const queue = await findQueue(cloudflare, name)
          if (queue) await unlessMissing(cloudflare.delete(`/queues/${queue.queue_id}`))
        }
        return 'deleted'
      },
    },
    ...(keepDatabase ? [] : [database]),
    {
      title: 'Wrangler files',
      purpose: 'forget the ids of what is gone',
      async look() {
        const forgotten = files.databaseId() === NO_DATABASE || keepDatabase
        return forgotten && !files.variable('PUBLIC_URL') && !files.domain()
          ? undefined
          : 'forget the database’s id and the address'
      },
      async fix() {
        if (!keepDatabase) files.setDatabaseId(NO_DATABASE)
        files.setVariable('PUBLIC_URL', '')
        files.setDomain(undefined)
        return 'as in a fresh clone'
      },
    },
  ]
}

/** True when Telegram does not know the token any more: then there is no webhook to remove. */
export const tokenIsGone = (error: unknown): boolean =>
  error instanceof GrammyError && (error.error_code === 401 || error.error_code === 404)
