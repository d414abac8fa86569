import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

const D1 = 'v3/d1/miniflare-D1DatabaseObject'
const OBJECTS = 'v3/do/sportello-booking-Student'
const ALARMS = 'metadata.sqlite'

const databasesIn = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.sqlite') && name !== ALARMS)
    .map((name) => join(folder, name))

function query<Row>(file: string, sql: string): Row[] {
  const db = new DatabaseSync(file, { readOnly: true })
  try {
    db.exec('PRAGMA busy_timeout = 3000')
    return db.prepare(sql).all() as Row[]
  } finally {
    db.close()
  }
}

function d1File(stateDir: string): string {
  const [file] = databasesIn(join(stateDir, D1))
  if (!file) throw new Error(`no database in ${stateDir}`)
  return file
}

/** Reads rows of the Workers' D1 while they run. */
export const readRows = <Row>(stateDir: string, sql: string): Row[] => query(d1File(stateDir), sql)

/** Reads rows of every student's object while it runs. */
export const readObjects = <Row>(stateDir: string, sql: string): Row[] =>
  databasesIn(join(stateDir, OBJECTS)).flatMap((file) => query<Row>(file, sql))

/** Marks an office as one of which people reported many false alarms, as the hourly cron would. */
export function markUnsteady(stateDir: string, officeId: string): void {
  const db = new DatabaseSync(d1File(stateDir))
  try {
    db.exec('PRAGMA busy_timeout = 3000')
    const { changes } = db.prepare('UPDATE offices SET unsteady = 1 WHERE id = ?').run(officeId)
    if (changes !== 1) throw new Error(`the database does not know office ${officeId}`)
  } finally {
    db.close()
  }
}

/** Holds D1's write lock until released, so that every write of the Workers fails. */
export function lockStore(stateDir: string): () => void {
  const db = new DatabaseSync(d1File(stateDir))
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

/**
 * Sets every object's alarm to now, served or not, so that each fires once more. Only while the Workers are down.
 * The runtime stores an alarm twice, in nanoseconds: in the object and in its own list.
 */
export function repeatAlarms(stateDir: string): void {
  const now = BigInt(Date.now()) * 1_000_000n
  const folder = join(stateDir, OBJECTS)
  const alarms = new DatabaseSync(join(folder, ALARMS))
  for (const { actor_id } of alarms.prepare('SELECT actor_id FROM _cf_ALARM').all()) {
    const object = new DatabaseSync(join(folder, `${actor_id}.sqlite`))
    object.prepare('UPDATE _cf_METADATA SET value = ? WHERE key = 1').run(now)
    object.close()
  }
  alarms.prepare('UPDATE _cf_ALARM SET scheduled_time = ?').run(now)
  alarms.close()
}
