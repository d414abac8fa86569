/**
 * npm run rollback [-- --only edge]: puts the Workers back to their deployment before this one, edge first. The
 * database stays: migrations only add, so the code before can use it.
 */
import { parseArgs } from 'node:util'
import { describeError } from '../src/platform/log.ts'
import { DEPLOY_ORDER } from './cloud/installation.ts'
import { createWrangler } from './cloud/wrangler.ts'
import { WORKERS } from './local/bundle.ts'

const { values: flags } = parseArgs({ options: { only: { type: 'string' } } })

try {
  const wrangler = createWrangler()
  for (const worker of DEPLOY_ORDER.toReversed()) {
    if (flags.only && flags.only !== worker) continue
    await wrangler(['rollback', '--name', WORKERS[worker].name, '--message', 'npm run rollback', '--yes'])
    console.log(`Rolled back: ${worker}`)
  }
} catch (error) {
  console.error(describeError(error).replace(/^Error: /, ''))
  process.exit(1)
}
