import { env } from 'cloudflare:workers'
import { afterAll, inject, vi } from 'vitest'
import { shiftDate } from '../scripts/local/shift-date.ts'
import { freshInvocations, limitBindingsOfTests } from './invocation.worker.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** How far TEST_NOW moves the clock (scripts/local/clock.ts). */
    clockShiftMs: number
  }
}

// One runtime serves many files, one after the other: what is put around its globals and bindings stays.
const runtime = globalThis as { isPreparedForTests?: boolean }
const isReused = runtime.isPreparedForTests === true
runtime.isPreparedForTests = true

const clockShiftMs = inject('clockShiftMs')
if (!isReused && clockShiftMs !== 0) shiftDate(clockShiftMs)

/** Leaves no table and no view of the file before. */
async function dropEverything(db: D1Database): Promise<void> {
  const { results } = await db
    .prepare(
      `SELECT type, name FROM sqlite_schema
       WHERE type IN ('table', 'view') AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*' ORDER BY type DESC`,
    )
    .all<{ type: string; name: string }>()
  if (results.length > 0)
    await db.batch(results.map(({ type, name }) => db.prepare(`DROP ${type} "${name}"`)))
}

// Not by `applyD1Migrations`: its module brings the whole Worker along, which most files need nothing of.
const { DB, MIGRATIONS } = env as unknown as { DB: D1Database; MIGRATIONS: { queries: string[] }[] }
if (isReused) await dropEverything(DB)
for (const { queries } of MIGRATIONS) await DB.batch(queries.map((query) => DB.prepare(query)))

if (!isReused) limitBindingsOfTests(env)
freshInvocations()

afterAll(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
  vi.useRealTimers()
})
