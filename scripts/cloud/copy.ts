import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { CloudflareApi } from './api.ts'
import { DATABASE, findDatabase } from './cloudflare.ts'
import { missingMigrations, remoteStore, type Store, tablesOf, viewsOf } from './store.ts'
import type { Wrangler } from './wrangler.ts'

/** The database is not as it should be for what was asked. The message says what to do. */
export class CopyError extends Error {
  override name = 'CopyError'
}

async function openStore(api: CloudflareApi): Promise<Store> {
  const id = await findDatabase(api)
  if (!id) throw new CopyError('The account has no database yet: run `npm run setup` first.')
  return remoteStore(api, id)
}

/** Writes the database as SQL, for the owner's eyes only. Cloudflare answers nothing else from it meanwhile. */
export async function backUp(wrangler: Wrangler, file: string): Promise<void> {
  // Before it holds anything: a backup names every follower and holds sealed credentials.
  writeFileSync(resolve(file), '', { mode: 0o600 })
  if (process.platform !== 'win32') chmodSync(resolve(file), 0o600)
  await wrangler(['d1', 'export', DATABASE, '--remote', '--skip-confirmation', '--output', resolve(file)])
}

/** What a restored database still needs. */
export interface Restored {
  /** Where the content before was saved; undefined when there was none. */
  saved: string | undefined
  /** Migrations that are newer than the copy. */
  missing: string[]
}

/**
 * Puts a copy back. A database that holds something is emptied first, after a copy of it was written.
 * @param replace allow that
 * @throws CopyError
 */
export async function restore(
  api: CloudflareApi,
  wrangler: Wrangler,
  file: string | undefined,
  { replace, saveAs }: { replace: boolean; saveAs: string },
): Promise<Restored> {
  if (!file || !existsSync(file)) {
    throw new CopyError('Say which file to restore: npm run restore -- backup.sql')
  }
  const store = await openStore(api)
  const tables = await tablesOf(store)
  if (tables.length > 0 && !replace) {
    throw new CopyError(
      `The database holds ${tables.length} tables: add --replace to put the copy in their place (they are saved to a file first).`,
    )
  }
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
  return { saved: tables.length > 0 ? saveAs : undefined, missing: await missingMigrations(store) }
}
