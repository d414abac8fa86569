import { NO_HISTORY, releaseRates } from '../../src/passport/rules/release-rates.ts'
import { MINUTE, SECOND } from '../../src/platform/time.ts'
import { type Bench, type BenchOptions, rounded, wholeOption } from '../bench.ts'
import { type Profile, ProfileError, readProfile, usualProfile } from '../polling/profile.ts'
import { type Simulation, simulate } from '../polling/simulate.ts'
import { freedInCountry } from '../polling/simulated-portal.ts'
import { adaptive, calibrate, fixedGrid, optimum } from '../polling/strategies.ts'
import { evaluate } from '../polling/verdict.ts'
import { weightedQuantile } from '../polling/waits.ts'

const LEARNING = 4
const MEASURED = { first: LEARNING, weeks: 1 }

/** The shortest interval that an operator can set, ms. */
const SHORTEST_GRID = SECOND

const strategies = ['fixed', 'adaptiveWithoutHistory', 'adaptive', 'optimum'] as const
type StrategyName = (typeof strategies)[number]

function figuresOf(simulation: Simulation) {
  const { waits } = simulation
  const longestWait = waits.reduce((longest, wait) => Math.max(longest, wait.ms), 0)
  const followers = waits.reduce((sum, wait) => sum + wait.followers, 0)
  const weighted = waits.reduce((sum, wait) => sum + wait.followers * wait.ms, 0)
  return {
    weightedMeanMs: rounded(weighted / followers),
    p50Ms: rounded(weightedQuantile(waits, 0.5)),
    p95Ms: rounded(weightedQuantile(waits, 0.95)),
    maxMs: rounded(longestWait),
    requestsPerMinute: rounded(simulation.requestsPerMinute, 1),
    /** Each slot once, however many follow its province. */
    meanMs: rounded(waits.reduce((sum, wait) => sum + wait.ms, 0) / waits.length),
    longestGapMs: rounded(simulation.longestGapMs),
    slots: waits.length,
    missedShare: rounded(simulation.missed / waits.length, 4),
    busiestDayPerMinute: rounded(simulation.busiestDayPerMinute, 1),
    requestsPerMinuteByHour: simulation.requestsPerMinuteByHour.map((requests) => rounded(requests, 1)),
  }
}

/** The country to simulate. A profile that cannot be used ends the program with a sentence. */
function profileOf({ profile }: BenchOptions): Profile {
  if (profile === undefined) return usualProfile()
  try {
    return readProfile(profile === true ? '' : String(profile))
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error
    console.error(error.message)
    process.exit(1)
  }
}

function measure(profile: Profile, seed: number) {
  const world = freedInCountry(profile, LEARNING + 1, seed)

  const wanted = profile.requestsPerMinute
  const interval = Math.max(
    SHORTEST_GRID,
    calibrate(
      wanted,
      (world.size * MINUTE) / wanted,
      (ms) => simulate(profile, world, fixedGrid(Math.max(SHORTEST_GRID, ms)), MEASURED).requestsPerMinute,
    ),
  )
  const { history } = simulate(profile, world, fixedGrid(interval), { first: 0, weeks: LEARNING })
  const fixed = simulate(profile, world, fixedGrid(interval), MEASURED)
  const requests = fixed.requestsPerMinute
  const learned = (rates: Parameters<typeof adaptive>[2]) =>
    simulate(profile, world, adaptive(requests, interval, rates), MEASURED)
  const pace = calibrate(
    requests,
    interval,
    (scale) => simulate(profile, world, optimum(profile, interval, scale), MEASURED).requestsPerMinute,
  )
  const simulations: Record<StrategyName, Simulation> = {
    fixed,
    adaptiveWithoutHistory: learned(releaseRates(NO_HISTORY)),
    adaptive: learned(releaseRates(history)),
    optimum: simulate(profile, world, optimum(profile, interval, pace), MEASURED),
  }
  return { seed, interval, provinces: world.size, simulations }
}

const columnsOf = (name: StrategyName, figures: ReturnType<typeof figuresOf>, fixed: number) => ({
  strategy: name,
  'mean (s)': rounded(figures.weightedMeanMs / SECOND, 2),
  'of the fixed': `${rounded((100 * figures.weightedMeanMs) / fixed)} %`,
  'p50 (s)': rounded(figures.p50Ms / SECOND, 2),
  'p95 (s)': rounded(figures.p95Ms / SECOND, 2),
  'max (s)': rounded(figures.maxMs / SECOND, 1),
  'longest gap (s)': rounded(figures.longestGapMs / SECOND, 1),
  'requests/min': figures.requestsPerMinute,
  '… of its busiest day': figures.busiestDayPerMinute,
  'taken unseen': `${rounded(100 * figures.missedShare, 1)} %`,
})

/** How long freed slots wait until they are read, in virtual time. */
export const bench: Bench = {
  title: 'Polling: from freed to read with the same requests, fixed grid beside adaptive intervals',
  options: {
    profile: 'a JSON file with the country to simulate: followers, slotsPerWeek, hourOfWeek, …',
    seed: 'another country with the same profile (1)',
  },
  async run(options) {
    const { seed, interval, provinces, simulations } = measure(
      profileOf(options),
      wholeOption(options, 'seed', 1),
    )
    const figures = Object.fromEntries(
      strategies.map((name) => [name, figuresOf(simulations[name])]),
    ) as Record<StrategyName, ReturnType<typeof figuresOf>>
    console.log(
      `${provinces} followed provinces, ${figures.fixed.slots} slots in the measured week, after ${LEARNING} weeks of the fixed grid ` +
        `every ${rounded(interval / SECOND, 1)} s. Each follower’s wait counts.`,
    )
    console.log('Requests a minute, by hour of the day:')
    console.table(
      Array.from({ length: 24 }, (_, hour) => ({
        hour,
        ...Object.fromEntries(strategies.map((name) => [name, figures[name].requestsPerMinuteByHour[hour]])),
      })),
    )
    const { failures, outOfReach } = evaluate(figures, interval)
    for (const target of outOfReach)
      console.log(`Out of reach in this country, also for the optimum: ${target}`)
    return {
      table: strategies.map((name) => columnsOf(name, figures[name], figures.fixed.weightedMeanMs)),
      figures: { seed, fixedIntervalMs: rounded(interval), ...figures, outOfReach },
      failures,
    }
  },
}
