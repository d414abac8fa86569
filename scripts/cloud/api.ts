import type { Wrangler } from './wrangler.ts'

/** Cloudflare's REST API for one account: what wrangler does not show. Paths begin after the account. */
export interface CloudflareApi {
  get<Result>(path: string): Promise<Result>
  post<Result>(path: string, body: unknown): Promise<Result>
}

/** Cloudflare said no, or could not be asked. */
export class CloudflareError extends Error {
  override name = 'CloudflareError'
  /** The HTTP status; undefined when there was no answer. */
  readonly status: number | undefined

  constructor(message: string, status?: number) {
    super(message)
    this.status = status
  }
}

interface Envelope {
  success: boolean
  errors?: { code: number; message: string }[]
  result: unknown
}

type Login = { type: string; token?: string; key?: string; email?: string }

/** Headers of whoever is logged in: the environment's token, or wrangler's login. */
async function authorization(env: NodeJS.ProcessEnv, wrangler: Wrangler): Promise<Record<string, string>> {
  if (env.CLOUDFLARE_API_TOKEN) return { authorization: `Bearer ${env.CLOUDFLARE_API_TOKEN}` }
  let login: Login
  try {
    const said = await wrangler(['auth', 'token', '--json'])
    login = JSON.parse(said.slice(said.indexOf('{'))) as Login
  } catch {
    throw new CloudflareError('nobody is logged in to Cloudflare', 401)
  }
  return login.key
    ? { 'x-auth-key': login.key, 'x-auth-email': login.email ?? '' }
    : { authorization: `Bearer ${login.token}` }
}

/**
 * Opens the API with the environment's credentials (CLOUDFLARE_API_TOKEN, CLOUDFLARE_ACCOUNT_ID), else with wrangler's
 * login.
 * @throws CloudflareError
 */
export async function openCloudflare(env: NodeJS.ProcessEnv, wrangler: Wrangler): Promise<CloudflareApi> {
  const root = env.CLOUDFLARE_API_BASE_URL ?? 'https://api.cloudflare.com/client/v4'
  const headers = await authorization(env, wrangler)

  async function call(method: string, path: string, body?: unknown): Promise<unknown> {
    let response: Response
    try {
      response = await fetch(`${root}${path}`, {
        method,
        headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(20_000),
      })
    } catch (error) {
      throw new CloudflareError(`Cloudflare could not be reached: ${String(error)}`)
    }
    const answer = (await response.json().catch(() => undefined)) as Envelope | undefined
    if (answer?.success) return answer.result
    const [fault] = answer?.errors ?? []
    throw new CloudflareError(fault?.message ?? `Cloudflare answered ${response.status}`, response.status)
  }

  async function account(): Promise<string> {
    if (env.CLOUDFLARE_ACCOUNT_ID) return env.CLOUDFLARE_ACCOUNT_ID
    const accounts = (await call('GET', '/accounts')) as { id: string }[]
    if (accounts.length === 1 && accounts[0]) return accounts[0].id
    throw new CloudflareError(
      `this login has ${accounts.length} accounts: CLOUDFLARE_ACCOUNT_ID says which`,
      400,
    )
  }

  const prefix = `/accounts/${await account()}`
  return {
    get: <Result>(path: string) => call('GET', `${prefix}${path}`) as Promise<Result>,
    post: <Result>(path: string, body: unknown) => call('POST', `${prefix}${path}`, body) as Promise<Result>,
  }
}

/** Stands for an API that could not be opened: each question fails with the reason. */
export const unopened = (reason: unknown): CloudflareApi => ({
  get: () => Promise.reject(reason),
  post: () => Promise.reject(reason),
})
