import { availableParallelism } from 'node:os'
import { expect, test } from 'vitest'
import { runSeeds } from '../../chaos/lanes.ts'
import { drawPlan } from '../../chaos/plan.ts'
import { explain, mishapsOf } from '../../chaos/table.ts'

const SEEDS = Array.from({ length: 20 }, (_, n) => n + 1)
/** A run waits more than it computes. */
const LANES = Math.max(3, availableParallelism() - 1)

test('a seed always draws the same plan', () => {
  expect(drawPlan(7)).toEqual(drawPlan(7))
  expect(drawPlan(7)).not.toEqual(drawPlan(8))
})

test('broken on purpose at random moments, it loses nothing, does nothing twice and leaves nothing undone', async () => {
  const reports = await runSeeds(SEEDS, LANES)
  const failed = reports.flatMap((report) => {
    if ('broke' in report) return [report.broke]
    return report.result.passed ? [] : [explain(report.result)]
  })
  expect(failed).toEqual([])
  const results = reports.flatMap((report) => ('result' in report ? [report.result] : []))
  expect(results.map(({ seed }) => seed)).toEqual(SEEDS)
  expect(results.every(({ findings }) => findings.alerts > 0)).toBe(true)
  expect(results.some(({ sport }) => sport.booked > 0)).toBe(true)
  // What was ordered struck: a harness that breaks nothing would pass too.
  const struck = mishapsOf(results)
  for (const what of ['again', 'reversed', 'middle', 'poisoned', 'slow', 'refused'])
    expect(struck[`struck: ${what}`], what).toBeGreaterThan(0)
  expect(struck['died: retries used up']).toBeGreaterThan(0)
}, 1_800_000)
