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
