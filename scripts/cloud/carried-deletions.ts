import { readFileSync } from 'node:fs'
import type { Store } from './store.ts'

/** Chats that deleted everything, and when: the keyed hashes that src/chats/deletion-hashes.ts saves. */
export type Deletions = ReadonlyMap<string, number>

/** The most deletions that are carried over, the newest first: as many as one value of D1 can hold. */
const MOST = 30_000

const merged = (pairs: readonly (readonly [hash: string, at: number])[]): Deletions =>
  new Map([...pairs].sort(([, a], [, b]) => a - b).slice(-MOST))

/** The deletions in a database, including those of an earlier restore that no tick has applied yet. */
export async function readDeletions(store: Store, tables: readonly string[]): Promise<Deletions> {
  const [own, carried] = await Promise.all([
    tables.includes('deletions')
      ? store.query('SELECT hash, at FROM deletions ORDER BY at DESC LIMIT ?', [MOST])
      : [],
    tables.includes('state')
      ? store.query(
          `SELECT pair.value ->> 0 AS hash, pair.value ->> 1 AS at
           FROM state, json_each(state.value) AS pair WHERE state.name = 'carried-deletions'`,
        )
      : [],
  ])
  return merged([...own, ...carried].map(({ hash, at }) => [String(hash), Number(at)]))
}

/** The deletions in a backup. */
export const deletionsIn = (file: string): Deletions =>
  merged(
    [
      ...readFileSync(file, 'utf8').matchAll(
        /^INSERT INTO "?deletions"?[^']{0,40}VALUES ?\('([\w-]{43})', ?(\d{1,15})\)/gm,
      ),
    ].map(([, hash = '', at]) => [hash, Number(at)]),
  )

/** Saves deletions in a database that was just restored; the next tick of the edge Worker applies them. */
export async function carryDeletions(
  store: Store,
  lists: readonly Deletions[],
  now: number,
): Promise<number> {
  const all = merged(lists.flatMap((list) => [...list]))
  if (all.size > 0)
    await store.query(
      `INSERT INTO state (name, value, at) VALUES ('carried-deletions', ?, ?)
       ON CONFLICT (name) DO UPDATE SET value = excluded.value, at = excluded.at`,
      [JSON.stringify([...all]), now],
    )
  return all.size
}
