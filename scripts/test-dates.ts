/**
 * npm run test:dates: runs what touches dates at moments at which dates are difficult: every day of the week, around
 * midnight, at both clock changes, at the end of the year. Exits with 1 when a run fails.
 */
import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { readFlags } from './command.ts'

/** Each is reached within seconds of the run's start, so that midnight or the clock change passes while tests run. */
const MOMENTS = [
  ['2026-12-31T23:59:30+01:00', 'a Thursday, the last minute of the year'],
  ['2027-02-01T23:59:30+01:00', 'a Monday, just before midnight'],
  ['2027-02-03T00:00:10+01:00', 'a Wednesday, just after midnight'],
  ['2027-02-05T22:00:00+01:00', 'a Friday evening: no class is open before Saturday'],
  ['2027-02-06T09:00:00+01:00', 'a Saturday: no classes until Monday'],
  ['2027-03-28T01:59:30+01:00', 'a Sunday, summer time begins'],
  ['2027-06-01T12:00:00+02:00', 'a Tuesday in summer'],
  ['2027-10-31T02:59:30+02:00', 'a Sunday, summer time ends'],
] as const

/** What reads the clock itself and needs no browser; pure rules take the time as an argument and test all of it anyway. */
const TOUCHES_DATES = [
  'test/sport/',
  'test/passport/',
  'test/bot/',
  'test/delivery/',
  'test/db/',
  'test/ops/',
  'test/platform/',
  'test/texts/',
  'test/watch/',
  'test/hostile/',
  'test/simulators/sportrick',
  'test/simulators/portal',
  'test/chaos/faults',
]

const { values: flags, positionals } = readFlags(
  `npm run test:dates -- [flags] [files]   runs tests at moments at which dates are difficult

  --at INSTANT   only at this one, e.g. 2027-03-28T00:30+01:00
  --all          every test, not only those that read the clock and need no browser`,
  { at: { type: 'string' }, all: { type: 'boolean', default: false } },
)

const files = flags.all ? [] : positionals.length > 0 ? positionals : TOUCHES_DATES
const moments = flags.at === undefined ? MOMENTS : [[flags.at, 'as asked'] as const]

/** Runs vitest with the clock at a moment. @returns whether it passed, and all that it printed */
function runAt(moment: string): Promise<{ passed: boolean; printed: string }> {
  const child = spawn(process.execPath, [resolve('node_modules/vitest/vitest.mjs'), 'run', ...files], {
    env: { ...process.env, TEST_NOW: moment, CLOCK_SHIFT_SECONDS: '', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      printed += chunk
    })
  }
  return new Promise((fulfil, reject) => {
    child.on('error', reject)
    child.on('close', (code) => fulfil({ passed: code === 0, printed }))
  })
}

for (const [moment, what] of moments) {
  const { passed, printed } = await runAt(moment)
  if (!passed) {
    console.log(printed)
    process.exitCode = 1
  }
  const tests = /^ +Tests +(.+)$/m.exec(printed)?.[1] ?? 'did not run'
  console.log(`${moment}  ${what}: ${tests}`)
}
