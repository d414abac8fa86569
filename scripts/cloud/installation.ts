import type { Api } from 'grammy'
import type { WorkerName } from '../local/bundle.ts'
import {
  createDatabase,
  deployWorker,
  findDatabase,
  missingMigrations,
  missingQueues,
  QUEUES,
  SECRETS,
  type SecretName,
  type Secrets,
  secretsOf,
} from './cloudflare.ts'
import { NO_DATABASE, type WranglerFiles } from './files.ts'
import type { Step } from './step.ts'
import { setWebhook, webhookFaults } from './telegram.ts'
import type { Wrangler } from './wrangler.ts'

/** Everything that an installation is made of. */
export interface Installation {
  wrangler: Wrangler
  files: WranglerFiles
  /** The Bot API, opened with the bot's token. */
  api: Api
  /** Values for the secrets that may have to be set; those already on Cloudflare are left alone. */
  secrets: Record<SecretName, string>
  /** Variables to write into the wrangler files. */
  variables: Record<string, string>
  /** In the order of deployment: the edge needs the booking Worker's objects. */
  workers: readonly WorkerName[]
  /** Forget the updates that waited while there was no webhook. */
  dropPending: boolean
  /** Commands, descriptions, menu button. */
  registerBot: (api: Api, options: { publicUrl: string }) => Promise<string[]>
}

/** Booking first (the edge binds its objects), edge last (it starts the traffic). */
export const DEPLOY_ORDER: readonly WorkerName[] = ['booking', 'dispatcher', 'edge']

/** The steps that make an installation right, each of which changes nothing that is right already. */
export function installationSteps(installation: Installation): Step[] {
  const { wrangler, files, api, workers } = installation
  const passportOnly = !workers.includes('booking')
  const missingSecrets = async (): Promise<[WorkerName, Secrets][]> =>
    Promise.all(
      workers.map(async (worker): Promise<[WorkerName, Secrets]> => {
        const present = await secretsOf(wrangler, worker)
        const missing = SECRETS[worker].filter((name) => !present.includes(name))
        return [worker, Object.fromEntries(missing.map((name) => [name, installation.secrets[name]]))]
      }),
    )
  const publicUrl = () => files.variable('PUBLIC_URL') || installation.variables.PUBLIC_URL || ''

  return [
    {
      title: 'D1 database',
      async look() {
        const id = await findDatabase(wrangler)
        if (!id) return 'create it'
        return files.databaseId() === id ? undefined : 'write its id into the wrangler files'
      },
      async mend() {
        const id = (await findDatabase(wrangler)) ?? (await createDatabase(wrangler))
        files.setDatabaseId(id)
        return `id ${id} written into the wrangler files`
      },
    },
    {
      title: 'Queues',
      async look() {
        const missing = await missingQueues(wrangler)
        return missing.length > 0 ? `create ${missing.join(', ')}` : undefined
      },
      async mend() {
        for (const queue of await missingQueues(wrangler)) await wrangler(['queues', 'create', queue])
        return `${QUEUES.length} queues are there`
      },
    },
    {
      title: 'Variables',
      async look() {
        const wrong = Object.entries(installation.variables).filter(
          ([name, value]) => files.variable(name) !== value,
        )
        return wrong.length > 0
          ? `write ${wrong.map(([name]) => name).join(', ')} into the wrangler files`
          : undefined
      },
      async mend() {
        for (const [name, value] of Object.entries(installation.variables)) files.setVariable(name, value)
        return 'written into the wrangler files'
      },
    },
    {
      title: 'Migrations',
      async look() {
        if (files.databaseId() === NO_DATABASE) return 'apply all of them'
        const missing = await missingMigrations(wrangler)
        return missing.length > 0 ? `apply ${missing.join(', ')}` : undefined
      },
      async mend() {
        await wrangler(['d1', 'migrations', 'apply', 'sportello', '--remote'])
        return 'applied'
      },
    },
    {
      title: 'Workers',
      look: async () => `deploy ${workers.join(', ')}`,
      async mend() {
        for (const [worker, secrets] of await missingSecrets()) {
          const address = await deployWorker(wrangler, worker, secrets, passportOnly)
          if (worker !== 'edge' || !address || publicUrl()) continue
          // Only now is the address known: the Workers that put it into buttons need it too.
          files.setVariable('PUBLIC_URL', address)
          for (const again of workers) await deployWorker(wrangler, again, {}, passportOnly)
        }
        return `deployed in order: ${workers.join(', ')}`
      },
    },
    {
      title: 'Webhook',
      async look() {
        const faults = await webhookFaults(api, publicUrl())
        return faults.length > 0 ? `set it: ${faults.join('; ')}` : undefined
      },
      async mend() {
        // The secret cannot be read back from Cloudflare, so both ends get the same one now.
        await deployWorker(wrangler, 'edge', {
          TELEGRAM_WEBHOOK_SECRET: installation.secrets.TELEGRAM_WEBHOOK_SECRET,
        })
        await setWebhook(
          api,
          publicUrl(),
          installation.secrets.TELEGRAM_WEBHOOK_SECRET,
          installation.dropPending,
        )
        return `${publicUrl()}/telegram/webhook`
      },
    },
    {
      title: 'Commands, descriptions and menu button',
      look: async () => 'register them',
      async mend() {
        const failed = await installation.registerBot(api, { publicUrl: publicUrl() })
        return failed.length > 0
          ? `registered, but Telegram refused ${failed.join(', ')}`
          : 'registered in Italian and English'
      },
    },
  ]
}
