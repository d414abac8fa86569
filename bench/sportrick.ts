import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { SportrickOptions } from '../test/simulators/sportrick/model.ts'
import { type RemoteSportrick, remoteSportrick } from '../test/simulators/sportrick/remote.ts'

/** Runs a bench against the simulated booking site in another process, and ends that whatever happens. */
export async function withSportrick<Result>(
  options: SportrickOptions,
  work: (sportrick: RemoteSportrick) => Promise<Result>,
): Promise<Result> {
  const script = join(import.meta.dirname, 'sportrick-server.ts')
  const child = spawn(process.execPath, [script, JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  try {
    const addresses = await new Promise<string>((resolve, reject) => {
      createInterface(child.stdout).once('line', resolve)
      child.once('exit', (code) => reject(new Error(`the simulated site ended with ${code}`)))
    })
    return await work(remoteSportrick(JSON.parse(addresses)))
  } finally {
    child.stdin.end()
  }
}
