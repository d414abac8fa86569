import { fork } from 'node:child_process'
import { join } from 'node:path'
import { withBuiltWorkers } from './build.ts'
import type { PlantedBug } from './plan.ts'
import type { RunReport } from './runner.ts'

const RUNNER = join(import.meta.dirname, 'runner.ts')

/** Runs some seeds in a process of their own. */
function startRunner(
  workersFile: string,
  seeds: readonly number[],
  planted: readonly PlantedBug[],
  onReport: (report: RunReport) => void,
): Promise<void> {
  const waiting = new Set(seeds)
  const child = fork(RUNNER, [workersFile, planted.join(','), ...seeds.map(String)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  // The runtime reports every write that the locked database refuses; print that only if the process fails.
  let complaint = ''
  child.stderr?.on('data', (chunk) => {
    complaint = `${complaint}${chunk}`.slice(-1_000)
  })
  child.on('message', (report: RunReport) => {
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

/** Runs every seed, `parallel` at a time, on Workers built once. Resolves with the reports in order of seed. */
export async function runSeeds(
  seeds: readonly number[],
  { parallel, planted = [] }: { parallel: number; planted?: readonly PlantedBug[] },
  onReport: (report: RunReport) => void = () => undefined,
): Promise<RunReport[]> {
  const reports: RunReport[] = []
  const shares = Array.from({ length: parallel }, (_, share) =>
    seeds.filter((_, i) => i % parallel === share),
  )
  await withBuiltWorkers((workersFile) =>
    Promise.all(
      shares
        .filter((share) => share.length > 0)
        .map((share) =>
          startRunner(workersFile, share, planted, (report) => {
            reports.push(report)
            onReport(report)
          }),
        ),
    ),
  )
  return reports.sort((a, b) => a.seed - b.seed)
}
