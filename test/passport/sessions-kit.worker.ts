import { env } from 'cloudflare:workers'
import { sql } from 'drizzle-orm'
import { inject } from 'vitest'
import { connect, type Row, type Statement, transact } from '../../src/db/database.ts'
import { portalConcurrency } from '../../src/passport/portal/portal-concurrency.ts'
import { type HandInOutcome, handIn } from '../../src/passport/sessions/hand-in.ts'
import { SessionPool } from '../../src/passport/sessions/session-pool.ts'
import type { Keyring } from '../../src/platform/crypto.ts'
import type { PortalOptions } from '../simulators/portal/model.ts'
import { type RemotePortal, startRemotePortal } from '../simulators/portal/remote.ts'

export const db = connect((env as unknown as { DB: D1Database }).DB)
export const keys: Keyring = ['a-key-for-these-tests-0123456789abcdef']
/** Stands until a test moves it. */
export const clock = { at: Date.parse('2026-06-20T10:00:00Z'), now: () => clock.at }
export const nudges: string[] = []

export const rows = async (statement: Statement): Promise<Row[]> =>
  (await transact(db, [statement]))[0]?.results ?? []

/** A portal with two offices in Turin, Rome and Milan, and a database without sessions. */
export async function freshPortal(options: PortalOptions = {}): Promise<RemotePortal> {
  await transact(
    db,
    ['portal_sessions', 'deliveries', 'state', 'provinces'].map(
      (table) => sql`DELETE FROM ${sql.raw(table)}`,
    ),
  )
  nudges.length = 0
  return startRemotePortal(inject('portalFactory'), {
    provinces: ['TO', 'RM', 'MI'],
    officesEach: 2,
    ...options,
  })
}

const address = (portal: RemotePortal) => ({
  origin: portal.origin,
  relay: undefined,
  fetch: (...args: Parameters<typeof fetch>) => fetch(...args),
  timeoutMs: 5_000,
})

/** A pool of its own, as each invocation of the Worker has one. */
export const poolOf = (portal: RemotePortal, with_: { keys?: Keyring } = {}): SessionPool =>
  new SessionPool({
    db,
    keys,
    clock,
    limit: portalConcurrency(),
    address: address(portal),
    nudge: async (trace) => {
      nudges.push(trace)
    },
    ...with_,
  })

export const paste = (portal: RemotePortal, text: string, ownerId = 900): Promise<HandInOutcome> =>
  handIn({ db, keys, clock, address: address(portal) }, ownerId, text)

/** Hands a new session of the portal in. */
export async function handInNew(portal: RemotePortal, ownerId = 900) {
  const issued = await portal.issueSession()
  const outcome = await paste(portal, issued.cookie, ownerId)
  if (!('id' in outcome)) throw new Error(`not kept: ${outcome.kind}`)
  return { id: outcome.id, number: issued.number, cookie: issued.cookie }
}

export const health = async (): Promise<Record<number, unknown>> =>
  Object.fromEntries(
    (await rows(sql`SELECT id, health FROM portal_sessions`)).map((row) => [row.id, row.health]),
  )

/** A chat's deliveries, oldest first. */
export const owed = async (chatId = 900): Promise<string[]> =>
  (await rows(sql`SELECT content FROM deliveries WHERE chat_id = ${chatId} ORDER BY id`)).map(
    (row) => (JSON.parse(String(row.content)) as { message: { text: string } }).message.text,
  )

export const pausedSince = async (): Promise<unknown> =>
  (await rows(sql`SELECT value ->> 'since' AS since FROM state WHERE name = 'polling-paused'`))[0]?.since
