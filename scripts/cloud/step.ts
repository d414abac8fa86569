import { describeFailure } from './explain.ts'

/** One part of an installation: examined first, and changed only when it is not right yet. */
export interface Step {
  /** Its subject, e.g. "D1 database". */
  title: string
  /** What it would make right, for a dry run that cannot examine it (no login, no token). */
  purpose: string
  /** What is wrong or missing now; undefined when nothing is. */
  look(): Promise<string | undefined>
  /** Makes it right. @returns what was done, in a few words */
  fix(): Promise<string>
}

/** The result of a step. */
export interface StepOutcome {
  title: string
  /** `right`: nothing to do. `done`: fixed. `would`: a dry run says what it would do. */
  status: 'right' | 'done' | 'would'
  detail: string
}

/**
 * Goes through the steps in order; each sees what those before it did. Stops at the first that fails.
 * @param dryRun only says what would be done, also where it cannot look
 */
export async function runSteps(
  steps: readonly Step[],
  dryRun: boolean,
  tell: (outcome: StepOutcome) => void,
): Promise<StepOutcome[]> {
  const outcomes: StepOutcome[] = []
  for (const { title, purpose, look, fix } of steps) {
    const fault = await look().catch((error: unknown) => {
      if (dryRun) return `${purpose} (it cannot be looked at: ${describeFailure(error)})`
      throw error
    })
    const outcome: StepOutcome =
      fault === undefined
        ? { title, status: 'right', detail: 'already right' }
        : dryRun
          ? { title, status: 'would', detail: fault }
          : { title, status: 'done', detail: await fix() }
    outcomes.push(outcome)
    tell(outcome)
  }
  return outcomes
}
