/** Tells its parent every way in which it reads the time, and what a process reads that it starts itself. */
import { execFileSync } from 'node:child_process'

const RealDate = Date
const realNow = Date.now
await import('../../scripts/local/clock.ts')

// Evaluated once more, as test runners do: the clock moves once.
await import(`../../scripts/local/clock.ts?${'again'}`)
const made = new Date()

const again = `await import(${JSON.stringify(new URL('../../scripts/local/clock.ts', import.meta.url).href)}); console.log(Date.now())`
process.send?.({
  real: realNow(),
  now: Date.now(),
  constructed: made.valueOf(),
  called: Date.parse((Date as unknown as () => string)()),
  grandchild: Number(
    execFileSync(process.execPath, ['--input-type=module', '-e', again], { encoding: 'utf8' }),
  ),
  given: new Date(5).getTime(),
  instance: new Date() instanceof Date,
  foreign: new RealDate() instanceof Date,
})
process.disconnect?.()
