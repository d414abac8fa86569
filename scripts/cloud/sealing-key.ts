import { newestKeyId } from '../../src/platform/crypto.ts'
import { type Store, tablesOf } from './store.ts'

/** The row of `state` that names the key that the Workers got last. */
const ROW = 'sealing-key'

/** The ENCRYPTION_KEY that was given, or that would be made, does not open what is stored. */
export class SealingKeyError extends Error {
  override name = 'SealingKeyError'
}

/** What the database shows about the keys that seal. */
export interface KeysInUse {
  /** Public ids of the keys that stored values need. */
  ids: string[]
  /** Public id of the newest key at the last deployment; undefined before the first, or after one by version 0.1.0. */
  recorded: string | undefined
  /** Students' objects hold sealed values that cannot be looked at from here. */
  students: boolean
}

/** Reads from the database which keys are in use. */
export async function keysInUse(store: Store): Promise<KeysInUse> {
  const tables = await tablesOf(store)
  const rows = async (table: string, sql: string) => (tables.includes(table) ? store.query(sql) : [])
  const [sealed, recorded, students] = await Promise.all([
    rows(
      'portal_sessions',
      "SELECT DISTINCT substr(sealed, 1, instr(sealed, '.') - 1) AS id FROM portal_sessions WHERE died_at IS NULL LIMIT 20",
    ),
    rows('state', `SELECT value ->> 'id' AS id FROM state WHERE name = '${ROW}'`),
    rows('students', 'SELECT 1 AS found FROM students LIMIT 1'),
  ])
  const newest = recorded[0]?.id
  return {
    ids: [...new Set([...sealed.map(({ id }) => String(id)), ...(newest ? [String(newest)] : [])])],
    recorded: newest ? String(newest) : undefined,
    students: students.length > 0,
  }
}

/** Public ids of the keys in a list `NEW,OLD`. */
export const idsOf = (list: string): Promise<string[]> =>
  Promise.all(
    list
      .split(',')
      .map((key) => key.trim())
      .filter(Boolean)
      .map((key) => newestKeyId([key])),
  )

/** Records which key the Workers seal with, so that a later setup cannot replace it unnoticed. */
export async function recordKey(store: Store, list: string): Promise<void> {
  const [id = ''] = await idsOf(list)
  await store.query(
    `INSERT INTO state (name, value, at) VALUES ('${ROW}', json_object('id', ?), unixepoch() * 1000)
      ON CONFLICT (name) DO UPDATE SET value = excluded.value, at = excluded.at`,
    [id],
  )
}

/** Where an ENCRYPTION_KEY is set already. */
export interface KeyState {
  /** The key list that is known here; undefined when none is. */
  known: string | undefined
  /** Names of the Workers that need one and have one on Cloudflare. */
  have: readonly string[]
  /** Names of those that need one and have none. */
  lack: readonly string[]
  inUse: KeysInUse
}

/**
 * Decides what to do about the key: `make` a new one, `record` the known one, or nothing (undefined).
 * @throws SealingKeyError when stored values could not be read any more
 */
export async function keyAction({
  known,
  have,
  lack,
  inUse,
}: KeyState): Promise<'make' | 'record' | undefined> {
  if (known) {
    const given = await idsOf(known)
    const unopened = inUse.ids.filter((id) => !given.includes(id))
    if (unopened.length > 0) {
      throw new SealingKeyError(
        'ENCRYPTION_KEY does not open what is stored: give the key that is in use too, as NEW,OLD. After a rotation, send /ricifra to the bot before you forget the old key (docs/keys.md).',
      )
    }
    return inUse.recorded === given[0] ? undefined : 'record'
  }
  if (lack.length === 0) return undefined
  if (have.length > 0) {
    throw new SealingKeyError(
      `${lack.join(' and ')} needs the ENCRYPTION_KEY that ${have.join(' and ')} has, and it is not known here: set ENCRYPTION_KEY, or put .sportello.secrets back.`,
    )
  }
  if (inUse.ids.length > 0 || inUse.students) {
    throw new SealingKeyError(
      'The database holds values that are sealed with a key which is not known here: set ENCRYPTION_KEY, or put .sportello.secrets back. A new key could not read them.',
    )
  }
  return 'make'
}
