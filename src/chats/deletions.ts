import { sql } from 'drizzle-orm'
import { type Database, type Statement, transact } from '../db/database.ts'
import { clearState, readState } from '../db/state.ts'
import { type Keyring, keyedHash, keyedHashes } from '../platform/crypto.ts'
import { log } from '../platform/log.ts'

/**
 * A backup brings back everybody who was in it. So each deletion of everything leaves a keyed hash of the chat's id, which
 * names nobody without `ENCRYPTION_KEY`. `npm run restore` reads the hashes of the database that it replaces and puts them
 * into the restored one; the next tick deletes who is among them, before anything else is done.
 */

const PURPOSE = 'deletions'
/** Chats that one statement reads. */
const PAGE = 5_000
/** Chats that are forgotten at once. */
const AT_ONCE = 200

/** The statement that notes that a chat deleted everything. */
export const noteDeletion = async (keys: Keyring, chatId: number, now: number): Promise<Statement> =>
  sql`INSERT INTO deletions (hash, at) VALUES (${await keyedHash(keys, PURPOSE, String(chatId))}, ${now})
      ON CONFLICT (hash) DO UPDATE SET at = excluded.at`

/** The ids that a restored database knows, a page at a time. */
async function* knownIds(db: Database): AsyncGenerator<number[]> {
  for (let after = Number.MIN_SAFE_INTEGER; ; ) {
    const [found] = await transact(db, [
      sql`SELECT id FROM (
            SELECT id FROM (SELECT id FROM chats WHERE id > ${after} ORDER BY id LIMIT ${PAGE})
            UNION SELECT id FROM (SELECT user_id AS id FROM students WHERE user_id > ${after} ORDER BY 1 LIMIT ${PAGE})
            UNION SELECT owner_id FROM portal_sessions WHERE owner_id > ${after})
          ORDER BY id LIMIT ${PAGE}`,
    ])
    const ids = (found?.results ?? []).map(({ id }) => Number(id))
    if (ids.length > 0) yield ids
    if (ids.length < PAGE) return
    after = ids.at(-1) ?? after
  }
}

/**
 * Deletes again who had deleted everything before the database was restored, as far as the hashes that were carried over
 * tell, and keeps the hashes. One statement when nothing was restored. May be repeated: the list goes last.
 * @param forget deletes what is older than each chat's deletion
 * @returns how many chats
 */
export async function applyCarriedDeletions(
  db: Database,
  keys: Keyring,
  forget: (gone: readonly [id: number, at: number][]) => Promise<void>,
): Promise<number> {
  const { 'carried-deletions': carried } = await readState(db, ['carried-deletions'])
  if (!carried) return 0
  const deletedAt = new Map(carried)
  const hashesOf = await keyedHashes(keys, PURPOSE)
  let count = 0
  for await (const ids of knownIds(db)) {
    const gone: [id: number, at: number][] = []
    for (const id of ids) {
      const at = (await hashesOf(String(id))).flatMap((hash) => deletedAt.get(hash) ?? [])
      if (at.length > 0) gone.push([id, Math.max(...at)])
    }
    for (let i = 0; i < gone.length; i += AT_ONCE) await forget(gone.slice(i, i + AT_ONCE))
    count += gone.length
  }
  await transact(db, [
    sql`INSERT INTO deletions (hash, at)
        SELECT value ->> 0, value ->> 1 FROM json_each(${JSON.stringify(carried)}) WHERE true
        ON CONFLICT (hash) DO UPDATE SET at = max(at, excluded.at)`,
    clearState(db, 'carried-deletions'),
  ])
  log('info', 'carried-deletions-applied', { hashes: carried.length, chats: count })
  return count
}
