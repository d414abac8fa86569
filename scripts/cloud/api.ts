import { setTimeout as sleep } from 'node:timers/promises'
import { type Wrangler, WranglerError } from './wrangler.ts'

/** Cloudflare's REST API for one account, for what wrangler does not show. Paths begin after the account. */
export interface CloudflareApi {
  readonly accountId: string
  get<Result>(path: string): Promise<Result>
  post<Result>(path: string, body: unknown): Promise<Result>
  delete(path: string): Promise<void>
  /** Reads a path outside the account, e.g. `/zones`. */
  anywhere<Result>(path: string): Promise<Result>
}

/** Cloudflare refused, or could not be reached. */
export class CloudflareError extends Error {
  override name = 'CloudflareError'
  /** The HTTP status; undefined when there was no answer. */
  readonly status: number | undefined

  constructor(message: string, status?: number) {
    super(message)
    this.status = status
  }
}

interface ApiError {
  code: number
  message: string
  error_chain?: ApiError[]
}

interface Envelope {
  success: boolean
  errors?: ApiError[]
  result: unknown
}

/** Every error of an answer with its code, and its causes. */
function describeErrors(errors: readonly ApiError[]): string {
  return errors
    .map(({ code, message, error_chain: causes = [] }) => {
      const because = causes.length > 0 ? ` (because: ${describeErrors(causes)})` : ''
      return `${message.replace(/\.$/, '')} [code: ${code}]${because}`
    })
    .join('; ')
}

type Login = { type: string; token?: string; key?: string; email?: string }

/** Headers with the credentials: the environment's token, or wrangler's login. */
async function authorization(env: NodeJS.ProcessEnv, wrangler: Wrangler): Promise<Record<string, string>> {
  if (env.CLOUDFLARE_API_TOKEN) return { authorization: `Bearer ${env.CLOUDFLARE_API_TOKEN}` }
  let login: Login
  try {
    const said = await wrangler(['auth', 'token', '--json'])
    login = JSON.parse(said.slice(said.indexOf('{'))) as Login
  } catch (error) {
    if (error instanceof WranglerError && error.loggedOut) {
      throw new CloudflareError('nobody is logged in to Cloudflare', 401)
    }
    throw error
  }
  return login.key
    ? { 'x-auth-key': login.key, 'x-auth-email': login.email ?? '' }
    : { authorization: `Bearer ${login.token}` }
}

/** Thrown when the login has several accounts and no setting names the one to use. */
export class AccountChoiceError extends Error {
  override name = 'AccountChoiceError'
}

/** Pauses before a read is tried again, ms: minutes pass between two calls while wrangler works, and connections break. */
const READ_AGAIN_AFTER = [250, 1_000]

/** Sends a request that changes nothing, again if the connection breaks. @throws what the last try threw */
async function retried(send: () => Promise<Response>): Promise<Response> {
  for (const pause of READ_AGAIN_AFTER) {
    try {
      return await send()
    } catch (error) {
      // A timeout has waited long enough.
      if (!(error instanceof TypeError)) throw error
      await sleep(pause)
    }
  }
  return send()
}

/** Asks a person which of several accounts to use. @returns its id; undefined when there is no terminal to ask in */
export type ChooseAccount = (accounts: readonly { id: string; name: string }[]) => Promise<string | undefined>

/**
 * Opens the API with the environment's credentials (CLOUDFLARE_API_TOKEN, CLOUDFLARE_ACCOUNT_ID), else with wrangler's
 * login.
 * @throws CloudflareError, AccountChoiceError, WranglerError
 */
export async function openCloudflare(
  env: NodeJS.ProcessEnv,
  wrangler: Wrangler,
  choose?: ChooseAccount,
): Promise<CloudflareApi> {
  const root = env.CLOUDFLARE_API_BASE_URL ?? 'https://api.cloudflare.com/client/v4'
  const headers = await authorization(env, wrangler)

  async function call(method: string, path: string, body?: unknown): Promise<unknown> {
    const send = () =>
      fetch(`${root}${path}`, {
        method,
        headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(20_000),
      })
    let response: Response
    try {
      response = method === 'GET' ? await retried(send) : await send()
    } catch (error) {
      throw new CloudflareError(`Cloudflare could not be reached: ${String(error)}`)
    }
    const answer = (await response.json().catch(() => undefined)) as Envelope | undefined
    if (answer?.success) return answer.result
    const said = describeErrors(answer?.errors ?? [])
    throw new CloudflareError(
      `Cloudflare answered ${response.status}${said ? `: ${said}` : ''} (${method} ${path.replace(/\?.*/, '')})`,
      response.status,
    )
  }

  async function account(): Promise<string> {
    if (env.CLOUDFLARE_ACCOUNT_ID) return env.CLOUDFLARE_ACCOUNT_ID
    const accounts = (await call('GET', '/accounts')) as { id: string; name: string }[]
    if (accounts.length === 1 && accounts[0]) return accounts[0].id
    const chosen = accounts.length > 1 ? await choose?.(accounts) : undefined
    if (chosen) return chosen
    if (accounts.length === 0) throw new CloudflareError('this login has no account, or may not list it', 403)
    const list = accounts.map(({ id, name }) => `${id} (${name})`).join(', ')
    throw new AccountChoiceError(
      `This login has ${accounts.length} accounts: set CLOUDFLARE_ACCOUNT_ID to one of ${list}.`,
    )
  }

  const accountId = await account()
  const prefix = `/accounts/${accountId}`
  return {
    accountId,
    get: <Result>(path: string) => call('GET', `${prefix}${path}`) as Promise<Result>,
    post: <Result>(path: string, body: unknown) => call('POST', `${prefix}${path}`, body) as Promise<Result>,
    delete: (path) => call('DELETE', `${prefix}${path}`) as Promise<void>,
    anywhere: <Result>(path: string) => call('GET', path) as Promise<Result>,
  }
}

/** Replaces an API that could not be opened: each call fails with the reason. */
export const unopened = (reason: unknown): CloudflareApi => ({
  accountId: '',
  get: () => Promise.reject(reason),
  post: () => Promise.reject(reason),
  delete: () => Promise.reject(reason),
  anywhere: () => Promise.reject(reason),
})
