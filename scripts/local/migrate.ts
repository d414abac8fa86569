import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { wranglerCode } from '../wrangler-file.ts'

const FOLDER = resolve(import.meta.dirname, '../../migrations')

/** The part of D1's interface that migrating needs; miniflare's and the Workers' types both fit. */
interface MigratableDatabase {
  prepare(sql: string): {
    bind(...values: unknown[]): unknown
    run(): Promise<unknown>
    all(): Promise<{ results: unknown[] }>
  }
  batch(statements: never[]): Promise<unknown>
}

/** How long (ms) another program may hold the database, e.g. one that displays it. */
const HELD_MS = 10_000
const TRY_EVERY_MS = 200
/** What D1 says locally of a database that another program holds. */
const HELD = /internal error|database is locked|SQLITE_BUSY/

/**
 * Applies the migrations that a local D1 lacks, each as one transaction, and records them in the table that
 * `wrangler d1 migrations` uses, so that both can follow each other on the same state. Waits while another program
 * holds the database.
 * @returns the names of those applied
 * @throws when a migration fails, or the database stays held
 */
export async function migrateLocally(db: MigratableDatabase, heldMs = HELD_MS): Promise<string[]> {
  const until = performance.now() + heldMs
  for (;;) {
    try {
      return await migrate(db)
    } catch (error) {
      if (!HELD.test(String(error))) throw error
      if (performance.now() > until)
        throw new Error('Another program holds the local database. Close it, then start again.', {
          cause: error,
        })
      await sleep(TRY_EVERY_MS)
    }
  }
}

async function migrate(db: MigratableDatabase): Promise<string[]> {
  await db
    .prepare(
      'CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)',
    )
    .run()
  const { results } = await db.prepare('SELECT name FROM d1_migrations').all()
  const applied = new Set((results as { name: string }[]).map((row) => row.name))
  const missing = readdirSync(FOLDER)
    .filter((file) => file.endsWith('.sql') && !applied.has(file))
    .sort()
  if (missing.length === 0) return []
  const { unstable_splitSqlQuery } = wranglerCode()
  for (const name of missing) {
    const statements = unstable_splitSqlQuery(readFileSync(join(FOLDER, name), 'utf8')).map((sql) =>
      db.prepare(sql),
    )
    const record = db.prepare('INSERT INTO d1_migrations (name) VALUES (?)').bind(name)
    await db.batch([...statements, record] as never[])
  }
  return missing
}
