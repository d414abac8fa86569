import { audit, type Findings } from './audit.ts'
import { auditSport, type SportFindings } from './audit-sport.ts'
import { type Calm, calmDown } from './calm.ts'
import type { Host } from './host.ts'
import { STRUCK } from './interposer.worker.ts'
import { Life } from './life.ts'
import { drawPlan, type Plan } from './plan.ts'
import { World } from './world.ts'

/** What came of one run. */
export interface RunResult {
  seed: number
  /** What went wrong on purpose, by kind. */
  mishaps: Record<string, number>
  /** How often those of them struck that the log tells of, and how many queue messages died. */
  strikes: Record<string, number>
  /** Messages that Telegram accepted, of every kind, edits included. */
  messages: number
  findings: Findings
  sport: SportFindings
  calm: Calm
  /** Nothing lost, doubled, forgotten, stuck or left unstruck. */
  passed: boolean
  seconds: number
  /** The Workers' log and the ledgers, when it did not pass. */
  logs: string[]
}

function countMishaps({ steps }: Plan): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const step of steps) {
    if (step.step !== 'mishap') continue
    const { mishap } = step
    const name = 'fault' in mishap ? `${mishap.kind}:${faultName(mishap.fault)}` : mishap.kind
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
function countStrikes({ logs }: World): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const line of logs) {
    const event = EVENT.exec(line)?.[1]
    if (event !== STRUCK && event !== 'dead-letter') continue
    // Messages of an unknown version have no trace: the others died when their retries were used up.
    const died = line.includes('"trace":"') ? 'died: retries used up' : 'died: unknown version'
    const name = event === STRUCK ? `struck: ${/"what":"([^"]+)"/.exec(line)?.[1]}` : died
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

/** What the Workers did not bring to an end, all kinds together. */
export const stuckIn = ({ left, apartAfterOneRound }: Calm): number =>
  Object.values(left).reduce((sum, count) => sum + count, apartAfterOneRound)

/** What was done to the Workers, and what Telegram accepted from them, a line each. */
const ledgerLines = ({ disturbances, telegram }: World): string[] => [
  ...disturbances.map((disturbance) => JSON.stringify(disturbance)),
  ...telegram.ledger.accepted.map(
    ({ at, kind, chatId, messageId, answerLost, text }) =>
      `${at} ${kind} ${chatId}/${messageId}${answerLost ? ' answer lost' : ''}: ${text.replaceAll('\n', ' | ')}`,
  ),
]

/** One run: a world that lives through its seed's plan, then calm, then the audit. */
export async function runOnce(seed: number, host: Host): Promise<RunResult> {
  const startedAt = performance.now()
  const plan = drawPlan(seed)
  const world = await World.start(plan, host)
  try {
    await new Life(world, plan).live()
    const calm = await calmDown(world)
    const findings = audit(world, plan)
    const sport = auditSport(world, plan)
    const { lost, doubled, unstruck } = findings
    const wrong = [lost, doubled, unstruck, sport.forgotten, sport.doubled].flat()
    const passed = wrong.length + stuckIn(calm) === 0
    return {
      seed,
      mishaps: countMishaps(plan),
      strikes: countStrikes(world),
      messages: world.telegram.ledger.accepted.length,
      findings,
      sport,
      calm,
      passed,
      seconds: Math.round((performance.now() - startedAt) / 100) / 10,
      logs: passed ? [] : [...world.logs, ...ledgerLines(world)],
    }
  } finally {
    await world.end()
    world.forget()
  }
}
