import { type Api, GrammyError } from 'grammy'
import { evaluateWebhook } from '../doctor/check-telegram.ts'
import { WORKERS, type WorkerName } from '../local/bundle.ts'
import { SECRETS, type SecretName, type Secrets, secretsFor } from '../worker-secrets.ts'
import type { CloudflareApi } from './api.ts'
import {
  createDatabase,
  createQueue,
  DATABASE,
  deployWorker,
  findDatabase,
  missingQueues,
  QUEUES,
  runningTag,
  secretsOf,
  workersDevAddress,
} from './cloudflare.ts'
import { NO_DATABASE, type WranglerFiles } from './files.ts'
import { fingerprint } from './fingerprint.ts'
import { prerequisiteFaults } from './prerequisites.ts'
import { menuButtonFault, textFaults } from './registration.ts'
import { keyAction, keysInUse, recordKey } from './sealing-key.ts'
import type { Step } from './step.ts'
import { missingMigrations, remoteStore } from './store.ts'
import { setWebhook, WEBHOOK_PATH } from './telegram.ts'
import type { Wrangler } from './wrangler.ts'

/** Everything that an installation consists of. */
export interface Installation {
  cloudflare: CloudflareApi
  wrangler: Wrangler
  files: WranglerFiles
  /** The Bot API, opened with the bot's token; without it the bot's side is left as it is. */
  api: Api | undefined
  /** The secrets known here (given, or kept from the last run): the Workers should have these. */
  known: Secrets
  /** Makes a value for a secret that is neither known nor on Cloudflare. */
  makeSecret: (name: SecretName) => string
  /** Called with every known secret before it is sent to Cloudflare, which shows it to nobody. */
  keep: (secrets: Secrets) => void
  /** Variables to write into the wrangler files. */
  variables: Record<string, string>
  /** The edge's custom domain; undefined leaves what the wrangler file says. */
  domain?: string | undefined
  /** In the order of deployment: the edge needs the booking Worker's objects. */
  workers: readonly WorkerName[]
  /** Drop the updates that waited while there was no webhook. */
  dropPending: boolean
  /** Give the webhook a new secret. */
  newWebhookSecret: boolean
  /** Commands, descriptions, menu button. */
  registerBot: (api: Api, options: { publicUrl: string }) => Promise<string[]>
}

/** Thrown when the account or the settings would make the installation fail. The message names each reason on a line. */
export class PrerequisiteError extends Error {
  override name = 'PrerequisiteError'
}

/** Faults of the webhook that setting it again does not fix. */
const PASSING = new Set(['webhook-failing', 'webhook-pending'])

/** The steps that repair an installation, in order (migrations before the Workers that need them). A step changes only what differs. */
export function installationSteps(installation: Installation): Step[] {
  const { cloudflare, wrangler, files, workers } = installation
  const passportOnly = !workers.includes('booking')
  const publicUrl = () => installation.variables.PUBLIC_URL || files.variable('PUBLIC_URL') || ''
  /** Secrets made in this run are added. */
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
    const missing = secretsFor(worker).filter((name) => !present.includes(name))
    if (missing.length > 0) return `lacks ${missing.join(', ')}`
    return (await runningTag(cloudflare, worker)) === tagOf(worker)
      ? undefined
      : 'code, settings or secrets differ'
  }
  /** Makes the secrets that neither this machine nor Cloudflare has, and keeps them before they are used. */
  async function completeSecrets(): Promise<void> {
    const present = await Promise.all(workers.map((worker) => secretsOf(cloudflare, worker)))
    for (const [i, worker] of workers.entries()) {
      for (const name of secretsFor(worker)) {
        // The encryption key has a step of its own.
        if (name !== 'ENCRYPTION_KEY' && !present[i]?.includes(name)) {
          known[name] ??= installation.makeSecret(name)
        }
      }
    }
    installation.keep(known)
  }
  /** What to do about the encryption key. @throws SealingKeyError */
  async function encryptionKeyAction(): Promise<'make' | 'record' | undefined> {
    const sealing = (['edge', 'booking'] as const).filter((worker) =>
      SECRETS[worker].includes('ENCRYPTION_KEY'),
    )
    const present = await Promise.all(sealing.map((worker) => secretsOf(cloudflare, worker)))
    const has = (worker: WorkerName) =>
      present[sealing.indexOf(worker as (typeof sealing)[number])]?.includes('ENCRYPTION_KEY')
    const id = await findDatabase(cloudflare)
    return keyAction({
      known: known.ENCRYPTION_KEY,
      have: sealing.filter(has).map((worker) => WORKERS[worker].name),
      lack: sealing
        .filter((worker) => workers.includes(worker) && !has(worker))
        .map((worker) => WORKERS[worker].name),
      inUse: id
        ? await keysInUse(remoteStore(cloudflare, id))
        : { ids: [], recorded: undefined, students: false },
    })
  }
  async function deploy(worker: WorkerName): Promise<void> {
    const address = await deployWorker(wrangler, worker, { secrets: known, passportOnly, tag: tagOf(worker) })
    if (worker === 'edge' && known.TELEGRAM_WEBHOOK_SECRET) secretWasSet = true
    // Usually known before: see the variables.
    if (worker === 'edge' && address && !publicUrl()) files.setVariable('PUBLIC_URL', address)
  }
  /** Deploys what differs. If the first deployment reveals our address, deploys again what depends on it. */
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
      const verdicts = evaluateWebhook(await api.getWebhookInfo(), publicUrl(), Date.now())
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
        async fix() {
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
        async fix() {
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
      title: 'Prerequisites',
      purpose: 'see that the account and the settings allow it',
      async look() {
        const faults = await prerequisiteFaults({
          cloudflare,
          workers,
          variables: installation.variables,
          domain: installation.domain ?? files.domain(),
          publicUrl: publicUrl(),
        })
        if (faults.length > 0) throw new PrerequisiteError(faults.join('\n'))
        return undefined
      },
      fix: () => Promise.reject(new Error('Prerequisites are not fixed from here.')),
    },
    {
      title: 'D1 database',
      purpose: 'create it unless it is there, and write its id into the wrangler files',
      async look() {
        const id = await findDatabase(cloudflare)
        if (!id) return 'create it'
        return files.databaseId() === id ? undefined : 'write its id into the wrangler files'
      },
      async fix() {
        const id = (await findDatabase(cloudflare)) ?? (await createDatabase(cloudflare))
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
      async fix() {
        const missing = await missingQueues(cloudflare)
        await Promise.all(missing.map((queue) => createQueue(cloudflare, queue)))
        return `${QUEUES.length} queues are there`
      },
    },
    {
      title: 'Variables',
      purpose: 'write them into the wrangler files',
      async look() {
        const names = (await wantedVariables()).map(([name]) => name)
        if (installation.domain && files.domain() !== installation.domain) names.push('the domain')
        return names.length > 0 ? `write ${names.join(', ')} into the wrangler files` : undefined
      },
      async fix() {
        const wrong = await wantedVariables()
        for (const [name, value] of wrong) files.setVariable(name, value)
        if (installation.domain) files.setDomain(installation.domain)
        return 'written into the wrangler files'
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
      async fix() {
        await wrangler(['d1', 'migrations', 'apply', DATABASE, '--remote'])
        return 'applied'
      },
    },
    {
      title: 'Encryption key',
      purpose: 'make one, unless stored values need one that exists',
      async look() {
        const action = await encryptionKeyAction()
        if (!action) return undefined
        return action === 'make' ? 'make one' : 'note in the database which one seals'
      },
      async fix() {
        if ((await encryptionKeyAction()) === 'make') {
          known.ENCRYPTION_KEY = installation.makeSecret('ENCRYPTION_KEY')
        }
        installation.keep(known)
        if (known.ENCRYPTION_KEY) await recordKey(store(), known.ENCRYPTION_KEY)
        return 'the database notes which one seals'
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
      async fix() {
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
