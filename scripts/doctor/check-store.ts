import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { MINUTE } from '../../src/platform/time.ts'
import { missingMigrations, ownMigrations, type Store, tablesOf } from '../cloud/store.ts'
import type { Check, Verdict } from './finding.ts'

/** The poller's cron ticks each minute; after this long without a tick it has stopped, ms. */
const LONGEST_WITHOUT_TICK = 3 * MINUTE

/** A cron that is set for the first time begins within this time, ms. */
const FIRST_TICK = 20 * MINUTE

/** The D1 database of a local run, beside the Workers that use it; undefined when the folder has none. */
export function openLocalStore(stateDir: string): (Store & { close(): void }) | undefined {
  const folder = join(stateDir, 'v3/d1/miniflare-D1DatabaseObject')
  if (!existsSync(folder)) return undefined
  const file = readdirSync(folder).find((name) => /^[0-9a-f]+\.sqlite$/.test(name))
  if (!file) return undefined
  const database = new DatabaseSync(join(folder, file), { timeout: 5_000 })
  return {
    async query(sql, params = []) {
      return database.prepare(sql).all(...(params as SQLInputValue[])) as Record<string, unknown>[]
    },
    close: () => database.close(),
  }
}

/** Evaluates the poller's cron by its last tick, epoch ms. @param tickAt undefined when it never ticked */
export function evaluateHeartbeat(tickAt: number | undefined, now: number): Verdict {
  if (tickAt === undefined) return { fault: 'cron-silent', detail: 'the poller’s cron has never run' }
  const seconds = Math.max(0, Math.round((now - tickAt) / 1_000))
  return now - tickAt > LONGEST_WITHOUT_TICK
    ? { fault: 'cron-silent', detail: `the poller’s cron last ran ${Math.round(seconds / 60)} minutes ago` }
    : { ok: `the poller’s cron ran ${seconds} s ago` }
}

/** The database's own time, so that a wrong clock on this machine misleads nobody. @param shiftMs of the Workers' clock */
export async function storeNow(store: Store, shiftMs = 0): Promise<number> {
  const [row] = await store.query("SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER) AS now")
  return Number(row?.now) + shiftMs
}

/** When the database was made, epoch ms: an installation that is only minutes old has not ticked yet. */
async function installedAt(store: Store): Promise<number> {
  const [row] = await store.query(
    'SELECT CAST(unixepoch(min(applied_at)) * 1000 AS INTEGER) AS at FROM d1_migrations',
  )
  return Number(row?.at ?? 0)
}

/** The checks of the database and its content. */
export const storeChecks = (store: Store, shiftMs = 0): Check[] => [
  {
    title: 'Migrations',
    async look() {
      const missing = await missingMigrations(store)
      return missing.length > 0
        ? [{ fault: 'migration-missing', detail: `not applied: ${missing.join(', ')}` }]
        : [{ ok: `all applied (${ownMigrations().length})` }]
    },
  },
  {
    title: 'Poller’s heartbeat',
    async look() {
      const tables = await tablesOf(store)
      if (!tables.includes('state') || !tables.includes('d1_migrations')) {
        return [{ skipped: 'the database is not migrated' }]
      }
      const [row] = await store.query(
        "SELECT value ->> 'tickAt' AS tick FROM state WHERE name = 'poller-heartbeat'",
      )
      const now = await storeNow(store, shiftMs)
      if (!row && now - shiftMs - (await installedAt(store)) < FIRST_TICK) {
        return [{ skipped: 'not run yet: the first time Cloudflare takes up to 15 minutes' }]
      }
      return [evaluateHeartbeat(row ? Number(row.tick) : undefined, now)]
    },
  },
]
