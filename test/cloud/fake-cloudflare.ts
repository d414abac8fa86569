import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type FakeDatabase, openFakeDatabase } from './fake-database.ts'

/** A queue's consumer as Cloudflare keeps it. */
export interface FakeConsumer {
  consumer_id: string
  type: string
  script: string
  dead_letter_queue?: string
  settings: Record<string, unknown>
}

/** A deployed Worker. */
export interface FakeWorker {
  secrets: Map<string, string>
  /** Names of its other bindings. */
  bindings: string[]
  /** Ids of its versions, newest first; the first is the one that runs. */
  versions: string[]
  /** Tags of its versions. */
  tags: Map<string, string>
  crons: string[]
}

/** What the fake account holds; tests look at it and change it. */
export interface FakeAccount {
  databases: { uuid: string; name: string }[]
  /** The one database's content, in real SQLite. */
  database: FakeDatabase
  /** Consumers by queue. */
  queues: Map<string, FakeConsumer[]>
  /** Messages pushed over the API, by queue. */
  pushed: { queue: string; body: unknown }[]
  /** Deployed Workers, in order of their (last) deployment. */
  workers: Map<string, FakeWorker>
  /** The account's name under workers.dev; undefined when none was chosen. */
  subdomain: string | undefined
  /** What time travel goes back to. */
  past?: FakeDatabase
  /** Plans of the account, by Cloudflare's names. */
  plans: string[]
  /** Domains on the account, and those among them that are not active yet. */
  zones: string[]
  pendingZones: string[]
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

const DATABASE_ID = '11111111-2222-4333-8444-555555555555'

const notFound = (code: number, message: string): Answer => ({
  result: null,
  status: 404,
  error: { code, message },
})

/** A refusal as Cloudflare words it. */
const refused = (code: number, message: string): Answer => ({
  result: null,
  status: 400,
  error: { code, message },
})

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

interface Upload {
  secrets: Map<string, string>
  bindings: string[]
  tag: string
}

/** What an upload's metadata says. */
async function readUpload(body: Buffer, contentType: string): Promise<Upload> {
  const form = await new Response(new Uint8Array(body), {
    headers: { 'content-type': contentType },
  }).formData()
  const { bindings = [], annotations = {} } = JSON.parse(String(form.get('metadata'))) as {
    bindings?: { type: string; name: string; text?: string }[]
    annotations?: Record<string, string>
  }
  const secrets = bindings.filter(({ type }) => type === 'secret_text')
  return {
    secrets: new Map(secrets.map(({ name, text = '' }) => [name, text])),
    bindings: bindings
      .filter(({ type }) => !/^(secret_text|plain_text|inherit)$/.test(type))
      .map(({ name }) => name),
    tag: annotations['workers/tag'] ?? '',
  }
}

/** The part of Cloudflare's API that the project's use of it touches, over HTTP, for one account. */
export async function startFakeCloudflare(): Promise<FakeCloudflare> {
  const account: FakeAccount = {
    databases: [],
    database: openFakeDatabase(),
    queues: new Map(),
    pushed: [],
    workers: new Map(),
    subdomain: 'demo',
    plans: ['workers_paid'],
    zones: [],
    pendingZones: [],
    changes: [],
  }
  const files = new Map<string, string>()
  let origin = ''

  function database(method: string, rest: string, body: Buffer): Answer {
    const json = () => JSON.parse(body.toString() || '{}')
    if (rest === '') {
      if (method === 'GET') return { result: account.databases }
      const made = { uuid: DATABASE_ID, name: json().name as string }
      account.databases.push(made)
      return { result: made }
    }
    if (method === 'DELETE') {
      account.databases = []
      return { result: null }
    }
    if (rest.endsWith('/query')) return { result: account.database.query(json().sql ?? '', json().params) }
    if (rest.includes('/time_travel/bookmark')) return { result: { bookmark: 'b-past' } }
    if (rest.includes('/time_travel/restore')) {
      const previous = account.database
      account.database = account.past ?? openFakeDatabase()
      account.past = previous
      return { result: { bookmark: 'b-past', previous_bookmark: 'b-before', message: '' } }
    }
    if (rest.endsWith('/export')) {
      files.set('/files/export', account.database.dump())
      const result = { filename: 'export.sql', signed_url: `${origin}/files/export` }
      return { result: { success: true, messages: [], status: 'complete', at_bookmark: 'b', result } }
    }
    if (rest.endsWith('/import')) {
      const { action } = json() as { action: string }
      if (action === 'init') {
        return { result: { success: true, filename: 'import.sql', upload_url: `${origin}/files/import` } }
      }
      const sql = files.get('/files/import') ?? ''
      account.database.run(sql)
      const result = {
        num_queries: 1,
        final_bookmark: 'b',
        meta: { duration: 1, rows_read: 0, rows_written: 0, size_after: 0 },
      }
      return { result: { success: true, messages: [], status: 'complete', type: 'import', result } }
    }
    return { result: { ...account.databases[0], version: 'production' } }
  }

  function queues(method: string, rest: string, search: URLSearchParams, body: Buffer): Answer {
    const json = () => JSON.parse(body.toString() || '{}')
    if (rest === '') {
      if (method === 'POST') {
        account.queues.set(json().queue_name, [])
        return { result: { queue_id: `id-${json().queue_name}`, queue_name: json().queue_name } }
      }
      const names = search.getAll('name')
      const found = [...account.queues].filter(([name]) => names.length === 0 || names.includes(name))
      return {
        result: found.map(([name, consumers]) => ({
          queue_id: `id-${name}`,
          queue_name: name,
          producers: [],
          consumers,
        })),
      }
    }
    const [, queue = '', part = ''] = /^\/id-([\w-]+)(\/.*)?$/.exec(rest) ?? []
    if (part === '/messages') {
      account.pushed.push({ queue, body: json().body })
      return { result: {} }
    }
    if (method === 'DELETE' && part === '') {
      if ((account.queues.get(queue)?.length ?? 0) > 0) {
        return refused(11005, `Queue ${queue} has consumers, which must be removed first`)
      }
      account.queues.delete(queue)
      return { result: null }
    }
    if (method === 'DELETE' && part.startsWith('/consumers/')) {
      account.queues.set(queue, [])
      return { result: null }
    }
    if (part.startsWith('/consumers') && method !== 'GET') {
      const { script_name, type, dead_letter_queue, settings } = json()
      account.queues.set(queue, [
        { consumer_id: 'c', type, script: script_name, dead_letter_queue, settings },
      ])
    }
    return { result: {} }
  }

  async function workers(method: string, path: string, body: Buffer, contentType: string): Promise<Answer> {
    if (path === '/workers/subdomain') return { result: { subdomain: account.subdomain } }
    if (path === '/workers/scripts') return { result: [...account.workers.keys()].map((id) => ({ id })) }
    const [, named] = /^\/workers\/workers\/([^/]+)$/.exec(path) ?? []
    if (named) {
      if (!account.workers.has(named)) return notFound(10007, 'This Worker does not exist on your account.')
      const subdomain = { enabled: named === 'sportello', previews_enabled: false }
      return { result: { id: named, name: named, subdomain } }
    }
    const [, name = '', rest = ''] = /^\/workers\/(?:scripts|services)\/([^/]+)(.*)$/.exec(path) ?? []
    if (!name) return { result: [] }
    const worker = account.workers.get(name)
    if ((method === 'PUT' && rest === '') || (method === 'POST' && rest === '/versions')) {
      const upload = await readUpload(body, contentType)
      const version = `v${(worker?.versions.length ?? 0) + 1}`
      account.workers.delete(name)
      account.workers.set(name, {
        secrets: new Map([...(worker?.secrets ?? []), ...upload.secrets]),
        bindings: upload.bindings,
        tags: new Map([...(worker?.tags ?? []), [version, upload.tag]]),
        versions: [version, ...(worker?.versions ?? [])],
        crons: worker?.crons ?? [],
      })
      const resources = { script: { etag: 'e' }, bindings: [], script_runtime: {} }
      return {
        result: {
          id: version,
          number: 1,
          metadata: {},
          etag: 'e',
          deployment_id: 'd',
          startup_time_ms: 1,
          resources,
        },
      }
    }
    if (worker && method === 'DELETE' && rest === '') {
      const binding = [...account.workers].find(
        ([other, { bindings }]) =>
          name === 'sportello-booking' && other !== name && bindings.includes('STUDENTS'),
      )
      if (binding) return refused(10064, `${name} is still referenced by ${binding[0]}`)
      account.workers.delete(name)
      return { result: null }
    }
    if (!worker) return notFound(10007, 'This Worker does not exist on your account.')
    if (rest === '/secrets') {
      return { result: [...worker.secrets.keys()].map((secret) => ({ name: secret, type: 'secret_text' })) }
    }
    if (rest === '/subdomain') return { result: { enabled: name === 'sportello', previews_enabled: false } }
    if (rest.startsWith('/deployments')) {
      if (method === 'POST') {
        const [{ version_id: chosen } = { version_id: '' }] = JSON.parse(body.toString()).versions
        worker.versions = [chosen, ...worker.versions.filter((version) => version !== chosen)]
        return { result: {} }
      }
      const deployments = worker.versions.map((version, i) => ({
        id: version,
        source: 'wrangler',
        strategy: 'percentage',
        author_email: 'ada@example.org',
        created_on: new Date(Date.UTC(2026, 0, 1) - i * 60_000).toISOString(),
        versions: [{ version_id: version, percentage: 100 }],
      }))
      return { result: { deployments } }
    }
    const version = /^\/versions\/(\w+)$/.exec(rest)?.[1]
    if (version) {
      const metadata = {
        created_on: '2026-01-01T00:00:00Z',
        source: 'wrangler',
        author_email: 'a@example.org',
      }
      return {
        result: {
          id: version,
          number: 1,
          metadata,
          annotations: { 'workers/tag': worker.tags.get(version) },
          resources: { bindings: [] },
        },
      }
    }
    if (rest.startsWith('/versions')) return { result: { items: [], resources: { bindings: [] } } }
    if (rest.startsWith('/settings')) {
      return {
        result: { bindings: worker.bindings.map((name) => ({ name })), compatibility_date: '2026-11-02' },
      }
    }
    if (rest.startsWith('/schedules')) {
      if (method === 'PUT') {
        worker.crons = (JSON.parse(body.toString()) as { cron: string }[]).map(({ cron }) => cron)
      }
      return { result: { schedules: worker.crons.map((cron) => ({ cron })) } }
    }
    return {
      result: {
        default_environment: { environment: 'production', script: { last_deployed_from: 'wrangler' } },
      },
    }
  }

  async function answer(request: IncomingMessage, url: URL, path: string): Promise<Answer> {
    const method = request.method ?? 'GET'
    const body = await bodyOf(request)
    if (method !== 'GET' && !path.endsWith('/query')) account.changes.push(`${method} ${path}`)
    if (request.headers.authorization !== 'Bearer test-token') {
      return { result: null, status: 403, error: { code: 10000, message: 'Authentication error' } }
    }
    if (path === '/subscriptions') {
      return { result: account.plans.map((id) => ({ rate_plan: { id } })) }
    }
    if (path === '/zones') {
      const asked = url.searchParams.get('name')
      return {
        result: account.zones
          .filter((name) => name === asked)
          .map((name) => ({ name, status: account.pendingZones.includes(name) ? 'pending' : 'active' })),
      }
    }
    if (path.startsWith('/d1/database')) return database(method, path.slice('/d1/database'.length), body)
    if (path.startsWith('/queues')) {
      return queues(method, path.slice('/queues'.length), url.searchParams, body)
    }
    return workers(method, path, body, request.headers['content-type'] ?? '')
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://fake')
    if (url.pathname.startsWith('/files/')) {
      if (request.method === 'PUT') files.set(url.pathname, (await bodyOf(request)).toString())
      const text = files.get(url.pathname) ?? ''
      const etag = createHash('md5').update(text).digest('hex')
      response.writeHead(200, { etag: `"${etag}"` }).end(request.method === 'PUT' ? '' : text)
      return
    }
    const path = url.pathname.replace('/client/v4', '').replace('/accounts/acc', '')
    const { result, status = 200, error } = await answer(request, url, path)
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
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    account,
    env: {
      CLOUDFLARE_API_BASE_URL: `${origin}/client/v4`,
      CLOUDFLARE_API_TOKEN: 'test-token',
      CLOUDFLARE_ACCOUNT_ID: 'acc',
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
