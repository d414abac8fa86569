/**
 * npm run coverage: which lines of `src/` are run by the tests of rules and by those in workerd. Prints a table of the folders;
 * `coverage/index.html` shows the lines. In a GitHub workflow the table also goes into the summary of the run. Exits with 1
 * when a test fails.
 */
import { spawnSync } from 'node:child_process'
import { appendFileSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { readFlags } from './command.ts'

const ROOT = resolve(import.meta.dirname, '..')
/** Tests in which Istanbul's counters work and whose timing they do not disturb. */
const PROJECTS = ['quick', 'worker', 'booking']

interface Count {
  total: number
  covered: number
}
const COUNTED = ['lines', 'branches', 'functions'] as const
/** What Istanbul writes: counts by absolute path, and `total`. */
type Summary = Record<string, Record<(typeof COUNTED)[number], Count>>

readFlags('npm run coverage   shows which lines of src/ the tests of rules and those in workerd run', {})

const { status } = spawnSync(
  process.execPath,
  [
    join(ROOT, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--coverage',
    ...PROJECTS.flatMap((name) => ['--project', name]),
  ],
  { cwd: ROOT, stdio: 'inherit' },
)

const { total, ...files } = JSON.parse(
  readFileSync(join(ROOT, 'coverage/coverage-summary.json'), 'utf8'),
) as Summary

/** `src/bot/sport/menu.ts` counts for `src/bot/`, an entry point for `src/`. */
function folderOf(path: string): string {
  const parts = relative(ROOT, path).replaceAll('\\', '/').split('/')
  return `${parts.slice(0, Math.min(2, parts.length - 1)).join('/')}/`
}

const folders = Map.groupBy(Object.entries(files), ([path]) => folderOf(path))
const percent = ({ total, covered }: Count) => `${((100 * covered) / Math.max(1, total)).toFixed(1)} %`
const sum = (counts: readonly Count[]): Count => ({
  total: counts.reduce((all, each) => all + each.total, 0),
  covered: counts.reduce((all, each) => all + each.covered, 0),
})
const rows = [...folders]
  .sort(([a], [b]) => a.localeCompare(b))
  .map(([folder, each]) => [
    folder,
    ...COUNTED.map((what) => percent(sum(each.map(([, counts]) => counts[what])))),
  ])
const all = total ? [['all', ...COUNTED.map((what) => percent(total[what]))]] : []
const table = [['folder', ...COUNTED], ['---', ...COUNTED.map(() => '---:')], ...rows, ...all]
  .map((cells) => `| ${cells.join(' | ')} |`)
  .join('\n')

console.log(`\n${table}\n`)
const summary = process.env.GITHUB_STEP_SUMMARY
if (summary) appendFileSync(summary, `## Coverage\n\n${table}\n`)
process.exitCode = status ?? 1
