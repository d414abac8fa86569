/**
 * npm run deploy: brings what is installed up to date. Migrations first (they only add, so that the Workers of the
 * deployment before keep working meanwhile), then the Workers in order. No update is lost: while a Worker changes,
 * Telegram, the queues and the objects' alarms repeat what was not acknowledged.
 *
 *   --without-sport   the booking Worker is left out
 */
import { parseArgs } from 'node:util'
import { describeError } from '../src/platform/log.ts'
import { deployWorker, missingMigrations } from './cloud/cloudflare.ts'
import { NO_DATABASE, openWranglerFiles } from './cloud/files.ts'
import { DEPLOY_ORDER } from './cloud/installation.ts'
import { createWrangler } from './cloud/wrangler.ts'

const { values: flags } = parseArgs({ options: { 'without-sport': { type: 'boolean', default: false } } })

try {
  if (openWranglerFiles().databaseId() === NO_DATABASE) {
    throw new Error('This clone is not installed yet: run `npm run setup` once (it deploys too).')
  }
  const wrangler = createWrangler()
  const migrations = await missingMigrations(wrangler)
  if (migrations.length > 0) await wrangler(['d1', 'migrations', 'apply', 'sportello', '--remote'])
  console.log(`Migrations: ${migrations.join(', ') || 'nothing new'}`)
  for (const worker of DEPLOY_ORDER) {
    if (worker === 'booking' && flags['without-sport']) continue
    await deployWorker(wrangler, worker, {}, flags['without-sport'])
    console.log(`Deployed: ${worker}`)
  }
} catch (error) {
  console.error(describeError(error).replace(/^Error: /, ''))
  process.exit(1)
}
