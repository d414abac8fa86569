import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type System, type SystemOptions, startSystem } from '../scripts/local/system.ts'

/** Runs a bench against the whole system on a fresh state, and stops it whatever happens. */
export async function withSystem<Result>(
  options: Omit<SystemOptions, 'port' | 'stateDir' | 'variables'> & {
    variables?: SystemOptions['variables']
  },
  work: (system: System) => Promise<Result>,
): Promise<Result> {
  const stateDir = mkdtempSync(join(tmpdir(), 'sportello-bench-'))
  const system = await startSystem({ port: 0, stateDir, variables: {}, ...options })
  try {
    return await work(system)
  } finally {
    await system.stop()
    rmSync(stateDir, { recursive: true })
  }
}
