import { WORKERS, type WorkerName } from '../local/bundle.ts'
import { readWranglerFile } from '../wrangler-file.ts'
import { type CloudflareApi, CloudflareError } from './api.ts'
import { unlessMissing, workersDevAddress } from './cloudflare.ts'

/** Crons of all Workers of an account together. Source: developers.cloudflare.com/workers/platform/limits/ */
const MOST_CRONS = { free: 5, paid: 250 } as const

export type Plan = keyof typeof MOST_CRONS

/** What an installation needs of the account and of its settings. */
export interface Prerequisites {
  cloudflare: CloudflareApi
  workers: readonly WorkerName[]
  variables: Record<string, string>
  /** The edge's custom domain, when it is to have one. */
  domain: string | undefined
  /** The edge's address, when it is known. */
  publicUrl: string
}

/** What is wrong with lists of Telegram ids; empty when nothing is. */
export function idFaults(variables: Record<string, string>): string[] {
  const faults: string[] = []
  for (const name of ['ADMIN_IDS', 'SPORT_USER_IDS'] as const) {
    const text = variables[name]
    if (!text || (name === 'SPORT_USER_IDS' && text.trim() === '*')) continue
    const wrong = text.split(/[\s,;]+/).filter((id) => id && !/^\d{1,15}$/.test(id))
    if (wrong.length === 0) continue
    const everyone = name === 'SPORT_USER_IDS' ? ', or * for everyone' : ''
    faults.push(
      `${name}: ${wrong.join(', ')} should be a number such as 123456789, separated by commas${everyone}. Message @userinfobot in Telegram to see an id; a name with @ is none.`,
    )
  }
  return faults
}

/** What is wrong with the address; undefined when nothing is. */
export function addressFault(publicUrl: string, domain: string | undefined): string | undefined {
  if (domain && !/^(?!-)[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i.test(domain)) {
    return `--domain should be a name such as bot.example.org, not "${domain}".`
  }
  if (
    publicUrl &&
    !/^https:\/\/[^/?#]+$/.test(publicUrl) &&
    !/^http:\/\/(?:127\.|localhost|\[::1\])/.test(publicUrl)
  ) {
    return `PUBLIC_URL should be an https:// address without a path, not "${publicUrl}".`
  }
  return undefined
}

/** The account's plan for Workers; undefined when this login may not see it. */
export async function planOf(api: CloudflareApi): Promise<Plan | undefined> {
  try {
    const found = await api.get<{ rate_plan?: { id?: string } }[]>('/subscriptions')
    return found.some(({ rate_plan: plan }) =>
      /workers_(?:paid|enterprise)|workers_unbound/i.test(plan?.id ?? ''),
    )
      ? 'paid'
      : 'free'
  } catch (error) {
    // A token for Workers may not read the bills.
    if (error instanceof CloudflareError && error.status !== undefined && error.status < 500) return undefined
    throw error
  }
}

/** Crons of the account's other Workers, by Worker. */
async function otherCrons(api: CloudflareApi): Promise<Map<string, number>> {
  const own = new Set<string>(Object.values(WORKERS).map(({ name }) => name))
  const scripts = (await api.get<{ id: string }[]>('/workers/scripts')).filter(({ id }) => !own.has(id))
  const counts = new Map<string, number>()
  for (const { id } of scripts) {
    const found = await unlessMissing(
      api.get<{ schedules: unknown[] }>(`/workers/scripts/${encodeURIComponent(id)}/schedules`),
    )
    if (found && found.schedules.length > 0) counts.set(id, found.schedules.length)
  }
  return counts
}

const sum = (numbers: Iterable<number>) => [...numbers].reduce((total, each) => total + each, 0)

/** What is wrong with the number of crons; undefined when they fit. @param others crons of other Workers */
export function cronFault(
  own: number,
  others: ReadonlyMap<string, number>,
  plan: Plan | undefined,
): string | undefined {
  const taken = sum(others.values())
  // Without knowing the plan only what no plan allows is refused.
  const most = MOST_CRONS[plan ?? 'paid']
  if (own + taken <= most) return undefined
  const list = [...others].map(([name, count]) => `${name} (${count})`).join(', ')
  return `Sportello needs ${own} cron triggers, and ${taken} of the ${most} that the ${plan ?? 'paid'} plan allows an account are taken by ${list}: remove some${plan === 'free' ? ', or take the paid plan' : ''}.`
}

const ownCrons = (workers: readonly WorkerName[]) =>
  sum(workers.map((worker) => (readWranglerFile(WORKERS[worker].config).triggers.crons ?? []).length))

/** Why the domain cannot be used; undefined when the account has its zone, and it is active. */
async function domainFault(api: CloudflareApi, domain: string): Promise<string | undefined> {
  const labels = domain.split('.')
  for (let from = 0; from < labels.length - 1; from++) {
    const name = labels.slice(from).join('.')
    const zones = await api.anywhere<{ name: string; status: string }[]>(
      `/zones?name=${name}&account.id=${api.accountId}`,
    )
    const zone = zones.find((each) => each.name === name)
    if (zone?.status === 'active') return undefined
    if (zone) {
      return `The zone ${name} is not active yet (${zone.status}): finish adding it in the Cloudflare dashboard, or leave --domain out.`
    }
  }
  return `The account has no zone for ${domain}: add the domain to Cloudflare first, or leave --domain out.`
}

/** Everything that would make the installation fail later, a sentence each; empty when nothing would. */
export async function prerequisiteFaults(wanted: Prerequisites): Promise<string[]> {
  const { cloudflare, workers, variables, domain, publicUrl } = wanted
  const settings = [...idFaults(variables), addressFault(publicUrl, domain)].filter(
    (fault) => fault !== undefined,
  )
  if (settings.length > 0) return settings
  const [address, plan, others, zone] = await Promise.all([
    domain ? undefined : workersDevAddress(cloudflare),
    planOf(cloudflare),
    otherCrons(cloudflare),
    domain ? domainFault(cloudflare, domain) : undefined,
  ])
  const subdomain =
    domain || address
      ? undefined
      : 'The account has no workers.dev subdomain yet: open Workers in the Cloudflare dashboard once and choose one, or give --domain.'
  return [subdomain, zone, cronFault(ownCrons(workers), others, plan)].filter((fault) => fault !== undefined)
}
