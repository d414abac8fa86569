import type { BuiltWorker } from '../../scripts/local/bundle.ts'
import type { EnforcedPlan } from '../../scripts/local/limits/limited.ts'
import type { Peak } from '../../scripts/local/limits/peaks.ts'

/** The result of a scenario. */
export interface Found {
  peaks: Peak[]
  /** CPU time of the Workers with the database in it, ms; null where the machine does not say. */
  cpuMs: number | null
  /** Its result, to check that the scenario did what it should. */
  outcome: Record<string, number>
}

export interface ScenarioOptions {
  plan: EnforcedPlan
  /** Smaller numbers, to try the scenarios themselves. */
  quick: boolean
  workers: BuiltWorker[]
  onLog?: (line: string, level: string) => void
}
