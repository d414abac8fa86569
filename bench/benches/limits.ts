import { planOf } from '../../scripts/local/limits/limited.ts'
import { PEAK_MARK } from '../../scripts/local/limits/peaks.ts'
import { HIGHEST_SHARE } from '../../src/platform/limits.ts'
import type { Bench } from '../bench.ts'
import { pageOf, sharesOf, tableOf } from '../limits/limits-page.ts'
import type { Found } from '../limits/scenario-types.ts'
import { build, type ScenarioName, scenarios } from '../limits/scenarios.ts'

const names = Object.keys(scenarios) as ScenarioName[]

/** The use of the platform's limits by each kind of invocation in the heaviest scenarios. */
export const bench: Bench = {
  title: `Limits: what the heaviest scenarios use of Cloudflare's limits; fails above ${HIGHEST_SHARE * 100} %`,
  options: {
    only: `only these scenarios, with commas between them: ${names.join(', ')}`,
    quick: 'smaller numbers, to try the scenarios themselves',
    logs: 'what the Workers log of warnings and errors',
  },
  async run(options) {
    const plan = planOf(process.env)
    const enforced = plan === 'none' ? 'paid' : plan
    const only = typeof options.only === 'string' ? options.only.split(',') : names
    for (const name of only)
      if (!(name in scenarios)) throw new RangeError(`--only should name some of ${names.join(', ')}`)
    const workers = await build()
    const found: Partial<Record<ScenarioName, Found>> = {}
    const failures: string[] = []
    for (const name of only as ScenarioName[]) {
      const startedAt = Date.now()
      try {
        found[name] = await scenarios[name].run({
          plan,
          quick: options.quick === true,
          workers,
          onLog: (line, level) => {
            if (options.logs && level !== 'info' && level !== 'log' && !line.startsWith(PEAK_MARK))
              console.error(line.slice(0, 400))
          },
        })
      } catch (error) {
        failures.push(`${scenarios[name].title}: ${error instanceof Error ? error.message : String(error)}`)
      }
      console.error(`${scenarios[name].title}: ${Math.round((Date.now() - startedAt) / 1_000)} s`)
    }
    for (const { scenario, kind, limit, used, share, allowed } of sharesOf(found, enforced))
      if (!allowed)
        failures.push(
          `${scenarios[scenario].title}: ${kind} used ${used} of ${limit}, ${Math.round(share * 100)} % of the ${enforced} plan`,
        )
    const complete = plan === 'paid' && only.length === names.length && !options.quick
    return {
      table: tableOf(found, enforced),
      figures: { plan, found },
      failures,
      ...(complete && {
        document: { path: 'docs/limits.md', text: (from) => pageOf(found, from) },
      }),
    }
  },
}
