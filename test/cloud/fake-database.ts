import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { unstable_splitSqlQuery } from 'wrangler'

/** A D1 database as the REST API shows it, kept in real SQLite. */
export interface FakeDatabase {
  /** Runs statements and gives an answer each, as `/query` does. */
  query(sql: string, params?: unknown[]): { success: true; results: unknown[]; meta: { duration: number } }[]
  /** Runs a file, as `/import` does. */
  run(sql: string): void
  /** Everything as SQL, as `/export` does. */
  dump(): string
  /** Called after each query, e.g. to play the dispatcher. */
  onQuery: (() => void) | undefined
}

const quoted = (value: unknown) =>
  value === null ? 'NULL' : typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value)

export function openFakeDatabase(): FakeDatabase {
  const database = new DatabaseSync(':memory:')
  const self: FakeDatabase = {
    onQuery: undefined,
    query(sql, params = []) {
      const statements = unstable_splitSqlQuery(sql)
      const answers = statements.map((statement) => ({
        success: true as const,
        results: database.prepare(statement).all(...(params as SQLInputValue[])) as unknown[],
        meta: { duration: 1 },
      }))
      self.onQuery?.()
      return answers
    },
    run: (sql) => database.exec(sql),
    dump() {
      const objects = database
        .prepare(
          "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type = 'index'",
        )
        .all() as { type: string; name: string; sql: string }[]
      const lines = ['PRAGMA defer_foreign_keys=TRUE;']
      for (const { type, name, sql } of objects) {
        lines.push(`${sql};`)
        if (type !== 'table') continue
        for (const row of database.prepare(`SELECT * FROM "${name}"`).all()) {
          lines.push(`INSERT INTO "${name}" VALUES(${Object.values(row).map(quoted).join(',')});`)
        }
      }
      return lines.join('\n')
    },
  }
  return self
}
