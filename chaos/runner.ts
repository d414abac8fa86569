/**
 * A process that executes one run after another. `runners.ts` starts it with the file of the built Workers and the
 * seeds; it sends a `RunReport` for each.
 */
// First: the world's clock is that of the Workers, which TEST_NOW moves.
import '../scripts/local/clock.ts'
import { describeError } from '../src/platform/log.ts'
import { Host } from './host.ts'
import type { PlantedBug } from './plan.ts'
import { type RunResult, runOnce } from './run-seed.ts'

/** A seed's result, or the error that broke the run itself. */
export type RunReport = { seed: number; result: RunResult } | { seed: number; broke: string }

const [workersFile = '', planted = '', ...seeds] = process.argv.slice(2)
const bugs = planted.split(',').filter(Boolean) as PlantedBug[]
let host = new Host(workersFile)
const say = (report: RunReport) => new Promise((resolve) => process.send?.(report, resolve))

process.on('disconnect', () => process.exit(1))
// A call that was under way when the Workers were killed may fail long after its caller has stopped waiting.
process.on('unhandledRejection', (error) => console.error(`left behind: ${describeError(error)}`))

/**
 * Executes a run, and repeats it on a new host if its host hung or ended, as on an overloaded machine. The report
 * counts such runs, since the cause may be a bug of ours.
 */
async function runSafely(seed: number, broken: readonly string[] = []): Promise<RunReport> {
  try {
    const result = await runOnce(seed, host, bugs)
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
