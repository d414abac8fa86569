import { describeError, log } from './log.ts'

/**
 * Runs one step of several that must not affect each other: whatever it throws is logged as `step-failed`.
 * @returns what the step returned; null when it failed
 */
export async function attempt<Value>(step: string, work: () => Promise<Value>): Promise<Value | null> {
  try {
    return await work()
  } catch (error) {
    log('error', 'step-failed', { step, error: describeError(error) })
    return null
  }
}

/**
 * Runs the steps of a cron run one after the other: one that fails keeps none of the others from running. A failure is
 * logged as `cron-step-failed`.
 * @throws Error that names the failed steps, once all have run
 */
export async function runSteps(steps: Record<string, () => Promise<unknown>>): Promise<void> {
  const failed: string[] = []
  for (const [step, run] of Object.entries(steps)) {
    try {
      await run()
    } catch (error) {
      failed.push(step)
      log('error', 'cron-step-failed', { step, error: describeError(error) })
    }
  }
  if (failed.length > 0) throw new Error(`cron steps failed: ${failed.join(', ')}`)
}
