import { wrapD1 } from './wrapped-d1.worker.ts'

/** D1 that counts what is asked of it. */
export function countStatements(real: D1Database) {
  const counted = { transactions: 0, statements: 0, rowsWritten: 0 }
  const d1 = wrapD1(real, {
    statement: async (run) => {
      counted.transactions += 1
      counted.statements += 1
      return run()
    },
    batch: async (run) => {
      const results = await run()
      counted.transactions += 1
      counted.statements += results.length
      for (const { meta } of results) counted.rowsWritten += meta.rows_written
      return results
    },
  })
  return { d1, used: counted }
}
