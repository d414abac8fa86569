import { audit, type Findings } from './audit.ts'
import { calmDown, type Unrest } from './calm.ts'
import { Life } from './life.ts'
import { drawPlan, type Plan } from './plan.ts'
import { World } from './world.ts'

/** What came of one run. */
export interface RunResult {
  seed: number
  /** What went wrong on purpose, by kind. */
  mishaps: Record<string, number>
  findings: Findings
  left: Unrest
  /** Nothing lost, doubled, stuck or left unstruck. */
  passed: boolean
  seconds: number
  /** The Workers' log, when it did not pass. */
  logs: string[]
}

function countMishaps({ steps }: Plan): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const step of steps) {
    if (step.step !== 'mishap') continue
    const { mishap } = step
    const name =
      mishap.kind === 'telegram' || mishap.kind === 'portal'
        ? `${mishap.kind}:${faultName(mishap.fault)}`
        : mishap.kind
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

const faultName = (fault: { type: string } | { kind: string }) => ('type' in fault ? fault.type : fault.kind)

/** Deliveries and slots that the Workers did not bring to an end. */
export const stuckIn = ({ alerts, deliveries, slotsApart, unread }: Unrest): number =>
  alerts + deliveries + slotsApart + unread

/** One run: a world that lives through its seed's plan, then calm, then the audit. */
export async function runOnce(seed: number, workersFile: string): Promise<RunResult> {
  const startedAt = performance.now()
  const plan = drawPlan(seed)
  const world = await World.start(plan, workersFile)
  try {
    await new Life(world, plan).live()
    const left = await calmDown(world)
    const findings = audit(world, plan)
    const { lost, doubled, unstruck } = findings
    const passed = lost.length + doubled.length + unstruck.length + stuckIn(left) === 0
    return {
      seed,
      mishaps: countMishaps(plan),
      findings,
      left,
      passed,
      seconds: Math.round((performance.now() - startedAt) / 1_000),
      logs: passed ? [] : [...world.logs, ...world.failures],
    }
  } finally {
    await world.end()
    world.forget()
  }
}
