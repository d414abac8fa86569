/**
 * npm run chaos -- [--runs N] [--seed S] [--parallel P] [--json FILE] [--logs]: breaks the whole system on purpose, run
 * after run, and counts what was lost or done twice. Run n has seed S + n - 1; `--runs 1 --seed S` replays one. Ends
 * with 1 when any run failed.
 */
import { writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { runSeeds } from './lanes.ts'
import type { RunResult } from './once.ts'
import { explain, mishapsOf, rowOf, totalOf } from './table.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    parallel: { type: 'string', default: '2' },
    json: { type: 'string' },
    logs: { type: 'boolean', default: false },
  },
})

const machine = { cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30), node: process.version }
console.log(`Faults: ${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}`)
const seeds = Array.from({ length: Number(values.runs) }, (_, n) => Number(values.seed) + n)
const reports = await runSeeds(seeds, Number(values.parallel), (report) =>
  console.error(
    'result' in report
      ? `seed ${report.seed}: ${report.result.passed ? 'passed' : 'FAILED'} in ${report.result.seconds} s`
      : `seed ${report.seed}: broke`,
  ),
)

const results: RunResult[] = reports.flatMap((report) => ('result' in report ? [report.result] : []))
const broken = reports.flatMap((report) => ('broke' in report ? [report] : []))
const rows = results.map(rowOf)
console.table([...rows, totalOf(rows)])
console.table(mishapsOf(results))
const failed = results.filter((result) => !result.passed)
for (const result of failed) {
  console.log(explain(result))
  if (values.logs) console.log(result.logs.join('\n'))
}
for (const { seed, broke } of broken) console.log(`\nseed ${seed} broke: ${broke}`)
if (values.json) {
  const summary = { machine, total: totalOf(rows), mishaps: mishapsOf(results), runs: rows, broken }
  writeFileSync(values.json, JSON.stringify(summary, null, 2))
}
process.exit(failed.length + broken.length > 0 ? 1 : 0)
