import { beforeEach } from 'vitest'
import { limitBindings, limitFetch, limitGlobalFetch } from '../scripts/local/limits/bindings.worker.ts'
import {
  Invocation,
  type InvocationOptions,
  runInvocation,
  state,
} from '../scripts/local/limits/invocation.worker.ts'

/**
 * Puts every test under Cloudflare's limits: those on one call (a statement, a message) apply to all that it does,
 * those on a whole invocation to what it runs in `asInvocation`. Once in a runtime.
 */
export function limitBindingsOfTests(env: object): void {
  limitGlobalFetch()
  limitBindings(env)
}

/** Gives each test of a file counts of its own. */
export function freshInvocations(): void {
  beforeEach(() => {
    state().fallback = new Invocation('test', { several: true })
  })
}

/** Runs a function as one invocation of a Worker, under all its limits (default: of the paid plan). */
export const asInvocation = <Result>(
  work: (invocation: Invocation) => Promise<Result>,
  options: InvocationOptions = {},
): Promise<Result> => {
  const invocation = new Invocation('test', options)
  return runInvocation(invocation, () => work(invocation))
}

/** A stand-in for the internet whose requests count as the Worker's. */
export { limitFetch }
