import { env } from 'cloudflare:workers'
import { sql } from 'drizzle-orm'
import { beforeEach, expect, test } from 'vitest'
import { newChat } from '../../src/chats/chat-row.ts'
import { connect, type Statement, transact } from '../../src/db/database.ts'
import {
  type DataOwner,
  deleteEverything,
  exportEverything,
  mayHaveSportData,
} from '../../src/people/export-and-delete.ts'
import type { AskOwn } from '../../src/sport/student/ask-student.ts'

const { DB } = env as unknown as { DB: D1Database }
const db = connect(DB)
const NOW = 1_800_000_000_000
const KEYS = ['a-key-for-tests-only-0123456789abcdef'] as const

const unreachable: AskOwn = async () => ({ ok: false, refusal: 'unreachable' })
const owner = (changes: Partial<DataOwner> = {}): DataOwner => ({
  db,
  chat: newChat({ id: 7, kind: 'private' }, NOW),
  student: unreachable,
  maySport: false,
  now: NOW,
  ...changes,
})
const commit = (statements: Statement[]) => transact(db, statements)
const link = () => transact(db, [sql`INSERT INTO students (user_id, linked_at) VALUES (7, 1)`])

beforeEach(async () => {
  await transact(db, [sql`DELETE FROM students`, sql`DELETE FROM erasures`])
})

test('sport data are expected of those who may use sport or are still linked, and never of a group', async () => {
  expect(await mayHaveSportData(owner())).toBe(false)
  expect(await mayHaveSportData(owner({ maySport: true }))).toBe(true)
  expect(await mayHaveSportData(owner({ maySport: true, student: null }))).toBe(false)
  await link()
  expect(await mayHaveSportData(owner())).toBe(true)
})

test('the export says what is missing when the object does not answer; a group’s has no sport part', async () => {
  expect(await exportEverything(owner({ maySport: true }))).toMatchObject({
    chat: { id: 7 },
    sport: { account: { missing: 'unreachable' }, history: { missing: 'unreachable' } },
  })
  expect(await exportEverything(owner({ student: null }))).not.toHaveProperty('sport')
})

test('an object that does not answer is noted to be erased later; one that answers is not', async () => {
  const noted = async () => (await transact(db, [sql`SELECT user_id FROM erasures`]))[0]?.results
  expect(await deleteEverything(owner(), KEYS, commit)).toBe(false)
  expect(await noted()).toEqual([{ user_id: 7 }])
  await transact(db, [sql`DELETE FROM erasures`])
  const answers = (async () => ({ ok: true, value: null })) as unknown as AskOwn
  expect(await deleteEverything(owner({ student: answers }), KEYS, commit)).toBe(true)
  expect(await noted()).toEqual([])
})

test('paired browsers are in the export without their hashes, and are deleted', async () => {
  const count = async () =>
    (await transact(db, [sql`SELECT count(*) AS n FROM paired_browsers`]))[0]?.results[0]?.n
  await transact(db, [
    sql`DELETE FROM paired_browsers`,
    sql`INSERT INTO paired_browsers (owner_id, code_until, token_hash, browser, created_at, last_used_at)
        VALUES (7, 1, 'hash', 'edge', 2, 3), (8, 1, 'hash', 'edge', 2, 3)`,
  ])
  const exported = await exportEverything(owner({ student: null }))
  expect(exported.pairedBrowsers).toEqual([
    { id: expect.any(Number), browser: 'edge', createdAt: 2, lastUsedAt: 3 },
  ])
  await deleteEverything(owner({ student: null }), KEYS, commit)
  expect(await count()).toBe(1)
})
