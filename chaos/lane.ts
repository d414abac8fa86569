/**
 * A process that does one run after the other: started by `lanes.ts` with the file of the built Workers and the seeds,
 * it sends a `LaneReport` for each.
 */
import { describeError } from '../src/platform/log.ts'
import { Host } from './host.ts'
import { type RunResult, runOnce } from './once.ts'

/** What became of a seed: a result, or the error that broke the run itself. */
export type LaneReport = { seed: number; result: RunResult } | { seed: number; broke: string }

const [workersFile = '', ...seeds] = process.argv.slice(2)
const host = new Host(workersFile)
const say = (report: LaneReport) => new Promise((resolve) => process.send?.(report, resolve))

process.on('disconnect', () => process.exit(1))
// A call that was under way when the Workers were killed may fail long after nobody waits for it any more.
process.on('unhandledRejection', (error) => console.error(`left behind: ${describeError(error)}`))

for (const seed of seeds.map(Number)) {
  try {
    await say({ seed, result: await runOnce(seed, host) })
  } catch (error) {
    await say({ seed, broke: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  }
}
process.exit(0)
