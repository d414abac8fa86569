import { LIMIT_EVENT } from '../scripts/local/limits/peaks.ts'
import { audit, type Findings } from './audit.ts'
import { auditBrowsers, auditReports } from './audit-browsers.ts'
import { auditDigests, type DigestFindings } from './audit-digests.ts'
import { auditSport, type SportFindings } from './audit-sport.ts'
import { HIT } from './fault-injector.worker.ts'
import type { Host } from './host.ts'
import { drawPlan, type Plan, type PlantedBug } from './plan.ts'
import { type Quiescence, quiesce } from './quiesce.ts'
import { recipientsOf } from './recipients.ts'
import { reportFalseAlarms } from './report-false-alarms.ts'
import { Scenario } from './scenario.ts'
import { settle } from './settle.ts'
import { World } from './world.ts'

/** The result of one run. */
export interface RunResult {
  seed: number
  /** Faults ordered, by kind. */
  injections: Record<string, number>
  /** Faults injected according to the log, and queue messages that became dead letters. */
  hits: Record<string, number>
  /** Messages of every kind that Telegram and the push service accepted, edits included. */
  messages: number
  findings: Findings
  sport: SportFindings
  digests: DigestFindings
  /** Browsers that gave up their subscription and did not end, or were written to again. */
  unended: string[]
  /** Reports of false alarms that were not stored as they were made. */
  misreported: string[]
  /** Reports of false alarms. */
  reports: number
  quiescence: Quiescence
  /** Invocations that exceeded one of Cloudflare's limits, according to the log. */
  limits: string[]
  /** Errors of earlier attempts whose host hung or ended; the run was started again. */
  broken: string[]
  /**
   * True if nothing was lost, duplicated, forgotten, stuck, unedited, unparsed or beyond a limit, and every check
   * examined something.
   */
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

const faultName = (fault: string | { type: string; status?: number } | { kind: string }) => {
  if (typeof fault === 'string') return fault
  if ('kind' in fault) return fault.kind
  // How Web Push says what is wrong.
  return fault.type === 'refused' && fault.status ? `${fault.type} ${fault.status}` : fault.type
}

const EVENT = /"event":"([^"]+)"/

/** Counts the log's lines about injected faults and dead letters. */
function countHits({ logs }: World): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const line of logs) {
    const event = EVENT.exec(line)?.[1]
    if (event !== HIT && event !== 'dead-letter') continue
    // Messages of an unknown version have no trace; the others are those whose retries were used up.
    const died = line.includes('"trace":"') ? 'died: retries used up' : 'died: unknown version'
    const name = event === HIT ? `hit: ${/"what":"([^"]+)"/.exec(line)?.[1]}` : died
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

/** The amount of unfinished work of all kinds. */
export const stuckIn = ({ left, apartAfterOneRound }: Quiescence): number =>
  Object.values(left).reduce((sum, count) => sum + count, apartAfterOneRound)

/** The faults and the messages that were accepted, one a line. */
const ledgerLines = ({ disturbances, telegram, push }: World): string[] => [
  ...disturbances.map((disturbance) => JSON.stringify(disturbance)),
  ...telegram.ledger.accepted.map(
    ({ at, kind, chatId, messageId, answerLost, text }) =>
      `${at} ${kind} ${chatId}/${messageId}${answerLost ? ' answer lost' : ''}: ${text.replaceAll('\n', ' | ')}`,
  ),
  ...push.service.taken.map(
    ({ at, endpoint, answerLost, text }) =>
      `${at} push ${endpoint}${answerLost ? ' answer lost' : ''}: ${text}`,
  ),
]

/** One run: starts a world, executes its seed's plan, waits for quiescence, then audits. */
export async function runOnce(seed: number, host: Host, planted: readonly PlantedBug[]): Promise<RunResult> {
  const startedAt = performance.now()
  const plan = { ...drawPlan(seed), planted }
  const world = await World.start(plan, host)
  try {
    await settle(world, plan)
    await new Scenario(world, plan).play()
    const quiescence = await quiesce(world)
    await reportFalseAlarms(world)
    const recipients = recipientsOf(world, plan)
    const findings = audit(world, recipients)
    const sport = auditSport(world, plan)
    const digests = auditDigests(world, recipients)
    const unended = auditBrowsers(world)
    const misreported = auditReports(world)
    const { lost, doubled, unwanted, unedited, unread } = findings
    const limits = world.logs.filter((line) => line.includes(`"event":"${LIMIT_EVENT}"`))
    const wrong = [
      ...[lost, doubled, unwanted, unedited, unread, digests.lost, digests.unedited, unended, misreported],
      ...[sport.forgotten, sport.doubled, limits],
    ].flat()
    const passed = wrong.length + stuckIn(quiescence) === 0
    return {
      seed,
      injections: countInjections(plan),
      hits: countHits(world),
      messages: world.telegram.ledger.accepted.length + world.push.service.taken.length,
      findings,
      sport,
      digests,
      unended,
      misreported,
      reports: world.reports.length,
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
