/**
 * A process that does one run after the other: started by `runners.ts` with the file of the built Workers and the seeds,
 * it sends a `RunReport` for each.
 */
import { describeError } from '../src/platform/log.ts'
import { Host } from './host.ts'
import type { PlantedBug } from './plan.ts'
import { type RunResult, runOnce } from './run-seed.ts'

/** What became of a seed: a result, or the error that broke the run itself. */
export type RunReport = { seed: number; result: RunResult } | { seed: number; broke: string }

const [workersFile = '', plant = '', ...seeds] = process.argv.slice(2)
let host = new Host(workersFile)
const say = (report: RunReport) => new Promise((resolve) => process.send?.(report, resolve))

process.on('disconnect', () => process.exit(1))
// A call that was under way when the Workers were killed may fail long after nobody waits for it any more.
process.on('unhandledRejection', (error) => console.error(`left behind: ${describeError(error)}`))

/**
 * One run; once more on a new host when the run itself broke: its host hung or ended, as on a machine that is too busy. The
 * report counts such runs, as what broke them may be of ours.
 */
async function runSafely(seed: number, broken: readonly string[] = []): Promise<RunReport> {
  try {
    const result = await runOnce(seed, host, plant === '' ? undefined : (plant as PlantedBug))
    return { seed, result: { ...result, broken: [...broken] } }
  } catch (error) {
    host.abandon()
    host = new Host(workersFile)
    if (broken.length === 0) return runSafely(seed, [describeError(error)])
    return { seed, broke: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

for (const seed of seeds.map(Number)) await say(await runSafely(seed))
host.abandon()
process.exit(0)
