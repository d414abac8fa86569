import type { Use } from '../../scripts/local/limits/peaks.ts'
import {
  HIGHEST_SHARE,
  highestShareOf,
  type Limit,
  type LimitName,
  limitOf,
  limits,
  type Plan,
} from '../../src/platform/limits.ts'
import { type Cell, rounded } from '../bench.ts'
import { measuredBy, type Provenance } from '../results.ts'
import type { Found } from './scenario-types.ts'
import { type ScenarioName, scenarios } from './scenarios.ts'

/** The most that a kind of invocation used of one limit in a scenario. */
export interface Share {
  scenario: ScenarioName
  kind: string
  limit: Use
  used: number
  share: number
  /** Whether it may be that much. */
  allowed: boolean
}

type AllFound = Partial<Record<ScenarioName, Found>>

/** Subrequests of both kinds share one limit on the paid plan. */
function usesOf(used: Found['peaks'][number]['used'], plan: Plan): [Use, number][] {
  const entries = Object.entries(used) as [Use, number][]
  if (plan === 'free') return entries
  const services = used.serviceSubrequests ?? 0
  return entries.map(([use, value]) => [use, use === 'subrequests' ? value + services : value])
}

/** Which invocations have no limit on how long they last. */
const isUntimed = (kind: string): boolean => / (fetch|object)/.test(kind)

/** Every use of every limit, as a share of it. */
export const sharesOf = (found: AllFound, plan: Plan): Share[] =>
  (Object.entries(found) as [ScenarioName, Found][]).flatMap(([scenario, { peaks }]) =>
    peaks.flatMap(({ kind, used }) =>
      usesOf(used, plan)
        .filter(([limit]) => limit !== 'wallMs' || !isUntimed(kind))
        .map(([limit, value]): Share => {
          const share = value / limitOf(limit, plan)
          return { scenario, kind, limit, used: value, share, allowed: share <= highestShareOf(limit) }
        }),
    ),
  )

const percent = (share: number): string => `${rounded(share * 100, share < 0.01 ? 1 : 0)} %`

const COLUMNS = {
  queries: 'd1Queries',
  subrequests: 'subrequests',
  services: 'serviceSubrequests',
  connections: 'openConnections',
  'to the internet': 'openFetches',
  'largest value': 'd1ValueBytes',
  parameters: 'd1Parameters',
  SQL: 'd1SqlBytes',
  'queue message': 'queueMessageBytes',
  'queue call': 'queueBatchBytes',
} as const satisfies Record<string, Use>

/** A row for each kind of invocation of each scenario. */
export function tableOf(found: AllFound, plan: Plan): Record<string, Cell>[] {
  const shares = sharesOf(found, plan)
  return (Object.entries(found) as [ScenarioName, Found][]).flatMap(([scenario, { peaks }]) =>
    peaks.map(({ kind, invocations, used }) => {
      const own = shares.filter((share) => share.scenario === scenario && share.kind === kind)
      const growing = own.filter(({ limit }) => highestShareOf(limit) === HIGHEST_SHARE)
      const highest = growing.reduce<Share | undefined>(
        (most, share) => (most && most.share >= share.share ? most : share),
        undefined,
      )
      return {
        scenario: scenarios[scenario].title,
        'kind of invocation': kind,
        times: invocations,
        ...Object.fromEntries(Object.entries(COLUMNS).map(([name, use]) => [name, used[use] ?? 0])),
        seconds: rounded((used.wallMs ?? 0) / 1_000, 1),
        'highest share': highest ? `${percent(highest.share)} ${highest.limit}` : '',
      }
    }),
  )
}

const markdown = (rows: readonly Record<string, Cell>[]): string => {
  const names = Object.keys(rows[0] ?? {})
  const line = (cells: readonly Cell[]) => `| ${cells.join(' | ')} |`
  return [
    line(names),
    line(names.map((name) => (typeof rows[0]?.[name] === 'number' ? '--:' : '---'))),
    ...rows.map((row) => line(names.map((name) => row[name] ?? ''))),
  ].join('\n')
}

const amount = (value: number): string =>
  Number.isFinite(value) ? value.toLocaleString('en-US') : 'no limit'

/** The list of limits, from the code. */
function limitRows(): Record<string, Cell>[] {
  return (Object.entries(limits) as [LimitName, Limit][]).map(([name, limit]) => ({
    limit: limit.title,
    of: limit.scope,
    unit: limit.unit,
    paid: amount(limitOf(name, 'paid')),
    free: amount(limitOf(name, 'free')),
    source: `[docs](${limit.source}), ${limit.lookedUp}`,
    note: limit.note ?? '',
  }))
}

/** What a scenario did, and the CPU time that it took. */
const outcomeRows = (found: AllFound): Record<string, Cell>[] =>
  (Object.entries(found) as [ScenarioName, Found][]).map(([scenario, { outcome, cpuMs, peaks }]) => {
    const invocations = peaks.reduce((sum, peak) => sum + peak.invocations, 0)
    return {
      scenario: scenarios[scenario].title,
      'what came of it': Object.entries(outcome)
        .map(([name, value]) => `${name} ${amount(value)}`)
        .join(', '),
      invocations,
      'CPU ms': cpuMs === null ? 'not measured' : amount(cpuMs),
      'CPU ms an invocation': cpuMs === null ? '' : rounded(cpuMs / Math.max(1, invocations), 1),
    }
  })

/** The page `docs/limits.md`. */
export const pageOf = (found: AllFound, from: Provenance): string => `# The platform's limits

<!-- Written by \`npm run bench -- limits\`: change bench/limits/limits-page.ts, not this page. -->

Cloudflare ends or refuses what goes beyond its limits; the local runtime enforces hardly any of them. So a harness
(\`scripts/local/limits\`) stands between the runtime and the Workers: in \`npm start\`, in every Worker test, in the fault
runs and in the benches. It counts what each invocation uses and throws Cloudflare's own errors. \`CLOUDFLARE_PLAN=free\`
enforces the free plan's limits, \`none\` nothing; the paid plan's are the default.

The bench fails when the heaviest scenarios use more than 70 % of a limit of the paid plan. What is a constant of the code
(parameters of a statement, messages of a queue call, a delay) may use all of it. At most five connections may go to the
internet at once, so that D1 always finds one.

## Peak use in the heaviest scenarios

The most that any invocation of a kind used. Sizes are in bytes. \`subrequests\` go to the internet, \`services\` to D1,
queues and objects; on the paid plan they share one limit. \`connections\` is how many were wanted at once: those beyond six
waited. Seconds of requests and of an object's calls have no limit.

${markdown(tableOf(found, 'paid'))}

CPU time cannot be enforced locally. It is what the runtime's process took with the database in it, so more than Cloudflare
would count.

${markdown(outcomeRows(found))}

${measuredBy(from)} The raw figures are in \`bench/results/limits.json\`.

## The limits

${markdown(limitRows())}
`
