import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pLimit from 'p-limit'
import { afterAll, expect, test } from 'vitest'
import { PROJECT, run as runNow } from './command.ts'

/** The README's "Work on it", with options that shorten the slow commands. Each starts many processes: two at a time. */

const PATIENT = { timeout: 1_800_000 }
const twoAtATime = pLimit(2)
const run = (command: string, options = '', env: NodeJS.ProcessEnv = {}) =>
  twoAtATime(() => runNow(`${command} ${options}`, PROJECT, env))
const out = mkdtempSync(join(tmpdir(), 'sportello-working-'))
afterAll(() => rmSync(out, { recursive: true }))

test.concurrent('screenshots takes every picture of the README', PATIENT, async () => {
  const { code, said } = await run('npm run screenshots', `-- --out ${out}`)
  expect(code, said).toBe(0)
  const pictures = readFileSync('README.md', 'utf8').matchAll(/\]\(docs\/images\/([\w-]+\.png)\)/g)
  expect(readdirSync(out).toSorted()).toEqual([...pictures].map(([, name]) => name).toSorted())
})

test.concurrent('fuzz sends input to every target and prints the result', PATIENT, async () => {
  const { code, said } = await run('npm run fuzz', '-- --maxWorkers 1', { FUZZ_CASES: '50' })
  expect(code, said).toBe(0)
  expect(said).toMatch(/^\| webhook bodies \| \d+ \| [\d.]+ \| passed \|$/m)
  expect(said).toMatch(/^\| all \| \d+ \| {2}\| passed \|$/m)
})

test.concurrent('bench lists the benches, each with what it measures', PATIENT, async () => {
  const { code, said } = await run('npm run bench')
  expect(code).toBe(0)
  for (const file of readdirSync('bench/benches'))
    expect(said).toMatch(new RegExp(`^ {2}${file.replace('.ts', '')} +\\w`, 'm'))
})
