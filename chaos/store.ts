import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

const FOLDER = 'v3/d1/miniflare-D1DatabaseObject'

/** The file in which the Workers' D1 lies. */
export function storeFile(stateDir: string): string {
  const folder = join(stateDir, FOLDER)
  const file = readdirSync(folder).find((name) => name.endsWith('.sqlite') && name !== 'metadata.sqlite')
  if (!file) throw new Error(`no database in ${folder}`)
  return join(folder, file)
}

/** Reads rows of the Workers' D1 beside them. */
export function readRows<Row>(stateDir: string, query: string): Row[] {
  const db = new DatabaseSync(storeFile(stateDir), { readOnly: true })
  try {
    db.exec('PRAGMA busy_timeout = 3000')
    return db.prepare(query).all() as Row[]
  } finally {
    db.close()
  }
}

/** Holds the write lock of D1 until released: every write of the Workers waits or is refused. */
export function lockStore(stateDir: string): () => void {
  const db = new DatabaseSync(storeFile(stateDir))
  db.exec('PRAGMA busy_timeout = 1000')
  try {
    db.exec('BEGIN IMMEDIATE')
  } catch (error) {
    db.close()
    throw error
  }
  return () => {
    db.exec('ROLLBACK')
    db.close()
  }
}
