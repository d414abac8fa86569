import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { D1Database } from '@cloudflare/workers-types'
import { connect, type Database } from '../../src/db/database.ts'

interface Bound {
  sql: string
  params: SQLInputValue[]
}

/** Statements whose rows somebody reads. */
const givesRows = (sql: string) => /^\s*(?:SELECT|WITH)\b/i.test(sql) || /\bRETURNING\b/i.test(sql)

/**
 * A file of this machine's SQLite that takes statements as D1 does, a transaction a batch: for months of virtual time in
 * minutes. It enforces none of D1's limits.
 */
export class SqliteD1 {
  readonly file: DatabaseSync
  readonly #prepared = new Map<string, StatementSync>()
  /** Statements run so far. */
  statements = 0

  constructor(path: string) {
    this.file = new DatabaseSync(path)
    this.file.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000')
  }

  /** The connection that the Workers' code takes. */
  get database(): Database {
    const batch = async (bound: Bound[]) => {
      this.file.exec('BEGIN')
      const results = bound.map((one) => this.#run(one))
      this.file.exec('COMMIT')
      return results
    }
    const prepare = (sql: string) => ({ bind: (...params: SQLInputValue[]): Bound => ({ sql, params }) })
    return connect({ prepare, batch } as unknown as D1Database)
  }

  #run({ sql, params }: Bound) {
    this.statements++
    const statement = this.#prepared.get(sql) ?? this.file.prepare(sql)
    this.#prepared.set(sql, statement)
    const rows = givesRows(sql) ? statement.all(...params) : []
    const changes = givesRows(sql) ? rows.length : Number(statement.run(...params).changes)
    return { results: rows, success: true, meta: { changes, rows_read: 0, rows_written: 0 } }
  }

  /** Bytes of the database, as D1 counts them: pages that were freed belong to it. */
  get bytes(): number {
    const pragma = (name: string) => Number(Object.values(this.file.prepare(`PRAGMA ${name}`).get() ?? {})[0])
    return pragma('page_count') * pragma('page_size')
  }

  count(table: string): number {
    return Number(this.file.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n)
  }

  close(): void {
    this.file.close()
  }
}
