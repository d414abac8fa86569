import { env } from 'cloudflare:workers'
import { sql } from 'drizzle-orm'
import { beforeEach, expect, test } from 'vitest'
import { forgetChat, forgetRestored } from '../../src/chats/chat-data.ts'
import { applyCarriedDeletions, noteDeletion } from '../../src/chats/deletion-hashes.ts'
import { connect, transact } from '../../src/db/database.ts'
import { writeState } from '../../src/db/state.ts'
import type { Keyring } from '../../src/platform/crypto.ts'

/* A restored backup does not bring back who had deleted everything. */

const { DB } = env as unknown as { DB: D1Database }
const db = connect(DB)
const KEYS: Keyring = ['a-key-for-tests-only-0123456789abcdef']
const NEW_KEYS: Keyring = ['another-key-for-tests-only-0123456789', ...KEYS]
const DELETED = 1_800_000_000_000
const TABLES = ['chats', 'subscriptions', 'deliveries', 'students', 'portal_sessions', 'deletions', 'state']

/** Everything that the database can hold about a chat, written at an instant. */
const life = (id: number, at: number) => [
  sql`INSERT INTO chats (id, kind, created_at, last_seen_at) VALUES (${id}, 'private', ${at}, ${at})`,
  sql`INSERT INTO subscriptions (chat_id, province, ring, created_at) VALUES (${id}, 'TO', 1, ${at})`,
  sql`INSERT INTO deliveries (event, chat_id, lane, content, status, event_at, created_at, trace)
      VALUES (${`event:${id}:${at}`}, ${id}, 1, '{}', 'sent', ${at}, ${at}, 't')`,
  sql`INSERT INTO students (user_id, linked_at) VALUES (${id}, ${at})`,
  sql`INSERT INTO portal_sessions (owner_id, sealed, created_at, last_good_at) VALUES (${id}, '', ${at}, ${at})`,
]
const rows = async (table: string): Promise<Record<string, unknown>[]> =>
  (await DB.prepare(`SELECT * FROM ${table}`).all()).results
/** Puts an older backup in place of the database, as `npm run restore` does: the list of deletions goes with it. */
async function restoreBackup(backup: ReturnType<typeof life>): Promise<void> {
  const list = (await rows('deletions')).map(({ hash, at }): [string, number] => [String(hash), Number(at)])
  await DB.batch(TABLES.map((table) => DB.prepare(`DELETE FROM ${table}`)))
  await transact(db, [...backup, writeState(db, 'carried-deletions', list, DELETED)])
}
const apply = (keys: Keyring) => applyCarriedDeletions(db, keys, (gone) => forgetRestored(db, gone))

beforeEach(() => DB.batch(TABLES.map((table) => DB.prepare(`DELETE FROM ${table}`))))

test('who deleted everything is deleted again, wherever a row names them; who stayed stays', async () => {
  const backup = [...life(7, DELETED - 1), ...life(-8, DELETED - 1), ...life(9, DELETED - 1)]
  await transact(db, [...(await forgetChat(KEYS, 7, DELETED)), ...(await forgetChat(KEYS, -8, DELETED))])
  await restoreBackup(backup)
  expect(await apply(KEYS)).toBe(2)
  for (const table of TABLES.slice(0, 5)) {
    const ids = (await rows(table)).map((row) => row.chat_id ?? row.user_id ?? row.owner_id ?? row.id)
    expect(ids, table).toEqual([9])
  }
  expect(await rows('state')).toEqual([])
  // The next restore knows them too.
  expect(await rows('deletions')).toHaveLength(2)
  expect(await apply(KEYS)).toBe(0)
})

test('a person who came back keeps their new data, also after a second restore', async () => {
  await transact(db, await forgetChat(KEYS, 7, DELETED))
  await restoreBackup(life(7, DELETED + 1))
  await apply(KEYS)
  await restoreBackup(life(7, DELETED + 1))
  await apply(KEYS)
  for (const table of TABLES.slice(0, 5)) expect(await rows(table), table).toHaveLength(1)
})

test('a deletion from before a rotation of the key counts as long as the old key is kept', async () => {
  await transact(db, await forgetChat(KEYS, 7, DELETED))
  await restoreBackup(life(7, DELETED - 1))
  expect(await apply(NEW_KEYS)).toBe(1)
  expect(await rows('chats')).toEqual([])
})

test('the list identifies nobody: it has no id, and no hash that can be made without the key', async () => {
  await transact(db, await forgetChat(KEYS, 123_456_789, DELETED))
  const [row] = await rows('deletions')
  expect(JSON.stringify(row)).not.toContain('123456789')
  await transact(db, await forgetChat([NEW_KEYS[0]], 123_456_789, DELETED))
  expect(await rows('deletions')).toHaveLength(2)
})

test('thousands of chats are looked through in pages, in few statements', async () => {
  await DB.prepare(
    `INSERT INTO chats (id, kind, created_at, last_seen_at)
     SELECT value - 6000, 'private', 1, 1 FROM json_each(?)`,
  )
    .bind(JSON.stringify(Array.from({ length: 12_000 }, (_, i) => i)))
    .run()
  const gone = [-6_000, -1, 0, 5_999]
  for (const id of gone) await transact(db, [(await forgetChat(KEYS, id, DELETED)).at(-1) as never])
  const list = (await rows('deletions')).map(({ hash, at }): [string, number] => [String(hash), Number(at)])
  await transact(db, [writeState(db, 'carried-deletions', list, 1)])
  let statements = 0
  const counted = new Proxy(DB, {
    get(target, name) {
      if (name === 'prepare') statements += 1
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
  const watched = connect(counted)
  expect(await applyCarriedDeletions(watched, KEYS, (some) => forgetRestored(watched, some))).toBe(4)
  expect((await rows('chats')).length).toBe(12_000 - 4)
  expect(statements).toBeLessThan(40)
})

test('where many chats are deleted again, each tick does a part, and who came back does not hold it up', async () => {
  const ids = Array.from({ length: 1_500 }, (_, i) => i + 1)
  await transact(db, [
    sql`INSERT INTO chats (id, kind, created_at, last_seen_at)
        SELECT value, 'private', CASE WHEN value <= 900 THEN ${DELETED + 1} ELSE 1 END, 1
        FROM json_each(${JSON.stringify(ids)})`,
  ])
  for (const id of ids) await transact(db, [await noteDeletion(KEYS, id, DELETED)])
  const list = (await rows('deletions')).map(({ hash, at }): [string, number] => [String(hash), Number(at)])
  await transact(db, [writeState(db, 'carried-deletions', list, 1)])
  const steps: number[] = []
  for (let left = 1; left > 0 && steps.length < 5; left = (await rows('state')).length)
    steps.push(await apply(KEYS))
  expect(steps.length).toBeLessThan(5)
  expect(steps.reduce((sum, count) => sum + count, 0)).toBe(600)
  expect(await rows('chats')).toHaveLength(900)

  await transact(db, [sql`UPDATE chats SET created_at = 1`, writeState(db, 'carried-deletions', list, 1)])
  expect(await apply(KEYS)).toBe(800)
  expect(await rows('state')).toHaveLength(1)
  expect(await apply(KEYS)).toBe(100)
  expect(await rows('state')).toEqual([])
})
