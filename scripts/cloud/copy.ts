import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { CloudflareApi } from './api.ts'
import { carryDeletions, deletionsIn, readDeletions } from './carried-deletions.ts'
import { DATABASE, findDatabase } from './cloudflare.ts'
import { missingMigrations, remoteStore, type Store, tablesOf, viewsOf } from './store.ts'
import type { Wrangler } from './wrangler.ts'

/** Thrown when the database is in the wrong state for the command. The message says what to do. */
export class CopyError extends Error {
  override name = 'CopyError'
}

async function openStore(api: CloudflareApi): Promise<{ id: string; store: Store }> {
  const id = await findDatabase(api)
  if (!id) throw new CopyError('The account has no database yet: run `npm run setup` first.')
  return { id, store: remoteStore(api, id) }
}

/**
 * Writes the database as SQL, readable by the file's owner only. While it runs, Cloudflare answers no other query of the
 * database.
 */
export async function backUp(wrangler: Wrangler, file: string): Promise<void> {
  // Restrict the file before it holds data: a backup names every follower and holds sealed credentials.
  writeFileSync(resolve(file), '', { mode: 0o600 })
  if (process.platform !== 'win32') chmodSync(resolve(file), 0o600)
  await wrangler(['d1', 'export', DATABASE, '--remote', '--skip-confirmation', '--output', resolve(file)])
}

/** The steps that a restored database still needs. */
export interface Restored {
  /** The file with what the database held before; undefined when it was empty. */
  saved: string | undefined
  /** Migrations that are newer than the copy. */
  missing: string[]
  /** How many deletions were carried over, so that no chat that deleted everything returns. */
  deletions: number
}

/**
 * Restores the database from a copy. If it holds something, that is saved to a file first, then deleted. Chats that deleted
 * everything after the copy was made are deleted again, if that database or `later` has their hashes.
 * @param replace allow deleting what the database holds
 * @param later a backup made after the copy, for its deletions
 * @throws CopyError
 */
export async function restore(
  api: CloudflareApi,
  wrangler: Wrangler,
  file: string | undefined,
  { replace, saveAs, later }: { replace: boolean; saveAs: string; later?: string | undefined },
): Promise<Restored> {
  if (!file || !existsSync(file)) {
    throw new CopyError('Say which file to restore: npm run restore -- backup.sql')
  }
  if (later !== undefined && !existsSync(later)) throw new CopyError(`There is no file ${later}.`)
  const { store } = await openStore(api)
  const tables = await tablesOf(store)
  if (tables.length > 0 && !replace) {
    throw new CopyError(
      `The database holds ${tables.length} tables: add --replace to put the copy in their place (they are saved to a file first).`,
    )
  }
  const known = [
    await readDeletions(store, tables),
    deletionsIn(file),
    ...(later === undefined ? [] : [deletionsIn(later)]),
  ]
  if (tables.length > 0) {
    await backUp(wrangler, saveAs)
    const views = await viewsOf(store)
    const drops = [
      ...views.map((view) => `DROP VIEW "${view}"`),
      ...tables.map((table) => `DROP TABLE "${table}"`),
    ]
    await store.query(drops.join(';\n'))
  }
  await wrangler(['d1', 'execute', DATABASE, '--remote', '--yes', '--file', resolve(file)])
  const deletions = await carryDeletions(store, known, Date.now())
  return { saved: tables.length > 0 ? saveAs : undefined, missing: await missingMigrations(store), deletions }
}

/**
 * Returns the database to an earlier state, which D1 keeps. Chats that deleted everything since are deleted again.
 * @param at ISO 8601
 * @returns the bookmark that undoes it
 * @throws CopyError
 */
export async function goBack(
  api: CloudflareApi,
  at: string,
): Promise<{ undo: string; missing: string[]; deletions: number }> {
  const instant = new Date(at)
  if (Number.isNaN(instant.getTime())) throw new CopyError(`${at} is no time: write 2026-11-28T09:00:00Z.`)
  const { id, store } = await openStore(api)
  const known = await readDeletions(store, await tablesOf(store))
  const path = `/d1/database/${id}/time_travel`
  const { bookmark } = await api.get<{ bookmark: string }>(
    `${path}/bookmark?timestamp=${encodeURIComponent(instant.toISOString())}`,
  )
  const { previous_bookmark: undo } = await api.post<{ previous_bookmark: string }>(
    `${path}/restore?bookmark=${encodeURIComponent(bookmark)}`,
    {},
  )
  const deletions = await carryDeletions(store, [known], Date.now())
  return { undo, missing: await missingMigrations(store), deletions }
}
