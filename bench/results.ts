import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { binOf } from '../scripts/bin.ts'

const ROOT = join(import.meta.dirname, '..')
const RESULTS = join(import.meta.dirname, 'results')

/** Where and how figures were measured. */
export interface Provenance {
  /** Short hash of the commit, `+` when files were changed since. */
  commit: string
  /** Day of the measurement, `YYYY-MM-DD`. */
  date: string
  machine: { cores: number; cpu: string; memoryGiB: number; node: string }
  /** Processes that wanted a core in the last minute, on average, when the measurement began and when it ended. */
  load: { start: number; end: number }
  command: string
}

const git = (...args: string[]) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim()

const load = () => Math.round((loadavg()[0] ?? 0) * 10) / 10

export const machine = () => ({
  cores: cpus().length,
  cpu: cpus()[0]?.model.trim() ?? '',
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
})

/** Begins to note where a measurement comes from. @returns gives what is known at its end */
export function provenance(command: string): () => Provenance {
  const start = load()
  return () => ({
    commit: git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '-uno') === '' ? '' : '+'),
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    load: { start, end: load() },
    command,
  })
}

/** Writes a file of the project, formatted as `npm run check` wants it. */
function save(path: string, text: string): void {
  writeFileSync(join(ROOT, path), text)
  execFileSync(process.execPath, [binOf('@biomejs/biome', 'biome'), 'format', '--write', path], {
    cwd: ROOT,
    stdio: 'ignore',
  })
}

/** Writes figures to `bench/results/NAME.json`. @returns the file's path inside the project */
export function saveResults(name: string, from: Provenance, figures: object): string {
  const path = `bench/results/${name}.json`
  mkdirSync(RESULTS, { recursive: true })
  save(path, JSON.stringify({ ...from, ...figures }))
  return path
}

/** Writes a page of the documentation. @param path inside the project */
export const saveDocument = (path: string, text: string): void => save(path, text)

/** In a sentence, for a page. */
export const measuredBy = ({ commit, date, machine, load, command }: Provenance): string =>
  `Measured on ${date} at commit ${commit} on ${machine.cores} cores (${machine.cpu}), ${machine.memoryGiB} GiB, ` +
  `Node ${machine.node}, load ${load.start} to ${load.end}, with \`${command}\`.`
