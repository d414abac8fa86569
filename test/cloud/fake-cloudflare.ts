import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the fake account holds; tests look at it and change it. */
export interface FakeAccount {
  databases: { uuid: string; name: string }[]
  queues: string[]
  /** Names of the migrations applied. */
  migrations: string[]
  /** Deployed Workers, in order of their (last) deployment, with the names of their secrets. */
  workers: Map<string, { secrets: Map<string, string>; deployments: number }>
  /** Every request that changes something, as `METHOD path`. */
  changes: string[]
}

export interface FakeCloudflare {
  account: FakeAccount
  /** Environment that points wrangler here. */
  env: Record<string, string>
  close(): Promise<void>
}

type Answer = { result: unknown; status?: number; error?: { code: number; message: string } }

const notFound = (code: number, message: string): Answer => ({
  result: null,
  status: 404,
  error: { code, message },
})

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** Secrets that come along with a deployment: bindings of type secret_text in the upload's metadata. */
async function uploadedSecrets(body: Buffer, contentType: string): Promise<Map<string, string>> {
  const form = await new Response(new Uint8Array(body), {
    headers: { 'content-type': contentType },
  }).formData()
  const metadata = JSON.parse(String(form.get('metadata'))) as {
    bindings?: { type: string; name: string; text?: string }[]
  }
  const secrets = (metadata.bindings ?? []).filter((binding) => binding.type === 'secret_text')
  return new Map(secrets.map((binding) => [binding.name, binding.text ?? '']))
}

/** The part of Cloudflare's API that the project's use of wrangler touches, over HTTP, for one account. */
export async function startFakeCloudflare(): Promise<FakeCloudflare> {
  const account: FakeAccount = { databases: [], queues: [], migrations: [], workers: new Map(), changes: [] }

  function query(sql: string): unknown[] {
    const recorded = /insert into "?d1_migrations"? \(name\)\s*values \('([^']+)'\)/i.exec(sql)?.[1]
    if (recorded) account.migrations.push(recorded)
    if (/select \*\s+from "?d1_migrations/i.test(sql)) {
      return account.migrations.map((name, i) => ({ id: i + 1, name, applied_at: '2026-01-01' }))
    }
    return []
  }

  async function answer(
    method: string,
    path: string,
    search: URLSearchParams,
    request: IncomingMessage,
  ): Promise<Answer> {
    const body = await bodyOf(request)
    const json = () => JSON.parse(body.toString() || '{}')
    if (method !== 'GET' && !path.endsWith('/query')) account.changes.push(`${method} ${path}`)

    if (path === '/d1/database') {
      if (method === 'GET') return { result: account.databases }
      const database = { uuid: '11111111-2222-4333-8444-555555555555', name: json().name as string }
      account.databases.push(database)
      return { result: database }
    }
    if (path.endsWith('/query'))
      return { result: [{ success: true, results: query(json().sql ?? ''), meta: { duration: 1 } }] }
    if (path.startsWith('/d1/database/'))
      return { result: { ...account.databases[0], version: 'production' } }

    if (path === '/queues') {
      if (method === 'POST') {
        account.queues.push(json().queue_name)
        return { result: { queue_id: `id-${json().queue_name}`, queue_name: json().queue_name } }
      }
      const names = search.getAll('name')
      const found = account.queues.filter((queue) => names.length === 0 || names.includes(queue))
      return {
        result: found.map((queue) => ({
          queue_id: `id-${queue}`,
          queue_name: queue,
          producers: [],
          consumers: [],
        })),
      }
    }
    if (path.startsWith('/queues/')) return { result: method === 'GET' ? [] : {} }

    if (path === '/workers/subdomain') return { result: { subdomain: 'demo' } }
    const [, name = '', rest = ''] = /^\/workers\/(?:scripts|services)\/([^/]+)(.*)$/.exec(path) ?? []
    if (!name) return { result: [] }
    const worker = account.workers.get(name)
    if ((method === 'PUT' && rest === '') || (method === 'POST' && rest === '/versions')) {
      const secrets = await uploadedSecrets(body, request.headers['content-type'] ?? '')
      account.workers.delete(name)
      account.workers.set(name, {
        secrets: new Map([...(worker?.secrets ?? []), ...secrets]),
        deployments: (worker?.deployments ?? 0) + 1,
      })
      const resources = { script: { etag: 'e' }, bindings: [], script_runtime: {} }
      return {
        result: {
          id: 'v',
          number: 1,
          metadata: {},
          etag: 'e',
          deployment_id: 'd',
          startup_time_ms: 1,
          resources,
        },
      }
    }
    if (!worker) return notFound(10007, 'This Worker does not exist on your account.')
    if (rest === '/secrets') {
      return { result: [...worker.secrets.keys()].map((secret) => ({ name: secret, type: 'secret_text' })) }
    }
    if (rest === '/subdomain') return { result: { enabled: name === 'sportello', previews_enabled: false } }
    if (rest.startsWith('/deployments'))
      return { result: { deployments: [{ versions: [{ version_id: 'v', percentage: 100 }] }] } }
    if (rest.startsWith('/versions')) return { result: { items: [], resources: { bindings: [] } } }
    if (rest.startsWith('/settings')) return { result: { bindings: [], compatibility_date: '2026-08-01' } }
    if (rest.startsWith('/schedules')) return { result: { schedules: [] } }
    return { result: { default_environment: { script: { last_deployed_from: 'wrangler' } } } }
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://fake')
    const path = url.pathname.replace('/client/v4', '').replace('/accounts/acc', '')
    const {
      result,
      status = 200,
      error,
    } = await answer(request.method ?? 'GET', path, url.searchParams, request)
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify({
        success: !error,
        errors: error ? [error] : [],
        messages: [],
        result,
        result_info: { page: 1, total_pages: 1, count: 0, total_count: 0 },
      }),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    account,
    env: {
      CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${port}/client/v4`,
      CLOUDFLARE_API_TOKEN: 'test-token',
      CLOUDFLARE_ACCOUNT_ID: 'acc',
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
