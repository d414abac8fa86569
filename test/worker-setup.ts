import { env } from 'cloudflare:workers'
import { limitTests } from './invocation.worker.ts'

// Not by `applyD1Migrations`: its module brings the whole Worker along, which most files need nothing of.
const { DB, MIGRATIONS } = env as unknown as { DB: D1Database; MIGRATIONS: { queries: string[] }[] }
for (const { queries } of MIGRATIONS) await DB.batch(queries.map((query) => DB.prepare(query)))

limitTests(env)
