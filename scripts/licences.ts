/**
 * Writes (or with --check, verifies) docs/licences.md: every package that the Workers are built from. Refuses one whose
 * licence is not known to be permissive, and one that would have to run a script when it is installed.
 */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readCheckFlag } from './command.ts'
import { readText } from './text.ts'

const check = readCheckFlag(
  'npm run licences: writes docs/licences.md, the packages that the Workers are built from.',
)

const TARGET = 'docs/licences.md'
const PERMISSIVE = new Set([
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'MIT OR Apache-2.0',
  '(MIT OR Apache-2.0)',
])

interface Locked {
  version: string
  license?: string
  dev?: boolean
  devOptional?: boolean
  /** Not installed on every platform (Node itself), so no Worker contains it. */
  optional?: boolean
  hasInstallScript?: boolean
}

interface Shipped {
  name: string
  version: string
  licence: string
  /** As the licence names them; the author where it names nobody. */
  holders: string
}

/** Who holds the copyright of an installed package. */
function holdersOf(folder: string): string {
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying)(\.|$|-)/i.test(name))
  const text = file === undefined ? '' : readText(join(folder, file))
  const named = [...text.matchAll(/^[\s/*#]*Copyright\s+((?:\(c\)|©|\d{4}).*)$/gim)].map(([, who = '']) =>
    who
      .replace(/\(c\)|©|all rights reserved\.?/gi, '')
      .replace(/^[\s\d,–-]*(present)?[\s,]*(by )?/i, '')
      .replace(/<[^>]*>|\[[^\]]*\]|\([^)]*\)|https?:\S+/g, '')
      .trim()
      .replace(/[.,]$/, ''),
  )
  const { author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    author?: string | { name: string }
  }
  const name = typeof author === 'string' ? author.replace(/\s*[<(].*/, '') : author?.name
  const holders = [...new Set(named.filter((who) => /[a-z]{2}/i.test(who) && who.length < 80))]
  return holders.join('; ') || name || 'its contributors'
}

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Record<string, Locked>
}
const shipped: Shipped[] = []
const problems: string[] = []
for (const [folder, locked] of Object.entries(packages)) {
  const { version, license, hasInstallScript } = locked
  if (folder === '' || locked.dev || locked.devOptional || locked.optional) continue
  const name = folder.replace(/^.*node_modules\//, '')
  const licence = license ?? 'none'
  if (!PERMISSIVE.has(licence)) problems.push(`${name} ${version} has the licence ${licence}`)
  if (hasInstallScript) problems.push(`${name} ${version} wants to run a script when it is installed`)
  shipped.push({ name, version, licence, holders: holdersOf(folder) })
}
if (problems.length > 0) {
  console.error(`Not to be shipped: ${problems.join('; ')}.`)
  process.exit(1)
}

/** A Markdown table with columns as wide as their widest cell. */
function table(rows: readonly string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  )
  const lines = rows.map(
    (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`,
  )
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [...lines.slice(0, 1), rule, ...lines.slice(1)].join('\n')
}

const byName = (a: Shipped, b: Shipped) =>
  a.name.localeCompare(b.name, 'en') || a.version.localeCompare(b.version, 'en')

const generated = `# Licences of what ships

Written by \`npm run licences\`, checked by \`npm run check\`. These packages, and those that they need, are what the
Workers and their pages are built from: a licence other than ${[...PERMISSIVE].slice(0, -1).join(', ')}
stops the check, and so does a package with an install script. What is only used to build and to test is not listed.

${table([
  ['package', 'version', 'licence', 'copyright'],
  ...shipped
    .sort(byName)
    .map(({ name, version, licence, holders }) => [name, version, licence, holders.replaceAll('|', '/')]),
])}
`

if (!check) writeFileSync(TARGET, generated)
else if (!existsSync(TARGET) || readText(TARGET) !== generated) {
  console.error(`${TARGET} is not of the packages installed: run \`npm run licences\` and commit it.`)
  process.exit(1)
}
