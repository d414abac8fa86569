import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildWorkers } from '../scripts/local/bundle.ts'

/**
 * Builds the Workers once and writes them as JSON, so that any number of processes can use the build.
 * @returns the file's path
 */
export async function withBuiltWorkers<Result>(
  work: (workersFile: string) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'sportello-chaos-build-'))
  const workersFile = join(folder, 'workers.json')
  try {
    writeFileSync(workersFile, JSON.stringify(await buildWorkers()))
    return await work(workersFile)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
