import { expect, test } from 'vitest'
import { withBuiltWorkers } from '../../chaos/build.ts'
import { type RunResult, runOnce } from '../../chaos/once.ts'
import { drawPlan } from '../../chaos/plan.ts'

const SEEDS = [1, 3]

/** What a failed run tells: its seed replays it with `npm run chaos -- --runs 1 --seed S --logs`. */
const verdict = ({ seed, findings: { lost, doubled, unstruck }, left }: RunResult) => ({
  seed,
  lost,
  doubled,
  unstruck,
  left,
})

test('a seed always draws the same plan', () => {
  expect(drawPlan(7)).toEqual(drawPlan(7))
  expect(drawPlan(7)).not.toEqual(drawPlan(8))
})

test('broken on purpose at random moments, it loses nothing, tells nothing twice and leaves nothing undone', async () => {
  const results = await withBuiltWorkers(async (workersFile) => {
    const half = SEEDS.length / 2
    const inOrder = async (seeds: readonly number[]) => {
      const done: RunResult[] = []
      for (const seed of seeds) done.push(await runOnce(seed, workersFile))
      return done
    }
    return (await Promise.all([inOrder(SEEDS.slice(0, half)), inOrder(SEEDS.slice(half))])).flat()
  })
  expect(results.filter(({ passed }) => !passed).map(verdict)).toEqual([])
  expect(results.every(({ findings }) => findings.alerts > 0)).toBe(true)
}, 400_000)
