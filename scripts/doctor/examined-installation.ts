import { AccountChoiceError, type CloudflareApi, CloudflareError, openCloudflare } from '../cloud/api.ts'
import { findDatabase } from '../cloud/cloudflare.ts'
import { NO_DATABASE, type WranglerFiles } from '../cloud/files.ts'
import { remoteStore, type Store } from '../cloud/store.ts'
import { openApi } from '../cloud/telegram.ts'
import { type Wrangler, WranglerError } from '../cloud/wrangler.ts'
import { WORKER_NAMES } from '../local/bundle.ts'
import type { Running } from '../local/running.ts'
import { cloudflareChecks, evaluateSecrets, pushToQueue } from './check-cloudflare.ts'
import { openLocalStore, storeChecks } from './check-store.ts'
import { telegramChecks } from './check-telegram.ts'
import { type Check, examine, type Finding, findingOf, LOCAL_ADVICE, orOk, type Verdict } from './finding.ts'
import { healthCheck } from './health.ts'
import { type Trial, trialAlert } from './trial-alert.ts'

/** How the trial alert waits; tests shorten it. */
export type Patience = Pick<Trial, 'everyMs' | 'times'>

/** An installation on Cloudflare that is to be examined. */
export interface LiveInstallation {
  env: NodeJS.ProcessEnv
  wrangler: Wrangler
  files: WranglerFiles
  /** The bot's token, when it is known here. */
  token: string | undefined
  /** Address of the edge Worker; without it the wrangler file's PUBLIC_URL. */
  url?: string | undefined
  /** False: no message to the operators. */
  message: boolean
  /** True right after a deployment: a new address takes some seconds to answer. */
  fresh?: boolean
  patience?: Patience
}

/** Tries for a new address: half a minute. */
const FRESH_TRIES = 10

const idsOf = (list: string | undefined): number[] =>
  (list ?? '')
    .split(/[\s,;]+/)
    .filter(Boolean)
    .map(Number)

/** What a failed question to Cloudflare means for the installation. */
function cloudflareFault(error: unknown): Verdict {
  if (error instanceof AccountChoiceError || error instanceof WranglerError) {
    return { fault: 'cloudflare-refused', detail: error.message }
  }
  if (!(error instanceof CloudflareError)) throw error
  const { status, message: detail } = error
  if (status === 401 || status === 403) return { fault: 'cloudflare-login', detail }
  const refused = status !== undefined && status >= 400 && status < 500
  return { fault: refused ? 'cloudflare-refused' : 'cloudflare-down', detail }
}

async function attempt<Result>(asked: Promise<Result>): Promise<Result | Verdict> {
  try {
    return await asked
  } catch (error) {
    return cloudflareFault(error)
  }
}

const isVerdict = (value: object): value is Verdict => 'fault' in value

/** The deployed database, or what is wrong with it. */
async function openStore(api: CloudflareApi, files: WranglerFiles): Promise<Store | Verdict> {
  const id = await findDatabase(api)
  if (!id) return { fault: 'database-missing', detail: 'the account has no D1 database of this name' }
  if (files.databaseId() !== id) {
    return { fault: 'database-missing', detail: `the wrangler files name another database than ${id}` }
  }
  return remoteStore(api, id)
}

/** Examines what is on Cloudflare and at Telegram, end to end. */
export async function examineLive(installation: LiveInstallation): Promise<Finding[]> {
  const { env, wrangler, files, token, message } = installation
  const url = (installation.url ?? files.variable('PUBLIC_URL') ?? '').replace(/\/+$/, '')
  if (files.databaseId() === NO_DATABASE && !installation.url) {
    return [findingOf('Installation', { fault: 'not-installed', detail: 'this clone is not installed yet' })]
  }
  const findings: Finding[] = []
  const api = await attempt(openCloudflare(env, wrangler))
  let store: Store | undefined
  if (isVerdict(api)) findings.push(findingOf('Cloudflare', api))
  else {
    const opened = await attempt(openStore(api, files))
    if (isVerdict(opened)) findings.push(findingOf('Database', opened))
    else store = opened
    const checks = [...cloudflareChecks(api), ...(store ? storeChecks(store) : [])]
    findings.push(...(await examine(checks, cloudflareFault)))
  }
  const outside = [
    ...(token ? telegramChecks(openApi(token, telegramRoot(env, files)), url, Date.now) : []),
    healthCheck(url, installation.fresh ? FRESH_TRIES : 1),
  ]
  if (!token)
    findings.push(
      findingOf('Bot', { fault: 'token-missing', detail: 'the bot cannot be asked without its token' }),
    )
  findings.push(...(await examine(outside, rethrow)))
  if (store && !isVerdict(api)) {
    const trial = trialAlert({
      store,
      adminIds: idsOf(files.variable('ADMIN_IDS')),
      nudge: (nudge) => pushToQueue(api, 'sportello-outbound', nudge),
      ...installation.patience,
    })
    findings.push(...(message ? await examine([trial], cloudflareFault) : [unsent]))
  }
  return findings
}

const unsent = findingOf('Trial alert', { skipped: 'not sent, as asked' })

/** The Bot API's address: from the environment, else the one that the Workers were deployed with. */
const telegramRoot = (env: NodeJS.ProcessEnv, files: WranglerFiles): string =>
  env.TELEGRAM_API_ROOT || files.variable('TELEGRAM_API_ROOT') || 'https://api.telegram.org'

function rethrow(error: unknown): never {
  throw error
}

/** Settings that every run has; without one it would not have started, but the file may be of another version. */
const settingsCheck = (variables: Running['variables']): Check => ({
  title: 'Secrets',
  look: async () =>
    orOk(
      WORKER_NAMES.flatMap((worker) => evaluateSecrets(worker, Object.keys(variables))),
      'all set',
    ),
})

/** What to do about a fault of a local run, where nothing is deployed. */
function advisedLocally(finding: Finding): Finding {
  if (finding.status !== 'failed' || !/npm run (?:setup|deploy)|wrangler/.test(finding.advice)) return finding
  return { ...finding, advice: LOCAL_ADVICE }
}

/** Examines a run on this machine, end to end. @param running undefined when nothing runs */
export async function examineLocal(
  running: Running | undefined,
  stateDir: string,
  options: { message: boolean; patience?: Patience },
): Promise<Finding[]> {
  const store = openLocalStore(stateDir)
  if (!running || !store) {
    return [findingOf('Installation', { fault: 'not-running', detail: `nothing runs on ${stateDir}` })]
  }
  try {
    const { variables, url, polled } = running
    const shiftMs = Number(variables.CLOCK_SHIFT_SECONDS ?? 0) * 1_000
    const root = variables.TELEGRAM_API_ROOT ?? 'https://api.telegram.org'
    const checks = [
      settingsCheck(variables),
      ...storeChecks(store, shiftMs),
      ...telegramChecks(openApi(variables.TELEGRAM_BOT_TOKEN ?? '', root), url, Date.now, polled),
      healthCheck(url),
    ]
    const findings = await examine(checks, rethrow)
    const trial = trialAlert({ store, adminIds: idsOf(variables.ADMIN_IDS), shiftMs, ...options.patience })
    const sent = options.message ? await examine([trial], rethrow) : [unsent]
    return [...findings, ...sent].map(advisedLocally)
  } finally {
    store.close()
  }
}
