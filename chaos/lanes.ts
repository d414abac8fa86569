import { fork } from 'node:child_process'
import { join } from 'node:path'
import { withBuiltWorkers } from './build.ts'
import type { LaneReport } from './lane.ts'

const LANE = join(import.meta.dirname, 'lane.ts')

/** Runs some seeds in a process of their own. */
function runLane(
  workersFile: string,
  seeds: readonly number[],
  onReport: (report: LaneReport) => void,
): Promise<void> {
  const waiting = new Set(seeds)
  const child = fork(LANE, [workersFile, ...seeds.map(String)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  // The runtime complains of every write that the locked database refuses: of interest only when the process ends.
  let complaint = ''
  child.stderr?.on('data', (chunk) => {
    complaint = `${complaint}${chunk}`.slice(-1_000)
  })
  child.on('message', (report: LaneReport) => {
    waiting.delete(report.seed)
    onReport(report)
  })
  return new Promise((resolve) =>
    child.once('exit', () => {
      for (const seed of waiting) onReport({ seed, broke: `the process of this run ended: ${complaint}` })
      resolve()
    }),
  )
}

/** Runs every seed, so many at once, on Workers built once. Resolves with the reports in order of seed. */
export async function runSeeds(
  seeds: readonly number[],
  parallel: number,
  onReport: (report: LaneReport) => void = () => undefined,
): Promise<LaneReport[]> {
  const reports: LaneReport[] = []
  const lanes = Array.from({ length: parallel }, (_, lane) => seeds.filter((_, i) => i % parallel === lane))
  await withBuiltWorkers((workersFile) =>
    Promise.all(
      lanes
        .filter((lane) => lane.length > 0)
        .map((lane) =>
          runLane(workersFile, lane, (report) => {
            reports.push(report)
            onReport(report)
          }),
        ),
    ),
  )
  return reports.sort((a, b) => a.seed - b.seed)
}
