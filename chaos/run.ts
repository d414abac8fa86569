/**
 * npm run chaos -- [--runs N] [--seed S] [--parallel P] [--json] [--logs]: breaks the whole system on purpose, run after
 * run, and counts what was lost or told twice. Run n has seed S + n - 1; `--runs 1 --seed S` replays one. Ends with 1
 * when any run failed.
 */
import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import pLimit from 'p-limit'
import { withBuiltWorkers } from './build.ts'
import { type RunResult, runOnce, stuckIn } from './once.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    parallel: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
    logs: { type: 'boolean', default: false },
  },
})

const row = ({ seed, mishaps, findings, left, seconds }: RunResult) => ({
  seed,
  faults: Object.values(mishaps).reduce((sum, count) => sum + count, 0),
  slots: findings.openings,
  alerts: findings.alerts,
  lost: findings.lost.length,
  doubled: findings.doubled.length,
  'in doubt': findings.inDoubt,
  late: findings.late,
  unstruck: findings.unstruck.length,
  stuck: stuckIn(left),
  seconds,
})

function explain({ seed, mishaps, findings, left, logs }: RunResult): void {
  console.log(`\nseed ${seed} failed: ${JSON.stringify(mishaps)}\nleft: ${JSON.stringify(left)}`)
  for (const [what, found] of Object.entries({
    lost: findings.lost,
    doubled: findings.doubled,
    unstruck: findings.unstruck,
  })) {
    for (const line of found.slice(0, 8)) console.log(`  ${what}: ${line}`)
  }
  if (values.logs) console.log(logs.join('\n'))
}

const total = (rows: ReturnType<typeof row>[]) => {
  const sum = (name: keyof ReturnType<typeof row>) => rows.reduce((all, each) => all + each[name], 0)
  return {
    seed: 'all',
    faults: sum('faults'),
    slots: sum('slots'),
    alerts: sum('alerts'),
    lost: sum('lost'),
    doubled: sum('doubled'),
    'in doubt': sum('in doubt'),
    late: sum('late'),
    unstruck: sum('unstruck'),
    stuck: sum('stuck'),
    seconds: sum('seconds'),
  }
}

const machine = { cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30), node: process.version }
console.log(`Faults: ${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}`)
const seeds = Array.from({ length: Number(values.runs) }, (_, n) => Number(values.seed) + n)
const broken: { seed: number; error: string }[] = []
const results = await withBuiltWorkers(async (workersFile) => {
  const inTurn = pLimit(Number(values.parallel))
  const done: RunResult[] = []
  await Promise.all(
    seeds.map((seed) =>
      inTurn(async () => {
        try {
          const result = await runOnce(seed, workersFile)
          done.push(result)
          console.error(`seed ${seed}: ${result.passed ? 'passed' : 'FAILED'} in ${result.seconds} s`)
        } catch (error) {
          broken.push({
            seed,
            error: error instanceof Error ? (error.stack ?? error.message) : String(error),
          })
          console.error(`seed ${seed}: broke`)
        }
      }),
    ),
  )
  return done.sort((a, b) => a.seed - b.seed)
})

const rows = results.map(row)
console.table([...rows, total(rows)])
const failed = results.filter((result) => !result.passed)
for (const result of failed) explain(result)
for (const { seed, error } of broken) console.log(`\nseed ${seed} broke: ${error}`)
if (values.json) console.log(JSON.stringify({ machine, runs: rows, total: total(rows), broken }))
process.exit(failed.length + broken.length > 0 ? 1 : 0)
