import { env } from 'cloudflare:workers'
import { inject } from 'vitest'
import { shiftDate } from '../scripts/local/shift-date.ts'
import { limitTests } from './invocation.worker.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** How far TEST_NOW moves the clock (scripts/local/clock.ts). */
    clockShiftMs: number
  }
}

const clockShiftMs = inject('clockShiftMs')
if (clockShiftMs !== 0) shiftDate(clockShiftMs)

// Not by `applyD1Migrations`: its module brings the whole Worker along, which most files need nothing of.
const { DB, MIGRATIONS } = env as unknown as { DB: D1Database; MIGRATIONS: { queries: string[] }[] }
for (const { queries } of MIGRATIONS) await DB.batch(queries.map((query) => DB.prepare(query)))

limitTests(env)
