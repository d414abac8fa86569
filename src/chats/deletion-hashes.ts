import { sql } from 'drizzle-orm'
import { type Database, type Statement, transact } from '../db/database.ts'
import { clearState, readState } from '../db/state.ts'
import { type Keyring, keyedHash, keyedHashes } from '../platform/crypto.ts'
import { log } from '../platform/log.ts'

/**
 * Restoring a backup must not bring back a chat that deleted everything after the backup was made. So each deletion of
 * everything saves a keyed hash of the chat's id; without `ENCRYPTION_KEY` nobody can tell whose it is. `npm run restore`
 * copies the hashes from the database that it replaces into the restored one. Before it does anything else, the next tick
 * deletes the chats whose hash is among them.
 */

const PURPOSE = 'deletions'
/** Chats that one statement reads. */
const PAGE = 5_000
/** Chats whose data one call of `forget` deletes. */
const AT_ONCE = 200
/**
 * The most calls of `forget` in an invocation. Each looks through all deliveries (up to 80 statements with 10,000 people),
 * and the poller needs the rest of the invocation's 1,000 statements.
 */
const GROUPS = 4

/** The statement that saves the hash of a chat that deletes everything. */
export const noteDeletion = async (keys: Keyring, chatId: number, now: number): Promise<Statement> =>
  sql`INSERT INTO deletions (hash, at) VALUES (${await keyedHash(keys, PURPOSE, String(chatId))}, ${now})
      ON CONFLICT (hash) DO UPDATE SET at = excluded.at`

/** The ids in a restored database, a page at a time, each with the instant of its oldest row (epoch ms). */
async function* knownIds(db: Database): AsyncGenerator<[id: number, since: number][]> {
  for (let after = Number.MIN_SAFE_INTEGER; ; ) {
    const [found] = await transact(db, [
      sql`SELECT id, min(since) AS since FROM (
            SELECT * FROM (SELECT id, created_at AS since FROM chats WHERE id > ${after} ORDER BY id LIMIT ${PAGE})
            UNION ALL SELECT * FROM (
              SELECT user_id, linked_at FROM students WHERE user_id > ${after} ORDER BY user_id LIMIT ${PAGE})
            UNION ALL SELECT owner_id, created_at FROM portal_sessions WHERE owner_id > ${after}
            UNION ALL SELECT owner_id, created_at FROM paired_browsers WHERE owner_id > ${after})
          GROUP BY id ORDER BY id LIMIT ${PAGE}`,
    ])
    const ids = (found?.results ?? []).map(({ id, since }): [number, number] => [Number(id), Number(since)])
    if (ids.length > 0) yield ids
    if (ids.length < PAGE) return
    after = ids.at(-1)?.[0] ?? after
  }
}

/**
 * Deletes again the chats that had deleted everything before the database was restored, and saves their hashes for the
 * next restore. One statement when nothing was restored. May be repeated: the list of hashes is cleared last, and when
 * there are too many chats for one invocation, the next tick continues.
 * @param forget deletes the rows of each chat that are older than its deletion
 * @returns how many chats were deleted in this call
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
    for (const [id, since] of ids) {
      const at = Math.max(...(await hashesOf(String(id))).map((hash) => deletedAt.get(hash) ?? 0))
      // A chat that returned after its deletion is kept.
      if (since <= at) gone.push([id, at])
    }
    for (let i = 0; i < gone.length; i += AT_ONCE) {
      if (count >= GROUPS * AT_ONCE) return count
      const group = gone.slice(i, i + AT_ONCE)
      await forget(group)
      count += group.length
    }
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
