import type { Plan } from '../../../src/platform/limits.ts'
import type { BuiltWorker } from '../bundle.ts'
import { wrapWorker } from '../wrap.ts'

/** Which plan's limits a local run enforces; `none`: no limits. */
export type EnforcedPlan = Plan | 'none'

/** The variable of the runner's environment that chooses the plan. */
export const PLAN_VARIABLE = 'CLOUDFLARE_PLAN'

/**
 * The plan that the environment asks for; `paid` by default.
 * @throws RangeError when it is none
 */
export function planOf(env: NodeJS.ProcessEnv): EnforcedPlan {
  const plan = env[PLAN_VARIABLE] || 'paid'
  if (plan === 'paid' || plan === 'free' || plan === 'none') return plan
  throw new RangeError(`${PLAN_VARIABLE} should be paid, free or none, not "${plan}".`)
}

/** Needed by the harness; part of `nodejs_compat`. */
const ASYNC_CONTEXT = 'nodejs_als'

/** A Worker under the limits of a plan. */
export async function limited(built: BuiltWorker, plan: EnforcedPlan): Promise<BuiltWorker> {
  if (plan === 'none') return built
  const flags = (built.options.compatibilityFlags ?? []) as string[]
  const wrapped = await wrapWorker(built, {
    name: 'limits',
    file: 'scripts/local/limits/enforce.worker.ts',
    options: { worker: built.worker, plan },
  })
  return {
    ...wrapped,
    options: { ...wrapped.options, compatibilityFlags: [...new Set([...flags, ASYNC_CONTEXT])] },
  }
}
