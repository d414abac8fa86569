import type { D1Database, D1Result } from '@cloudflare/workers-types'
import type { SQLWrapper } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { SQLiteAsyncDialect } from 'drizzle-orm/sqlite-core'
import { tally } from './tally.ts'

/** The D1 database. It gets no schema, which only relational queries need and which takes long to prepare. */
export const connect = (d1: D1Database) => drizzle(d1)
export type Database = ReturnType<typeof connect>

/** A statement for `transact`: a query of drizzle's builder, or a plain sql`…`. */
export type Statement = SQLWrapper

const dialect = new SQLiteAsyncDialect()

/**
 * Runs statements in order as one D1 transaction: all of them, or none. No statement is no query at all.
 * (drizzle's own `batch()` cannot take a parametrised sql`…`.)
 * @returns each statement's rows (of RETURNING or SELECT, by column name) and how many rows it changed
 */
export async function transact(db: Database, statements: readonly Statement[]): Promise<D1Result<Row>[]> {
  if (statements.length === 0) return []
  const results = await db.$client.batch<Row>(
    statements.map((statement) => {
      const { sql, params } = dialect.sqlToQuery(statement.getSQL())
      return db.$client.prepare(sql).bind(...params)
    }),
  )
  tally.add('query', 1, statements.length)
  for (const { meta } of results) {
    tally.add('rows-read', meta.rows_read)
    tally.add('rows-written', meta.rows_written)
  }
  return results
}

/** A row as D1 gives it, by column name. */
export type Row = Record<string, unknown>
