import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { drawPlan } from '../../chaos/plan.ts'
import type { Row } from '../../chaos/report.ts'
import { PROJECT, run } from '../docs/command.ts'

/** Always the same five, which plan 39 of the 46 kinds of faults. A job of the workflow runs more, with new seeds each time. */
const SEEDS = Array.from({ length: 5 }, (_, n) => n + 15_794)
/** A run waits more than it computes. */
const LANES = Math.max(4, availableParallelism())

test('a seed always draws the same plan', () => {
  expect(drawPlan(7)).toEqual(drawPlan(7))
  expect(drawPlan(7)).not.toEqual(drawPlan(8))
})

test('with faults at random moments nothing is lost, done twice or left undone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sportello-faults-'))
  const file = join(folder, 'result.json')
  const command = 'npm run chaos'
  const options = `-- --runs ${SEEDS.length} --seed ${SEEDS[0]} --parallel ${LANES} --json ${file}`
  const { code, said } = await run(`${command} ${options}`, PROJECT)
  expect(code, said).toBe(0)
  const { runs, injections, broken, idle } = JSON.parse(readFileSync(file, 'utf8')) as {
    runs: Row[]
    injections: Record<string, number>
    broken: unknown[]
    idle: string[]
  }
  rmSync(folder, { recursive: true })
  expect(broken).toEqual([])
  // On a slow machine slots may close before they are announced, and leave nothing to edit; a planted bug tests that check.
  expect(idle.filter((check) => check !== 'edits checked')).toEqual([])
  expect(runs.map(({ seed }) => seed)).toEqual(SEEDS)
  for (const wrong of [
    'lost',
    'twice',
    'unwanted',
    'unedited',
    'forgotten',
    'booked twice',
    'digests wrong',
    'browsers wrong',
    'reports wrong',
    'stuck',
  ] as const)
    expect(runs.map((row) => row[wrong])).toEqual(SEEDS.map(() => 0))
  // The planned faults took effect and there was work to lose: without this check a harness without faults would pass.
  const hits = (...kinds: string[]) => kinds.reduce((sum, kind) => sum + (injections[`hit: ${kind}`] ?? 0), 0)
  // A fault takes effect if there is work at its moment: in five runs one kind may not, but one of each mechanism does.
  expect(hits('again', 'reversed', 'middle', 'poisoned'), 'batches').toBeGreaterThan(0)
  expect(hits('slow', 'refused'), 'database').toBeGreaterThan(0)
  expect(injections['died: retries used up']).toBeGreaterThan(0)
  expect(runs.every(({ alerts }) => alerts > 0)).toBe(true)
  expect(runs.some(({ booked }) => booked > 0)).toBe(true)
  expect(runs.every((row) => row['to browsers'] > 0)).toBe(true)
}, 1_800_000)
