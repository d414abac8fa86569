import { LIMIT_EVENT } from '../scripts/local/limits/peaks.ts'
import { audit, type Findings } from './audit.ts'
import { auditDigests, type DigestFindings } from './audit-digests.ts'
import { auditSport, type SportFindings } from './audit-sport.ts'
import { HIT } from './fault-injector.worker.ts'
import type { Host } from './host.ts'
import { drawPlan, type Plan, type PlantedBug } from './plan.ts'
import { type Quiescence, quiesce } from './quiesce.ts'
import { Scenario } from './scenario.ts'
import { World } from './world.ts'

/** What came of one run. */
export interface RunResult {
  seed: number
  /** What went wrong on purpose, by kind. */
  injections: Record<string, number>
  /** How often those of them struck that the log tells of, and how many queue messages died. */
  hits: Record<string, number>
  /** Messages that Telegram accepted, of every kind, edits included. */
  messages: number
  findings: Findings
  sport: SportFindings
  digests: DigestFindings
  quiescence: Quiescence
  /** Where an invocation went beyond one of Cloudflare's limits, as the log tells. */
  limits: string[]
  /** How often the run itself broke before (its host hung or ended), and was begun again: the errors. */
  broken: string[]
  /** Nothing lost, doubled, forgotten, stuck, left unedited, unread or beyond a limit, and everything was looked at. */
  passed: boolean
  seconds: number
  /** The Workers' log and the ledgers, when it did not pass. */
  logs: string[]
}

function countInjections({ steps }: Plan): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const step of steps) {
    if (step.step !== 'injection') continue
    const { injection } = step
    const name = 'fault' in injection ? `${injection.kind}:${faultName(injection.fault)}` : injection.kind
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

const faultName = (fault: string | { type: string } | { kind: string }) => {
  if (typeof fault === 'string') return fault
  return 'type' in fault ? fault.type : fault.kind
}

const EVENT = /"event":"([^"]+)"/

/** Counts the log's lines about faults that struck, and about dead letters. */
function countHits({ logs }: World): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const line of logs) {
    const event = EVENT.exec(line)?.[1]
    if (event !== HIT && event !== 'dead-letter') continue
    // Messages of an unknown version have no trace: the others died when their retries were used up.
    const died = line.includes('"trace":"') ? 'died: retries used up' : 'died: unknown version'
    const name = event === HIT ? `hit: ${/"what":"([^"]+)"/.exec(line)?.[1]}` : died
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

/** What the Workers did not bring to an end, all kinds together. */
export const stuckIn = ({ left, apartAfterOneRound }: Quiescence): number =>
  Object.values(left).reduce((sum, count) => sum + count, apartAfterOneRound)

/** What was done to the Workers, and what Telegram accepted from them, a line each. */
const ledgerLines = ({ disturbances, telegram }: World): string[] => [
  ...disturbances.map((disturbance) => JSON.stringify(disturbance)),
  ...telegram.ledger.accepted.map(
    ({ at, kind, chatId, messageId, answerLost, text }) =>
      `${at} ${kind} ${chatId}/${messageId}${answerLost ? ' answer lost' : ''}: ${text.replaceAll('\n', ' | ')}`,
  ),
]

/** One run: a world that lives through its seed's plan, then quiescence, then the audit. */
export async function runOnce(seed: number, host: Host, plant?: PlantedBug): Promise<RunResult> {
  const startedAt = performance.now()
  const plan = { ...drawPlan(seed), ...(plant && { plant }) }
  const world = await World.start(plan, host)
  try {
    await new Scenario(world, plan).play()
    const quiescence = await quiesce(world)
    const findings = audit(world, plan)
    const sport = auditSport(world, plan)
    const digests = auditDigests(world)
    const { lost, doubled, unedited, unread } = findings
    const limits = world.logs.filter((line) => line.includes(`"event":"${LIMIT_EVENT}"`))
    const wrong = [
      ...[lost, doubled, unedited, unread, digests.lost, digests.unedited],
      ...[sport.forgotten, sport.doubled, limits],
    ].flat()
    const passed = wrong.length + stuckIn(quiescence) === 0
    return {
      seed,
      injections: countInjections(plan),
      hits: countHits(world),
      messages: world.telegram.ledger.accepted.length,
      findings,
      sport,
      digests,
      limits,
      quiescence,
      broken: [],
      passed,
      seconds: Math.round((performance.now() - startedAt) / 100) / 10,
      logs: passed ? [] : [...world.logs, ...ledgerLines(world)],
    }
  } finally {
    await world.end()
    world.forget()
  }
}
