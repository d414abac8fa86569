/**
 * npm run chaos: injects faults into the whole system, run after run, and counts what was lost or done twice. Ends
 * with 1 when a run failed or a check examined nothing. See --help.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { machine, provenance, saveResults } from '../bench/results.ts'
import { PLANTED_BUGS, type PlantedBug } from './plan.ts'
import { explain, idleChecks, injectionsOf, rowOf, totalOf } from './report.ts'
import type { RunResult } from './run-seed.ts'
import { runSeeds } from './runners.ts'

const HELP = `npm run chaos -- [options]

Injects faults into the whole system, run after run, and counts what was lost or done twice.

  --runs N        how many runs (20)
  --seed S        seed of the first; run n has seed S + n - 1 (1). "--runs 1 --seed S" replays one
  --parallel P    how many at once (2)
  --json FILE     writes everything to a file
  --save          writes it to bench/results/faults.json, with commit, machine, load and command
  --logs          prints what the Workers of failed runs logged
  --plant BUGS    plants bugs, with commas between them, which the runs must find: ${PLANTED_BUGS.join(', ')}
  --help          this text
`

/** Ends the command with a sentence about the wrong option. */
function refuse(problem: string): never {
  console.error(`${problem}\n\n${HELP}`)
  process.exit(2)
}

/** In fewer runs a check may by chance find nothing to examine, above all on a slow machine: that is printed, and no error. */
const MANY_RUNS = 20

const OPTIONS = {
  runs: { type: 'string', default: '20' },
  seed: { type: 'string', default: '1' },
  parallel: { type: 'string', default: '2' },
  json: { type: 'string' },
  save: { type: 'boolean', default: false },
  logs: { type: 'boolean', default: false },
  plant: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const

function readOptions() {
  try {
    return parseArgs({ options: OPTIONS }).values
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error))
  }
}

const values = readOptions()
if (values.help) {
  console.log(HELP)
  process.exit(0)
}

function whole(name: 'runs' | 'seed' | 'parallel', least: number): number {
  const number = Number(values[name])
  if (values[name].trim() === '' || !Number.isSafeInteger(number) || number < least)
    refuse(`--${name} should be a whole number from ${least}, not "${values[name]}".`)
  return number
}

const runs = whole('runs', 1)
const firstSeed = whole('seed', 0)
const parallel = whole('parallel', 1)
const planted = (values.plant?.split(',') ?? []) as PlantedBug[]
if (!planted.every((bug) => PLANTED_BUGS.includes(bug)))
  refuse(`--plant should be some of ${PLANTED_BUGS.join(', ')}.`)

const { cores, memoryGiB, node } = machine()
console.log(`Faults: ${cores} cores, ${memoryGiB} GiB, Node ${node}`)
const from = provenance(`npm run chaos -- ${process.argv.slice(2).join(' ')}`)
const seeds = Array.from({ length: runs }, (_, n) => firstSeed + n)
const reports = await runSeeds(seeds, { parallel, planted }, (report) =>
  console.error(
    'result' in report
      ? `seed ${report.seed}: ${report.result.passed ? 'passed' : 'FAILED'} in ${report.result.seconds} s${report.result.broken.length > 0 ? ', after it broke once' : ''}`
      : `seed ${report.seed}: broke`,
  ),
)

const results: RunResult[] = reports.flatMap((report) => ('result' in report ? [report.result] : []))
const broken = reports.flatMap((report) => ('broke' in report ? [report] : []))
const rows = results.map(rowOf)
console.table([...rows, totalOf(rows)])
console.table(injectionsOf(results))
const failed = results.filter((result) => !result.passed)
for (const result of failed) {
  console.log(explain(result))
  if (values.logs) console.log(result.logs.join('\n'))
}
for (const { seed, broken: errors } of results)
  for (const error of errors) console.log(`\nseed ${seed} broke and was run once more: ${error}`)
for (const { seed, broke } of broken) console.log(`\nseed ${seed} broke: ${broke}`)
const idle = idleChecks(rows)
if (idle.length > 0) console.log(`\nNothing was checked of: ${idle.join(', ')}.`)
if (values.json || values.save) {
  const summary = {
    total: totalOf(rows),
    injections: injectionsOf(results),
    runs: rows,
    broken,
    repeated: results
      .filter((result) => result.broken.length > 0)
      .map(({ seed, broken: errors }) => ({ seed, errors })),
    idle,
  }
  if (values.json) writeFileSync(values.json, JSON.stringify({ machine: machine(), ...summary }, null, 2))
  if (values.save) console.log(`The raw figures are in ${saveResults('faults', from(), summary)}.`)
}
process.exit(failed.length + broken.length > 0 || (idle.length > 0 && runs >= MANY_RUNS) ? 1 : 0)
