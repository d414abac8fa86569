import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type CloudflareApi, openCloudflare } from '../../scripts/cloud/api.ts'
import { backUp, CopyError, goBack, restore } from '../../scripts/cloud/copy.ts'
import { ownMigrations } from '../../scripts/cloud/store.ts'
import type { Wrangler } from '../../scripts/cloud/wrangler.ts'
import { type FakeCloudflare, startFakeCloudflare } from './fake-cloudflare.ts'
import { type FakeDatabase, openFakeDatabase } from './fake-database.ts'

/* People who deleted everything do not come back with a backup: the list of their hashes goes on to the restored database. */

const HASHES = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(43))
const [ADA = '', BOB = '', EVE = '', KIM = ''] = HASHES

let cloud: FakeCloudflare
let api: CloudflareApi
let root: string

/** What wrangler does for a copy, without its process. */
const wrangler: Wrangler = async (args) => {
  const of = (flag: string) => args[args.indexOf(flag) + 1] ?? ''
  if (args[1] === 'export') writeFileSync(of('--output'), cloud.account.database.dump())
  if (args[1] === 'execute') cloud.account.database.run(readFileSync(of('--file'), 'utf8'))
  return ''
}

/** A database as this version has it, in which these deleted everything, each at the instant of their place. */
function database(hashes: readonly string[]): FakeDatabase {
  const made = openFakeDatabase()
  for (const file of ownMigrations()) made.run(readFileSync(resolve('migrations', file), 'utf8'))
  for (const hash of hashes) made.run(`INSERT INTO deletions VALUES ('${hash}', ${HASHES.indexOf(hash)})`)
  return made
}

/** The hashes that the next tick of the edge Worker will apply. */
const carried = (): string[] => {
  const [row] = (cloud.account.database.query("SELECT value FROM state WHERE name = 'carried-deletions'")[0]
    ?.results ?? []) as { value: string }[]
  return row ? (JSON.parse(row.value) as [string, number][]).map(([hash]) => hash).sort() : []
}

beforeEach(async () => {
  cloud = await startFakeCloudflare()
  cloud.account.databases = [{ uuid: '11111111-2222-4333-8444-555555555555', name: 'sportello' }]
  api = await openCloudflare(cloud.env, wrangler)
  root = mkdtempSync(join(tmpdir(), 'sportello-restore-'))
})
afterEach(async () => {
  await cloud.close()
  rmSync(root, { recursive: true })
})

test('deletions since the backup go on to the restored database, with those that the backup knows', async () => {
  cloud.account.database = database([ADA])
  const copy = join(root, 'copy.sql')
  await backUp(wrangler, copy)
  cloud.account.database = database([BOB, EVE])
  const { deletions } = await restore(api, wrangler, copy, {
    replace: true,
    saveAs: join(root, 'before.sql'),
  })
  expect(deletions).toBe(3)
  expect(carried()).toEqual([ADA, BOB, EVE])
  // A second restore right away, before a tick has applied them.
  await restore(api, wrangler, copy, { replace: true, saveAs: join(root, 'again.sql') })
  expect(carried()).toEqual([ADA, BOB, EVE])
})

test('a backup of a version without the list gets it too', async () => {
  cloud.account.database = database([])
  cloud.account.database.run('DROP TABLE deletions')
  const copy = join(root, 'old.sql')
  await backUp(wrangler, copy)
  cloud.account.database = database([ADA])
  await restore(api, wrangler, copy, { replace: true, saveAs: join(root, 'before.sql') })
  expect(carried()).toEqual([ADA])
})

test('into an empty database, a later backup tells who deleted everything', async () => {
  cloud.account.database = database([])
  const copy = join(root, 'copy.sql')
  await backUp(wrangler, copy)
  cloud.account.database = database([KIM])
  const later = join(root, 'later.sql')
  await backUp(wrangler, later)
  cloud.account.database = openFakeDatabase()
  await expect(
    restore(api, wrangler, copy, { replace: false, saveAs: 'none', later: join(root, 'none.sql') }),
  ).rejects.toThrow(CopyError)
  await restore(api, wrangler, copy, { replace: false, saveAs: 'none', later })
  expect(carried()).toEqual([KIM])
})

test('a backup that wrangler wrote with the names of the columns is read as well', async () => {
  cloud.account.database = openFakeDatabase()
  const copy = join(root, 'copy.sql')
  const later = join(root, 'later.sql')
  cloud.account.database = database([])
  await backUp(wrangler, copy)
  writeFileSync(
    later,
    `INSERT INTO "deletions" ("hash","at") VALUES('${BOB}',7);\nINSERT INTO "x" VALUES('${EVE}',7);`,
  )
  cloud.account.database = openFakeDatabase()
  await restore(api, wrangler, copy, { replace: false, saveAs: 'none', later })
  expect(carried()).toEqual([BOB])
})

test('the database’s own past: who deleted everything since is carried over', async () => {
  cloud.account.past = database([ADA])
  cloud.account.database = database([ADA, BOB])
  const { undo, deletions } = await goBack(api, '2026-11-28T09:00:00Z')
  expect(undo).toBe('b-before')
  expect(deletions).toBe(2)
  expect(carried()).toEqual([ADA, BOB])
  await expect(goBack(api, 'yesterday')).rejects.toThrow(CopyError)
})

test('nobody deleted anything: nothing is written', async () => {
  cloud.account.past = database([])
  cloud.account.database = database([])
  await goBack(api, '2026-11-28T09:00:00Z')
  const [found] = cloud.account.database.query("SELECT 1 FROM state WHERE name = 'carried-deletions'")
  expect(found?.results).toEqual([])
})

test('a backup is for its owner’s eyes only, also over a file that others could read', async () => {
  cloud.account.database = database([ADA])
  const copy = join(root, 'copy.sql')
  writeFileSync(copy, 'old', { mode: 0o644 })
  await backUp(wrangler, copy)
  expect(statSync(copy).mode & 0o077).toBe(0)
})
