import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { buildWorkers } from '../../scripts/local/bundle.ts'
import { type Bench, type BenchOptions, type BenchResult, type Cell, rounded, wholeOption } from '../bench.ts'
import {
  BELIEVED,
  type Conditions,
  type Costs,
  type Window,
  withBroadcastSetup,
} from '../fanout/broadcast-setup.ts'
import { fairness, live, oneSlot, paid, storm } from '../fanout/broadcasts.ts'

type OneSlot = Awaited<ReturnType<typeof oneSlot>>
type Storm = Awaited<ReturnType<typeof storm>>
type Live = Awaited<ReturnType<typeof live>>
type Fairness = Awaited<ReturnType<typeof fairness>>

/** A scenario: its default conditions and its work. */
interface Scenario {
  title: string
  limit: number
  /** The speed of the clocks of dispatcher and Telegram, relative to the machine's; 1 with --full. */
  speed: number
  /** The deployment's settings; by default one sender, configured with the rate `BELIEVED`. */
  senders?: number
  configured?: number
  run(conditions: Conditions, options: BenchOptions): Promise<unknown>
}

const one = (conditions: Conditions, options: BenchOptions) =>
  withBroadcastSetup(conditions, (setup) =>
    oneSlot(setup, { followers: wholeOption(options, 'followers', 30_000), unpacedFollowers: 1_000 }),
  )

/** At Telegram's paid rate, with which the deployment is configured. */
const atPaidRate = (limit: number, senders: number, seconds: number): Scenario => ({
  title: `${limit}/s by ${senders} senders`,
  limit,
  senders,
  configured: limit,
  speed: 1,
  run: (conditions, options) =>
    withBroadcastSetup(conditions, (setup) =>
      paid(setup, { followers: wholeOption(options, 'followers', limit * seconds) }),
    ),
})

const scenarios = {
  known: { title: `${BELIEVED}/s`, limit: BELIEVED, speed: 10, run: one },
  unconfigured: { title: '25/s', limit: 25, speed: 10, run: one },
  paid: { title: '60/s', limit: 60, speed: 5, run: one },
  storm: {
    title: 'storm',
    limit: BELIEVED,
    speed: 8,
    run: (conditions, options) =>
      withBroadcastSetup(conditions, (setup) =>
        storm(setup, {
          slots: wholeOption(options, 'slots', 300),
          chats: wholeOption(options, 'chats', options.full ? 10_000 : 2_000),
        }),
      ),
  },
  fairness: {
    title: 'fairness',
    limit: BELIEVED,
    speed: 1,
    run: (conditions) => withBroadcastSetup(conditions, fairness),
  },
  paid300: atPaidRate(300, 6, 60),
  paid1000: atPaidRate(1_000, 18, 30),
  live: {
    title: 'live',
    limit: BELIEVED,
    speed: 1,
    run: (conditions, options) =>
      withBroadcastSetup(conditions, (setup) =>
        live(setup, {
          followers: wholeOption(options, 'followers', 30_000),
          clicks: wholeOption(options, 'clicks', 30),
        }),
      ),
  },
} satisfies Record<string, Scenario>
type ScenarioName = keyof typeof scenarios

/**
 * Scenarios of one phase run side by side, each in a process of its own; what is measured in milliseconds runs alone. In
 * real time all but that need little of the machine.
 */
const phasesOf = (options: BenchOptions): ScenarioName[][] =>
  options.full
    ? [['known', 'unconfigured', 'paid', 'storm', 'fairness'], ['live']]
    : [['known', 'unconfigured'], ['paid', 'storm', 'fairness'], ['live']]

function conditionsOf(name: ScenarioName, options: BenchOptions): Conditions {
  const { limit, speed, senders = 1, configured = BELIEVED }: Scenario = scenarios[name]
  return {
    limit: wholeOption(options, 'limit', limit),
    workers: async () =>
      typeof options.workers === 'string'
        ? JSON.parse(readFileSync(options.workers, 'utf8'))
        : await buildWorkers(),
    window: (options.window === 'sliding' ? 'sliding' : 'bucket') satisfies Window,
    configured,
    senders: wholeOption(options, 'senders', senders),
    speed: options.full ? 1 : wholeOption(options, 'speed', speed),
  }
}

/** Runs one scenario in a process of its own. */
async function inProcess(name: ScenarioName, options: BenchOptions, workers: string): Promise<unknown> {
  const all: BenchOptions = { ...options, workers }
  const passed = Object.entries(all).flatMap(([option, value]) =>
    option === 'json' || option === 'save' ? [] : value === true ? [`--${option}`] : [`--${option}=${value}`],
  )
  const script = join(import.meta.dirname, '../run.ts')
  const child = spawn(process.execPath, [script, 'fanout', `--only=${name}`, '--json', ...passed], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const startedAt = Date.now()
  let last = ''
  for await (const line of createInterface(child.stdout)) last = line
  if (!last.startsWith('{')) throw new Error(`the scenario "${name}" failed: ${last}`)
  console.log(`  ${scenarios[name].title}: measured in ${rounded((Date.now() - startedAt) / 1_000)} s`)
  return JSON.parse(last).found
}

const costRows = (costs: readonly Costs[]): [string, Cell[]][] => [
  ['D1 rows read a message', costs.map(({ rowsReadPerMessage }) => rowsReadPerMessage)],
  ['D1 rows written a message', costs.map(({ rowsWrittenPerMessage }) => rowsWrittenPerMessage)],
  ['peak memory of workerd, MiB', costs.map(({ peakMiB }) => peakMiB)],
  ['$ per million alerts', costs.map(({ dollarsPerMillion }) => rounded(dollarsPerMillion.total, 2))],
]

/** The full table: Sportello under each limit and in the storm, the unpaced sender under each limit. */
function tableOf(ones: readonly OneSlot[], stormed: Storm, around: Live, fair: Fairness) {
  const ours = [...ones.map((found) => found.ours), stormed]
  const unpaced = ones.map((found) => found.unpaced)
  const none = unpaced.map((): Cell => '')
  const rows: [string, Cell[], Cell[]][] = [
    [
      'messages delivered',
      ours.map(({ messages }) => messages),
      unpaced.map(({ messages, of }) => `${messages} of ${of}`),
    ],
    ['lost', ours.map(({ lost }) => lost), none],
    ['twice', ours.map(({ doubled }) => doubled), none],
    ['seconds', ours.map(({ seconds }) => seconds), none],
    [
      'time ÷ (messages ÷ allowed rate)',
      ours.map(({ ratio }) => ratio),
      unpaced.map(({ ratio, stoppedAtRatio }) => ratio ?? `stopped at ${stoppedAtRatio}`),
    ],
    [
      '429s per 1,000',
      ours.map(({ tooManyPerThousand }) => tooManyPerThousand),
      unpaced.map(({ tooManyPerThousand }) => rounded(tooManyPerThousand)),
    ],
    ...costRows(ours).map(([name, cells]): [string, Cell[], Cell[]] => [name, cells, none]),
    ['not sent as the slot was gone', [...ones.map((): Cell => ''), stormed.notSentAsGone], none],
    ['crossed out afterwards', [...ones.map((): Cell => ''), stormed.crossedOut], none],
    ['first message after the event, ms (real time)', [around.firstMs], none],
    [`a person's click during the broadcast, ms: p50`, [around.clickP50Ms], none],
    ['… longest', [around.clickMaxOutsidePausesMs], none],
    [
      `… longest in Telegram's pauses (${around.clicksInPauses} of ${around.clicks})`,
      [around.clickMaxMs],
      none,
    ],
    [`average place over ${fair.events} slots, worst of ${fair.followers}`, [fair.worstMeanPlace], none],
    ['followers always in the last tenth', [fair.alwaysInLastTenth], none],
  ]
  const titles = (['known', 'unconfigured', 'paid'] as const).map((name) => scenarios[name].title)
  const columns = [...titles, `storm (${stormed.chats} chats)`, ...titles.map((title) => `unpaced, ${title}`)]
  return rows.map(([name, left, right]) => {
    const cells = [...left, ...columns.slice(left.length, ours.length).map(() => ''), ...right]
    return { '': name, ...Object.fromEntries(columns.map((column, i) => [column, cells[i] ?? ''])) }
  })
}

/** One slot for many followers, and many slots at once, with and without the right configured rate. */
export const bench: Bench = {
  title: "Fan-out: freed slots to all their followers under Telegram's limits, beside three unpaced senders",
  options: {
    full: 'in real time (half an hour)',
    only: `one of ${Object.keys(scenarios).join(', ')}; paid300 and paid1000 run only so`,
    followers: 'followers of the freed slot',
    limit: 'messages a second that Telegram allows',
    senders: 'the deployment’s SENDERS',
    window: 'how Telegram counts: bucket (default) or sliding',
  },
  async run(options): Promise<BenchResult> {
    const only = options.only
    if (typeof only === 'string') {
      if (!(only in scenarios))
        throw new RangeError(`--only should be one of ${Object.keys(scenarios).join(', ')}`)
      const name = only as ScenarioName
      const conditions = conditionsOf(name, options)
      const found = (await scenarios[name].run(conditions, options)) as Record<string, unknown>
      return {
        table: Object.entries(found).map(([figure, value]) => ({
          '': figure,
          value: typeof value === 'object' ? JSON.stringify(value) : (value as Cell),
        })),
        figures: { scenario: name, conditions, found },
      }
    }
    console.log(
      `Telegram allows 28, 25 or 60 messages a second; we are configured with ${BELIEVED}. Unpaced: three senders that repeat a rejected message at once. ` +
        (options.full
          ? 'In real time (--full): nothing is scaled.'
          : `Scaled: the clocks of dispatcher and Telegram run ${scenarios.known.speed} times as fast as the machine's (${scenarios.paid.speed} times at 60/s): ` +
            'seconds, rates, pauses and the 60 ms of an answer are theirs, database and processor keep their real pace (so they look slower than they are). ' +
            'First message, clicks and fairness are in real time. --full scales nothing and takes about half an hour.'),
    )
    const folder = mkdtempSync(join(tmpdir(), 'sportello-bench-'))
    const workers = join(folder, 'workers.json')
    writeFileSync(workers, JSON.stringify(await buildWorkers()))
    const found = {} as Record<ScenarioName, unknown>
    for (const phase of phasesOf(options)) {
      await Promise.all(
        phase.map(async (name) => {
          found[name] = await inProcess(name, options, workers)
        }),
      )
    }
    rmSync(folder, { recursive: true })
    const ones = [found.known, found.unconfigured, found.paid] as OneSlot[]
    return {
      table: tableOf(ones, found.storm as Storm, found.live as Live, found.fairness as Fairness),
      figures: {
        believed: BELIEVED,
        speed: Object.fromEntries(
          phasesOf(options)
            .flat()
            .map((name) => [name, conditionsOf(name, options).speed]),
        ),
        ...found,
      },
    }
  },
}
