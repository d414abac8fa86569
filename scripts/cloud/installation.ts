import { type Api, GrammyError } from 'grammy'
import { judgeWebhook } from '../doctor/telegram.ts'
import { WORKERS, type WorkerName } from '../local/bundle.ts'
import type { CloudflareApi } from './api.ts'
import {
  createDatabase,
  DATABASE,
  deployWorker,
  findDatabase,
  missingQueues,
  QUEUES,
  runningTag,
  SECRETS,
  type SecretName,
  type Secrets,
  secretsOf,
  workersDevAddress,
} from './cloudflare.ts'
import { NO_DATABASE, type WranglerFiles } from './files.ts'
import { fingerprint } from './fingerprint.ts'
import { menuButtonFault, textFaults } from './registration.ts'
import type { Step } from './step.ts'
import { missingMigrations, remoteStore } from './store.ts'
import { setWebhook, WEBHOOK_PATH } from './telegram.ts'
import type { Wrangler } from './wrangler.ts'

/** Everything that an installation is made of. */
export interface Installation {
  cloudflare: CloudflareApi
  wrangler: Wrangler
  files: WranglerFiles
  /** The Bot API, opened with the bot's token; without it the bot's side is left as it is. */
  api: Api | undefined
  /** Secrets that are known here (given, or kept from the last time): they are what the Workers should have. */
  known: Secrets
  /** Makes a value for a secret that is neither known nor on Cloudflare. */
  makeSecret: (name: SecretName) => string
  /** Called with everything known before it is sent away, as nobody can read it back. */
  keep: (secrets: Secrets) => void
  /** Variables to write into the wrangler files. */
  variables: Record<string, string>
  /** In the order of deployment: the edge needs the booking Worker's objects. */
  workers: readonly WorkerName[]
  /** Forget the updates that waited while there was no webhook. */
  dropPending: boolean
  /** Give the webhook a new secret. */
  newWebhookSecret: boolean
  /** Commands, descriptions, menu button. */
  registerBot: (api: Api, options: { publicUrl: string }) => Promise<string[]>
}

/** Faults of the webhook that setting it again does not mend. */
const PASSING = new Set(['webhook-failing', 'webhook-pending'])

/** The steps that make an installation right, in order (migrations before the Workers that need them), each of which changes nothing that is right. */
export function installationSteps(installation: Installation): Step[] {
  const { cloudflare, wrangler, files, workers } = installation
  const passportOnly = !workers.includes('booking')
  const publicUrl = () => files.variable('PUBLIC_URL') || installation.variables.PUBLIC_URL || ''
  /** Grows by what is made here. */
  const known: Secrets = { ...installation.known }
  if (installation.newWebhookSecret) {
    known.TELEGRAM_WEBHOOK_SECRET = installation.makeSecret('TELEGRAM_WEBHOOK_SECRET')
  }
  /** True once this run gave the edge the webhook's secret: Telegram must get the same. */
  let secretWasSet = false

  const tagOf = (worker: WorkerName) =>
    fingerprint(worker, { secrets: known, passportOnly, configRoot: files.root })
  /** Why a Worker is to be deployed; undefined when what runs is right. */
  async function deployReason(worker: WorkerName): Promise<string | undefined> {
    const present = await secretsOf(cloudflare, worker)
    if (!present) return 'new'
    const missing = SECRETS[worker].filter((name) => !present.includes(name))
    if (missing.length > 0) return `lacks ${missing.join(', ')}`
    return (await runningTag(cloudflare, worker)) === tagOf(worker)
      ? undefined
      : 'code, settings or secrets differ'
  }
  /** Makes what neither this machine nor Cloudflare has, and keeps it before anybody uses it. */
  async function completeSecrets(): Promise<void> {
    const present = await Promise.all(workers.map((worker) => secretsOf(cloudflare, worker)))
    for (const [i, worker] of workers.entries()) {
      for (const name of SECRETS[worker]) {
        if (!present[i]?.includes(name)) known[name] ??= installation.makeSecret(name)
      }
    }
    installation.keep(known)
  }
  async function deploy(worker: WorkerName): Promise<void> {
    const address = await deployWorker(wrangler, worker, { secrets: known, passportOnly, tag: tagOf(worker) })
    if (worker === 'edge' && known.TELEGRAM_WEBHOOK_SECRET) secretWasSet = true
    // Usually known before: see the variables.
    if (worker === 'edge' && address && !publicUrl()) files.setVariable('PUBLIC_URL', address)
  }
  /** Deploys what differs, and again what differs by the address that only a deployment told. */
  async function deployAll(): Promise<WorkerName[]> {
    const deployed: WorkerName[] = []
    for (const worker of workers) {
      if (!(await deployReason(worker))) continue
      const before = publicUrl()
      await deploy(worker)
      deployed.push(worker)
      if (publicUrl() !== before) deployed.push(...(await deployAll()))
    }
    return deployed
  }
  const wantedVariables = async (): Promise<[string, string][]> => {
    const address = publicUrl() ? undefined : await workersDevAddress(cloudflare)
    const wanted = { ...(address && { PUBLIC_URL: address }), ...installation.variables }
    return Object.entries(wanted).filter(([name, value]) => files.variable(name) !== value)
  }
  const botSteps = (api: Api): Step[] => {
    /** What is wrong with the webhook; a failing or slow edge is no fault of the webhook. */
    async function webhookFaults(): Promise<{ fault: string; detail: string }[]> {
      const verdicts = judgeWebhook(await api.getWebhookInfo(), publicUrl(), Date.now())
      return verdicts.flatMap((verdict) =>
        'fault' in verdict && !PASSING.has(verdict.fault) ? [verdict] : [],
      )
    }
    async function textsAreRight(): Promise<boolean> {
      try {
        return (await textFaults(api)).length === 0 && !(await menuButtonFault(api, publicUrl()))
      } catch (error) {
        // A Bot API server that lacks a method.
        if (error instanceof GrammyError) return false
        throw error
      }
    }
    return [
      {
        title: 'Webhook',
        purpose: 'set it, with a secret and the kinds of updates that the bot understands',
        async look() {
          const faults = await webhookFaults()
          if (faults.length > 0) return `set it: ${faults.map(({ detail }) => detail).join('; ')}`
          return secretWasSet ? 'set it: the edge Worker got its secret' : undefined
        },
        async mend() {
          const refused = (await webhookFaults()).some(({ fault }) => fault === 'webhook-refused')
          if (!known.TELEGRAM_WEBHOOK_SECRET || (refused && !secretWasSet)) {
            // What Cloudflare has cannot be read back, so both ends get a new one.
            known.TELEGRAM_WEBHOOK_SECRET = installation.makeSecret('TELEGRAM_WEBHOOK_SECRET')
            installation.keep(known)
            await deploy('edge')
          }
          await setWebhook(api, publicUrl(), known.TELEGRAM_WEBHOOK_SECRET, installation.dropPending)
          return `${publicUrl()}${WEBHOOK_PATH}`
        },
      },
      {
        title: 'Commands, descriptions and menu button',
        purpose: 'register them in Italian and English',
        look: async () => ((await textsAreRight()) ? undefined : 'register them in Italian and English'),
        async mend() {
          const failed = await installation.registerBot(api, { publicUrl: publicUrl() })
          return failed.length > 0
            ? `registered, but Telegram refused ${failed.join(', ')}`
            : 'registered in Italian and English'
        },
      },
    ]
  }
  const store = () => remoteStore(cloudflare, files.databaseId())

  return [
    {
      title: 'D1 database',
      purpose: 'create it unless it is there, and write its id into the wrangler files',
      async look() {
        const id = await findDatabase(cloudflare)
        if (!id) return 'create it'
        return files.databaseId() === id ? undefined : 'write its id into the wrangler files'
      },
      async mend() {
        const id = (await findDatabase(cloudflare)) ?? (await createDatabase(wrangler))
        files.setDatabaseId(id)
        return `id ${id} written into the wrangler files`
      },
    },
    {
      title: 'Queues',
      purpose: 'create those that are missing',
      async look() {
        const missing = await missingQueues(cloudflare)
        return missing.length > 0 ? `create ${missing.join(', ')}` : undefined
      },
      async mend() {
        const missing = await missingQueues(cloudflare)
        await Promise.all(missing.map((queue) => wrangler(['queues', 'create', queue])))
        return `${QUEUES.length} queues are there`
      },
    },
    {
      title: 'Variables',
      purpose: 'write them into the wrangler files',
      async look() {
        const wrong = await wantedVariables()
        return wrong.length > 0
          ? `write ${wrong.map(([name]) => name).join(', ')} into the wrangler files`
          : undefined
      },
      async mend() {
        const wrong = await wantedVariables()
        for (const [name, value] of wrong) files.setVariable(name, value)
        return `${wrong.map(([name]) => name).join(', ')} written into the wrangler files`
      },
    },
    {
      title: 'Migrations',
      purpose: 'apply those that the database lacks',
      async look() {
        const id = await findDatabase(cloudflare)
        if (!id || files.databaseId() === NO_DATABASE) return 'apply all of them'
        const missing = await missingMigrations(store())
        return missing.length > 0 ? `apply ${missing.join(', ')}` : undefined
      },
      async mend() {
        await wrangler(['d1', 'migrations', 'apply', DATABASE, '--remote'])
        return 'applied'
      },
    },
    {
      title: 'Workers',
      purpose: 'deploy those that are missing or differ, with their secrets',
      async look() {
        const reasons = await Promise.all(workers.map(deployReason))
        const wrong = workers.flatMap((worker, i) => (reasons[i] ? [`${worker} (${reasons[i]})`] : []))
        return wrong.length > 0 ? `deploy ${wrong.join(', ')}` : undefined
      },
      async mend() {
        await completeSecrets()
        const deployed = await deployAll()
        if (!publicUrl()) {
          throw new Error(
            `${WORKERS.edge.name} is deployed, but its address is not known: run this again with --public-url https://…`,
          )
        }
        return `deployed in order: ${deployed.join(', ')}`
      },
    },
    ...(installation.api ? botSteps(installation.api) : []),
  ]
}
