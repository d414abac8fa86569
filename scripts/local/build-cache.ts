import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** Builds that are kept: those of the last few states of the code. */
const KEPT = 4

/** All files below a folder, in a fixed order. */
const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()

/**
 * Names the state of everything that a build depends on.
 * @param root the project's folder
 * @param inputs files and folders below it
 */
export function fingerprintOf(root: string, inputs: readonly string[]): string {
  const hash = createHash('sha256')
  for (const input of inputs) {
    const path = join(root, input)
    for (const file of statSync(path).isDirectory() ? filesBelow(path) : [path]) {
      const contents = readFileSync(file)
      hash.update(`${relative(root, file).replaceAll('\\', '/')}\0${contents.length}\0`)
      hash.update(contents)
    }
  }
  return hash.digest('hex').slice(0, 32)
}

/**
 * A value that was made before from the same inputs, or a new one, which is kept.
 * @param folder where values are kept as JSON
 */
export async function cached<Value>(
  folder: string,
  fingerprint: string,
  make: () => Promise<Value>,
): Promise<Value> {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${fingerprint}.json`)
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Value
  } catch {
    // Not there yet, or not readable: made anew.
  }
  const value = await make()
  // Several processes may do this at once: a file appears whole or not at all.
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, JSON.stringify(value))
  renameSync(draft, file)
  removeOld(folder)
  return value
}

function removeOld(folder: string): void {
  const byAge = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(folder, name))
    .map((path) => ({ path, at: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.at - a.at)
  for (const { path } of byAge.slice(KEPT)) rmSync(path, { force: true })
}
