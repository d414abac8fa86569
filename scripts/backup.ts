/**
 * npm run backup [-- FILE]: writes the database as SQL. Sealed values stay sealed, so keep the ENCRYPTION_KEY too.
 * npm run restore -- FILE: runs such a file against the (empty) database.
 */
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { describeError } from '../src/platform/log.ts'
import { DATABASE } from './cloud/cloudflare.ts'
import { createWrangler } from './cloud/wrangler.ts'

const { values: flags, positionals } = parseArgs({
  options: { restore: { type: 'boolean', default: false } },
  allowPositionals: true,
})

async function backUp(file = `sportello-${new Date().toISOString().slice(0, 10)}.sql`): Promise<string> {
  await createWrangler()(['d1', 'export', DATABASE, '--remote', '--output', file])
  return `The database was written to ${file}.`
}

async function restore(file: string | undefined): Promise<string> {
  if (!file || !existsSync(file)) throw new Error('Say which file to restore: npm run restore -- backup.sql')
  await createWrangler()(['d1', 'execute', DATABASE, '--remote', '--yes', '--file', file])
  return `${file} was run against the database.`
}

try {
  console.log(await (flags.restore ? restore(positionals[0]) : backUp(positionals[0])))
} catch (error) {
  console.error(describeError(error).replace(/^Error: /, ''))
  process.exit(1)
}
