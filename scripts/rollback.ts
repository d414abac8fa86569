/**
 * npm run rollback: puts the Workers back to their deployment before this one, edge first. The database stays: migrations
 * only add, so the code before can use it.
 */

import { openCloudflare } from './cloud/api.ts'
import { wantedWorkers } from './cloud/cloudflare.ts'
import { explain } from './cloud/explain.ts'
import { openWranglerFiles, withAccount } from './cloud/files.ts'
import { createWrangler } from './cloud/wrangler.ts'
import { readFlags } from './command.ts'
import { WORKER_NAMES, WORKERS } from './local/bundle.ts'

const { values: flags } = readFlags(
  `npm run rollback -- [flags]   puts the Workers back to the deployment before; again, and it goes forward

  --only WORKER   only ${WORKER_NAMES.join(', ')}`,
  { only: { type: 'string' } },
)

try {
  const { only } = flags
  if (only && !WORKER_NAMES.some((worker) => worker === only)) {
    throw new Error(`There is no Worker "${only}": --only takes ${WORKER_NAMES.join(', ')}.`)
  }
  const env = withAccount(process.env, openWranglerFiles())
  const wrangler = createWrangler(env)
  const workers = await wantedWorkers(await openCloudflare(env, wrangler))
  for (const worker of workers.toReversed()) {
    if (only && only !== worker) continue
    await wrangler(['rollback', '--name', WORKERS[worker].name, '--message', 'npm run rollback', '--yes'])
    console.log(`Rolled back: ${worker}`)
  }
} catch (error) {
  console.error(explain(error))
  process.exit(1)
}
