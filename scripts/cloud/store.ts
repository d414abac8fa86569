import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import type { CloudflareApi } from './api.ts'

/** The installation's database, wherever it is. */
export interface Store {
  /** Runs one statement and gives its rows, by column name. */
  query(sql: string, params?: readonly (string | number | null)[]): Promise<Record<string, unknown>[]>
}

/** A deployed D1 database, asked over the REST API. */
export function remoteStore(api: CloudflareApi, databaseId: string): Store {
  return {
    async query(sql, params = []) {
      const [answer] = await api.post<{ results: Record<string, unknown>[] }[]>(
        `/d1/database/${databaseId}/query`,
        { sql, params },
      )
      return answer?.results ?? []
    },
  }
}

/** The migrations that this clone has, in order. */
export const ownMigrations = (): string[] =>
  readdirSync(resolve(import.meta.dirname, '../../migrations'))
    .filter((file) => file.endsWith('.sql'))
    .sort()

async function namesOf(store: Store, type: 'table' | 'view'): Promise<string[]> {
  const rows = await store.query('SELECT name FROM sqlite_master WHERE type = ? ORDER BY name', [type])
  return rows.map(({ name }) => String(name)).filter((name) => !/^(sqlite_|_cf_)/.test(name))
}

/** Names of the tables that a database has, those of D1 itself and of SQLite left out. */
export const tablesOf = (store: Store): Promise<string[]> => namesOf(store, 'table')

/** Names of its views. */
export const viewsOf = (store: Store): Promise<string[]> => namesOf(store, 'view')

/** Names of the migrations that a database has. */
export async function appliedMigrations(store: Store): Promise<string[]> {
  if (!(await tablesOf(store)).includes('d1_migrations')) return []
  const rows = await store.query('SELECT name FROM d1_migrations')
  return rows.map(({ name }) => String(name))
}

/** Names of the migrations of this clone that a database lacks, in order. */
export async function missingMigrations(store: Store): Promise<string[]> {
  const applied = await appliedMigrations(store)
  return ownMigrations().filter((name) => !applied.includes(name))
}
