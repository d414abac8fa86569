import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { copyFirstState } from '../../scripts/local/first-state.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sportello-first-'))
})
afterEach(() => rmSync(root, { recursive: true }))

test('an empty database is made once and copied, also when several starts want the first one at once', async () => {
  const cache = join(root, 'cache')
  let made = 0
  const make = async (folder: string) => writeFileSync(join(folder, 'db.sqlite'), `made ${++made}`)
  const folders = ['a', 'b', 'c'].map((name) => join(root, name))
  await Promise.all(folders.map((folder) => copyFirstState(folder, make, cache)))
  const first = folders.map((folder) => readFileSync(join(folder, 'db.sqlite'), 'utf8'))
  expect(new Set(first).size).toBe(1)
  const before = made
  await copyFirstState(join(root, 'later'), make, cache)
  expect(made).toBe(before)
  expect(readFileSync(join(root, 'later/db.sqlite'), 'utf8')).toBe(first[0])
  expect(readdirSync(cache)).toHaveLength(1)
})

test('of a database that could not be made nothing is kept', async () => {
  const cache = join(root, 'cache')
  const failing = copyFirstState(join(root, 'a'), () => Promise.reject(new Error('disk full')), cache)
  await expect(failing).rejects.toThrow('disk full')
  expect(readdirSync(root)).toEqual(['cache'])
  expect(readdirSync(cache)).toEqual([])
})
