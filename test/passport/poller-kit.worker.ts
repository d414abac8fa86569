import { env } from 'cloudflare:workers'
import { sql } from 'drizzle-orm'
import { connect, type Row, transact } from '../../src/db/database.ts'
import type { AvailabilityNudge } from '../../src/delivery/outbox.ts'
import type { ObservedSlot, PortalFailure, PortalReader, PortalResult } from '../../src/passport/model.ts'
import type { PollerContext } from '../../src/passport/poller/poller-context.ts'
import { pollTick } from '../../src/passport/poller/tick.ts'
import { portalConcurrency } from '../../src/passport/portal/portal-concurrency.ts'
import { ringHash } from '../../src/platform/id.ts'
import { type Clock, romeInstant, SECOND } from '../../src/platform/time.ts'

const d1 = (env as unknown as { DB: D1Database }).DB
export const db = connect(d1)
export const START = romeInstant('2026-05-20', '12:00')
export const INTERVAL = 20 * SECOND

export interface TestClock extends Clock {
  at: number
  /** Resolves when nothing but time is waited for. */
  quiet(): Promise<void>
}

/** A clock that stands until it is moved; who sleeps moves it, once all work is done that needs no time. */
export function testClock(at = START): TestClock {
  const clock: TestClock = {
    at,
    now: () => clock.at,
    quiet: async () => undefined,
    sleep: async (ms) => {
      const until = clock.at + Math.max(0, ms)
      await clock.quiet()
      clock.at = Math.max(clock.at, until)
    },
  }
  return clock
}

export interface FakeOffice {
  province: string
  bookableFrom: string | null
  slots: ObservedSlot[]
  /** The list's first date, when it is not that of the slots. */
  firstDate?: string | null
}

/** A portal in memory. `fault` is asked before each answer: `list TO`, `month 46 2026-06`. */
export class FakePortal implements PortalReader {
  offices = new Map<string, FakeOffice>()
  requests: string[] = []
  open = 0
  mostOpen = 0
  fault: (request: string) => PortalFailure | undefined | Promise<PortalFailure | undefined> = () => undefined

  put(id: string, province: string, slots: string[], bookableFrom: string | null = null) {
    this.offices.set(id, { province, bookableFrom, slots: slots.map(parseSlot) })
  }

  listOffices(province: string) {
    return this.#answer(`list ${province}`, () =>
      [...this.offices].flatMap(([id, office]) => {
        if (office.province !== province) return []
        const first = office.slots.map((slot) => slot.date).sort()[0] ?? null
        const firstDate = office.firstDate === undefined ? first : office.firstDate
        const { bookableFrom } = office
        return [
          { id, code: `C${id}`, name: `Office ${id}`, address: 'A', city: 'B', firstDate, bookableFrom },
        ]
      }),
    )
  }

  readMonth(id: string, month: string) {
    return this.#answer(`month ${id} ${month}`, () =>
      (this.offices.get(id)?.slots ?? []).filter((slot) => slot.date.startsWith(month)),
    )
  }

  async #answer<Value>(request: string, value: () => Value): Promise<PortalResult<Value>> {
    this.requests.push(request)
    this.mostOpen = Math.max(this.mostOpen, ++this.open)
    const failure = await this.fault(request)
    this.open--
    return failure ? { ok: false, failure } : { ok: true, value: value() }
  }
}

/** `2026-06-03 10:00` or `2026-06-03 10:00 x3`. */
export function parseSlot(text: string): ObservedSlot {
  const [date = '', time = '', places = 'x1'] = text.split(' ')
  return { date, time, places: Number(places.slice(1)) }
}

export const failure = (reason: PortalFailure['reason'], retryAfterMs?: number): PortalFailure => ({
  reason,
  detail: 'made up',
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
})

/** What the poller reads and writes, and a switch that makes its transactions fail. */
export interface Meter {
  rowsRead: number
  rowsWritten: number
  /** Statements, those of batches included. */
  queries: number
  requests: number
  transactions: number
  /** Transactions under way. */
  open: number
  /** Asked before and after each transaction; throws to crash it there. */
  crash: (moment: 'before' | 'after', index: number) => void
}

function metered(meter: Meter) {
  const batch = async (statements: D1PreparedStatement[]) => {
    const index = meter.transactions++
    meter.queries += statements.length
    meter.crash('before', index)
    meter.open++
    const results = await d1.batch(statements).finally(() => meter.open--)
    for (const { meta } of results) {
      meter.rowsRead += meta.rows_read
      meter.rowsWritten += meta.rows_written
    }
    meter.crash('after', index)
    return results
  }
  return connect(
    new Proxy(d1, {
      get: (target, name) => (name === 'batch' ? batch : Reflect.get(target, name).bind(target)),
    }),
  )
}

/** A poller on the real database with a fake portal; remembers its nudges. */
export function testPoller(portal: PortalReader, clock: TestClock, adminIds: number[] = []) {
  const meter: Meter = {
    rowsRead: 0,
    rowsWritten: 0,
    queries: 0,
    requests: 0,
    transactions: 0,
    open: 0,
    crash: () => undefined,
  }
  const nudges: AvailabilityNudge[] = []
  let onNudge: () => void = () => undefined
  clock.quiet = async () => {
    for (let calm = 0; calm < 3; calm = meter.open === 0 ? calm + 1 : 0) {
      await new Promise((resolve) => setTimeout(resolve, 0))
    }
  }
  const ctx: PollerContext = {
    db: metered(meter),
    reader: portal,
    limit: portalConcurrency(),
    usage: meter,
    clock,
    interval: INTERVAL,
    adaptive: true,
    adminIds: new Set(adminIds),
    availability: {
      sendBatch: async (messages) => {
        for (const message of messages) nudges.push(message.body as AvailabilityNudge)
        onNudge()
        return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } } as QueueSendBatchResponse
      },
    },
    outbound: {
      send: async () =>
        ({ metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } }) as QueueSendResponse,
    },
  }
  const nextNudge = () =>
    new Promise<void>((resolve) => {
      onNudge = resolve
    })
  return { ctx, meter, nudges, nextNudge }
}

/** A tick of the cron in an invocation of its own. */
export function runTick(ctx: PollerContext): Promise<void> {
  Object.assign(ctx.usage, { queries: 0, requests: 0 })
  return pollTick(ctx)
}

export const rows = async (query: ReturnType<typeof sql>): Promise<Row[]> =>
  (await transact(db, [query]))[0]?.results ?? []

/** Empties every table that the poller touches. */
export async function reset() {
  const tables = [
    'subscriptions',
    'provinces',
    'offices',
    'slots',
    'slot_events',
    'alerts',
    'deliveries',
    'state',
  ]
  await transact(
    db,
    tables.map((table) => sql.raw(`DELETE FROM ${table}`)),
  )
}

export const follow = (province: string, chatId = 1) =>
  transact(db, [
    sql`INSERT INTO subscriptions (chat_id, province, ring, created_at)
        VALUES (${chatId}, ${province}, ${ringHash(String(chatId))}, 0)`,
    sql`INSERT OR IGNORE INTO provinces (code, watched_since) VALUES (${province}, ${START})`,
  ])

/** Open slots as the database has them, `office date time xplaces`. */
export const openSlots = async () =>
  (
    await rows(sql`SELECT office_id || ' ' || date || ' ' || time || ' x' || places AS slot FROM slots
                   WHERE gone_at IS NULL ORDER BY 1`)
  ).map((row) => row.slot)

/** Alerts without their trace, `open:46 2026-06-03 10:00`, oldest first. */
export const alertsWritten = async () =>
  (
    await rows(sql`SELECT kind, coalesce(office_id, province) AS about, slots FROM alerts ORDER BY rowid`)
  ).map((row) => {
    const slots = (JSON.parse(String(row.slots)) as string[][]).map((slot) => slot.join(' '))
    return [`${row.kind}:${row.about}`, ...slots].join(' ')
  })

export const province = async (code: string) =>
  (await rows(sql`SELECT * FROM province_readings WHERE code = ${code}`))[0] ?? {}

/** A door that a request waits at until it is opened. */
export function gate() {
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  let arrive: () => void = () => undefined
  const reached = new Promise<void>((resolve) => {
    arrive = resolve
  })
  const pass = async () => {
    arrive()
    await opened
    return undefined
  }
  return { open, reached, pass }
}
