import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { cached, fingerprintOf } from '../../scripts/local/build-cache.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sportello-cache-'))
  mkdirSync(join(root, 'src/deep'), { recursive: true })
  writeFileSync(join(root, 'src/a.ts'), 'a')
  writeFileSync(join(root, 'src/deep/b.ts'), 'b')
  writeFileSync(join(root, 'wrangler.toml'), 'name')
})
afterEach(() => rmSync(root, { recursive: true }))

const INPUTS = ['src', 'wrangler.toml']

test.each([
  ['another content', () => writeFileSync(join(root, 'src/deep/b.ts'), 'c')],
  ['another name', () => writeFileSync(join(root, 'src/deep/c.ts'), 'b')],
  ['a file that is gone', () => rmSync(join(root, 'src/a.ts'))],
  ['another configuration', () => writeFileSync(join(root, 'wrangler.toml'), 'other')],
])('%s is another state', (_, change) => {
  const before = fingerprintOf(root, INPUTS)
  expect(fingerprintOf(root, INPUTS)).toBe(before)
  change()
  expect(fingerprintOf(root, INPUTS)).not.toBe(before)
})

test('a value is generated once for each state, and again when its file is broken', async () => {
  const folder = join(root, 'cache')
  let made = 0
  const make = async () => ({ made: ++made })
  expect(await cached(folder, 'one', make)).toEqual({ made: 1 })
  expect(await cached(folder, 'one', make)).toEqual({ made: 1 })
  expect(await cached(folder, 'two', make)).toEqual({ made: 2 })
  writeFileSync(join(folder, 'one.json'), '{"ma')
  expect(await cached(folder, 'one', make)).toEqual({ made: 3 })
})

test('only the last states are kept', async () => {
  const folder = join(root, 'cache')
  for (let state = 0; state < 7; state++) await cached(folder, `state-${state}`, async () => state)
  const kept = readdirSync(folder)
  expect(kept).toHaveLength(4)
  expect(kept).toContain('state-6.json')
})
