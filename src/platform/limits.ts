/**
 * Cloudflare's limits that can affect Sportello, on the paid and the free plan. The local runtime enforces few of them:
 * `scripts/local/limits` enforces those of an invocation.
 */

/** A plan of Cloudflare Workers. */
export type Plan = 'paid' | 'free'

/** What a limit applies to. */
export type Scope =
  /** Adds up over one invocation: a fetch, a cron run, a queue batch, a call of an object, an alarm. */
  | 'invocation'
  /** One call, value or message. */
  | 'call'
  /** All invocations of a day (UTC). */
  | 'day'
  /** The Worker, the database or the account as a whole. */
  | 'account'

export interface Limit {
  title: string
  unit: string
  scope: Scope
  /** `Infinity`: no limit. */
  paid: number
  free: number
  /** Page of Cloudflare's documentation. */
  source: string
  /** Day on which the page was read, `YYYY-MM-DD`. */
  lookedUp: string
  /** What the source leaves open, and our reading of it. */
  note?: string
  /** The share that may be used; default `HIGHEST_SHARE`. 1 where a constant of the code sets the use. */
  highestShare?: number
}

const DOCS = 'https://developers.cloudflare.com'
const WORKERS = { source: `${DOCS}/workers/platform/limits/`, lookedUp: '2026-11-27' } as const
const D1 = { source: `${DOCS}/d1/platform/limits/`, lookedUp: '2026-11-27' } as const
const D1_PRICING = { source: `${DOCS}/d1/platform/pricing/`, lookedUp: '2026-11-27' } as const
const QUEUES = { source: `${DOCS}/queues/platform/limits/`, lookedUp: '2026-11-27' } as const
const OBJECTS = { source: `${DOCS}/durable-objects/platform/limits/`, lookedUp: '2026-11-27' } as const
const BROWSER = { source: `${DOCS}/browser-rendering/limits/`, lookedUp: '2026-11-27' } as const

const MINUTE_MS = 60_000
const HOUR_SECONDS = 3_600
const KB = 1_000
const MB = 1_000 * KB
const GB = 1_000 * MB

export const limits = {
  d1Queries: {
    title: 'D1 queries',
    unit: 'queries',
    scope: 'invocation',
    paid: 1_000,
    free: 50,
    ...D1,
    note: 'Whether each statement of a batch counts is not documented: each is counted.',
  },
  d1ValueBytes: {
    title: 'D1 string, blob or row',
    unit: 'bytes',
    scope: 'call',
    paid: 2 * MB,
    free: 2 * MB,
    ...D1,
  },
  d1Parameters: {
    title: 'D1 bound parameters of a statement',
    unit: 'parameters',
    scope: 'call',
    paid: 100,
    free: 100,
    ...D1,
    highestShare: 1,
  },
  d1SqlBytes: {
    title: 'D1 SQL statement',
    unit: 'bytes',
    scope: 'call',
    paid: 100 * KB,
    free: 100 * KB,
    ...D1,
  },
  d1QueryMs: {
    title: 'D1 query duration',
    unit: 'ms',
    scope: 'call',
    paid: 30_000,
    free: 30_000,
    ...D1,
    note: 'For a batch: all of it.',
  },
  d1ResultBytes: {
    title: 'D1 query result',
    unit: 'bytes',
    scope: 'call',
    paid: 50 * MB,
    free: 50 * MB,
    ...D1,
  },
  subrequests: {
    title: 'subrequests to the internet',
    unit: 'requests',
    scope: 'invocation',
    paid: 10_000,
    free: 50,
    ...WORKERS,
    note: 'Paid: one limit for these and those to Cloudflare’s services together, and it can be raised.',
  },
  serviceSubrequests: {
    title: 'subrequests to Cloudflare’s services',
    unit: 'requests',
    scope: 'invocation',
    paid: 10_000,
    free: 1_000,
    ...WORKERS,
    note: 'Calls to D1 (a batch is one), queues, objects and the browser.',
  },
  openConnections: {
    title: 'connections waiting for response headers',
    unit: 'connections',
    scope: 'invocation',
    paid: 6,
    free: 6,
    ...WORKERS,
    note: 'The seventh waits for one of these. A body that is still being read has not counted since 2026-04-09.',
    highestShare: Number.POSITIVE_INFINITY,
  },
  openFetches: {
    title: 'of these, to the internet',
    unit: 'connections',
    scope: 'invocation',
    paid: 6,
    free: 6,
    ...WORKERS,
    note: 'Five at most: a slow site must not keep D1 waiting.',
    highestShare: 5 / 6,
  },
  cpuMs: {
    title: 'CPU time',
    unit: 'ms',
    scope: 'invocation',
    paid: 30_000,
    free: 10,
    ...WORKERS,
    note: 'Paid: the default; up to 300,000 with `limits.cpu_ms`. Cannot be enforced locally.',
  },
  wallMs: {
    title: 'wall time of a cron run, queue batch or alarm',
    unit: 'ms',
    scope: 'invocation',
    paid: 15 * MINUTE_MS,
    free: 15 * MINUTE_MS,
    ...WORKERS,
  },
  waitUntilMs: {
    title: 'work after the response (waitUntil)',
    unit: 'ms',
    scope: 'invocation',
    paid: 30_000,
    free: 30_000,
    ...WORKERS,
  },
  memoryBytes: {
    title: 'memory of an isolate',
    unit: 'bytes',
    scope: 'account',
    paid: 128 * MB,
    free: 128 * MB,
    ...WORKERS,
  },
  scriptBytes: {
    title: 'size of a Worker, uncompressed',
    unit: 'bytes',
    scope: 'account',
    paid: 64 * 2 ** 20,
    free: 64 * 2 ** 20,
    ...WORKERS,
  },
  startupMs: {
    title: 'start of a Worker',
    unit: 'ms',
    scope: 'account',
    paid: 1_000,
    free: 1_000,
    ...WORKERS,
  },
  crons: {
    title: 'cron triggers of an account',
    unit: 'crons',
    scope: 'account',
    paid: 250,
    free: 5,
    ...WORKERS,
  },
  queueMessageBytes: {
    title: 'queue message',
    unit: 'bytes',
    scope: 'call',
    paid: 128 * KB,
    free: 128 * KB,
    ...QUEUES,
    note: 'About 100 bytes of metadata count too.',
  },
  queueBatchBytes: {
    title: 'messages sent to a queue in one call',
    unit: 'bytes',
    scope: 'call',
    paid: 256 * KB,
    free: 256 * KB,
    ...QUEUES,
  },
  queueBatchMessages: {
    title: 'messages sent to a queue in one call',
    unit: 'messages',
    scope: 'call',
    paid: 100,
    free: 100,
    ...QUEUES,
    highestShare: 1,
  },
  queueDelaySeconds: {
    title: 'delay of a queue message',
    unit: 's',
    scope: 'call',
    paid: 12 * HOUR_SECONDS,
    free: 12 * HOUR_SECONDS,
    ...QUEUES,
    highestShare: 1,
  },
  queueRetries: {
    title: 'retries of a queue message',
    unit: 'retries',
    scope: 'account',
    paid: 100,
    free: 100,
    ...QUEUES,
  },
  objectValueBytes: {
    title: 'string, blob or row in an object',
    unit: 'bytes',
    scope: 'call',
    paid: 2 * MB,
    free: 2 * MB,
    ...OBJECTS,
  },
  objectBytes: {
    title: 'storage of an object',
    unit: 'bytes',
    scope: 'account',
    paid: 10 * GB,
    free: 5 * GB,
    ...OBJECTS,
    note: 'Free: all objects of an account together.',
  },
  d1DatabaseBytes: {
    title: 'size of a D1 database',
    unit: 'bytes',
    scope: 'account',
    paid: 10 * GB,
    free: 500 * MB,
    ...D1,
  },
  d1RowsRead: {
    title: 'D1 rows read',
    unit: 'rows',
    scope: 'day',
    paid: Number.POSITIVE_INFINITY,
    free: 5_000_000,
    ...D1_PRICING,
    note: 'Queries beyond are refused until midnight UTC (since 2026-09-01).',
  },
  d1RowsWritten: {
    title: 'D1 rows written',
    unit: 'rows',
    scope: 'day',
    paid: Number.POSITIVE_INFINITY,
    free: 100_000,
    ...D1_PRICING,
    note: 'Queries beyond are refused until midnight UTC (since 2026-09-01).',
  },
  requests: {
    title: 'requests',
    unit: 'requests',
    scope: 'day',
    paid: Number.POSITIVE_INFINITY,
    free: 100_000,
    ...WORKERS,
  },
  queueOperations: {
    title: 'queue operations',
    unit: 'operations',
    scope: 'day',
    paid: Number.POSITIVE_INFINITY,
    free: 10_000,
    source: `${DOCS}/queues/platform/pricing/`,
    lookedUp: '2026-11-27',
    note: 'Three a message: written, read, deleted.',
  },
  browserSeconds: {
    title: 'browser time',
    unit: 's',
    scope: 'day',
    paid: Number.POSITIVE_INFINITY,
    free: 600,
    ...BROWSER,
  },
} as const satisfies Record<string, Limit>

export type LimitName = keyof typeof limits

/** The value of a limit, in its unit. */
export const limitOf = (name: LimitName, plan: Plan): number => limits[name][plan]

/** The highest share of a limit that the heaviest scenario may use: `npm run bench -- limits` fails above it. */
export const HIGHEST_SHARE = 0.7

/** The share of a limit that may be used. */
export function highestShareOf(name: LimitName): number {
  const limit: Limit = limits[name]
  return limit.highestShare ?? HIGHEST_SHARE
}

/**
 * The share of a limit at which a run ends itself and the next one continues. Below `HIGHEST_SHARE`, to leave room for
 * work in progress.
 */
export const BUDGET_SHARE = 0.6

/** How much of a limit a run may use before it ends itself, in the limit's unit. */
export const budgetOf = (name: LimitName, plan: Plan = 'paid'): number =>
  Math.floor(limitOf(name, plan) * BUDGET_SHARE)
