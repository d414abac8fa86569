import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { wranglerCode } from '../wrangler-file.ts'

const FOLDER = resolve(import.meta.dirname, '../../migrations')

/** A statement and its parameters. */
type Statement = readonly [sql: string, ...values: unknown[]]

/** Runs statements as one transaction of a local D1. */
export type Batch = (statements: readonly Statement[]) => Promise<{ results: unknown[] }[]>

/** The part of D1's interface that a batch needs; miniflare's and the Workers' types both fit. */
interface BatchDatabase {
  prepare(sql: string): { bind(...values: unknown[]): unknown }
  batch(statements: never[]): Promise<{ results: unknown[] }[]>
}

/** Batches of a D1 that miniflare hands out. From Node it takes about 9 ms to prepare a statement. */
export const batchesOf =
  (db: BatchDatabase): Batch =>
  (statements) =>
    db.batch(statements.map(([sql, ...values]) => db.prepare(sql).bind(...values)) as never[])

/** The code of a Worker that runs the batches which `batchesThrough` posts, on its binding `DB`. */
export const BATCH_WORKER = `export default {
  async fetch(request, { DB }) {
    const statements = await request.json()
    try {
      const prepared = statements.map(([sql, ...values]) => DB.prepare(sql).bind(...values))
      return Response.json(await DB.batch(prepared))
    } catch (error) {
      return new Response(String(error), { status: 500 })
    }
  },
}`

/** Batches of a D1 behind the `BATCH_WORKER`: a request for each. @param post posts a text to it */
export const batchesThrough =
  (post: (body: string) => Promise<{ ok: boolean; text(): Promise<string> }>): Batch =>
  async (statements) => {
    const answer = await post(JSON.stringify(statements))
    const said = await answer.text()
    if (!answer.ok) throw new Error(said)
    return JSON.parse(said)
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
export async function migrateLocally(batch: Batch, heldMs = HELD_MS): Promise<string[]> {
  const until = performance.now() + heldMs
  for (;;) {
    try {
      return await migrate(batch)
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

async function migrate(batch: Batch): Promise<string[]> {
  const [, recorded] = await batch([
    [
      'CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)',
    ],
    ['SELECT name FROM d1_migrations'],
  ])
  const rows = (recorded?.results ?? []) as { name: string }[]
  const applied = new Set(rows.map(({ name }) => name))
  const missing = readdirSync(FOLDER)
    .filter((file) => file.endsWith('.sql') && !applied.has(file))
    .sort()
  if (missing.length === 0) return []
  const { unstable_splitSqlQuery } = wranglerCode()
  for (const name of missing) {
    const statements = unstable_splitSqlQuery(readFileSync(join(FOLDER, name), 'utf8'))
    await batch([
      ...statements.map((sql): Statement => [sql]),
      ['INSERT INTO d1_migrations (name) VALUES (?)', name],
    ])
  }
  return missing
}
