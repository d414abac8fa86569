import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { gunzipSync } from 'node:zlib'

/** Where the local runtime keeps D1 and the students' objects inside a state folder. */
const D1 = 'v3/d1/miniflare-D1DatabaseObject'
export const OBJECTS = 'v3/do/sportello-booking-Student'
export const ALARMS = 'metadata.sqlite'

export const databasesIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.sqlite') && name !== ALARMS)
    .map((name) => join(folder, name))

/** The file of D1 in a state folder. */
export function d1File(stateDir: string): string {
  const [file] = databasesIn(join(stateDir, D1))
  if (!file) throw new Error(`no database in ${stateDir}`)
  return file
}

/** The file of the only student's object in a state folder. */
export function objectFile(stateDir: string): string {
  const [file] = databasesIn(join(stateDir, OBJECTS))
  if (!file) throw new Error(`no object in ${stateDir}`)
  return file
}

export type Row = Record<string, unknown>

/** Tables of a database that are the project's own. */
const isOurs = (name: string) => !/^(_cf_|sqlite_|d1_|__drizzle)/.test(name)

/** Every row of every table, by table. */
export function readTables(file: string): Map<string, Row[]> {
  const db = new DatabaseSync(file, { readOnly: true })
  try {
    const names = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").all()
    return new Map(
      names
        .map(({ name }) => String(name))
        .filter(isOurs)
        .map((name) => [name, db.prepare(`SELECT * FROM "${name}"`).all() as Row[]]),
    )
  } finally {
    db.close()
  }
}

/** What the world knew when a release was stopped. */
export interface Manifest {
  version: string
  /** What Telegram accepted from that release: none of it may come again. */
  told: { chatId: number; text: string }[]
  /** What was free on the portal. */
  free: { officeId: string; date: string; time: string; places: number }[]
  /** Classes booked on the site. */
  booked: { date: string; start: string; course?: string }[]
}

const FIXTURES = resolve(import.meta.dirname, 'fixtures')

/** Releases whose state is kept. */
export const releases = (): string[] => readdirSync(FIXTURES).sort()

/** Puts the state that a release left into a folder. */
export function unpack(release: string, stateDir: string): Manifest {
  const folder = join(FIXTURES, release)
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.gz')) continue
    const target = join(stateDir, file.slice(0, -'.gz'.length))
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, gunzipSync(readFileSync(join(folder, file))))
  }
  return JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest
}
