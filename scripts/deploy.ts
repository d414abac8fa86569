/**
 * npm run deploy: brings what is installed up to date. Migrations first (they only add, so that the Workers of the
 * deployment before keep working), then the Workers in order. No update is lost: while a Worker changes,
 * Telegram, the queues and the objects' alarms repeat what was not acknowledged.
 */
import { registerBot } from '../src/bot/register.ts'
import { openCloudflare } from './cloud/api.ts'
import { wantedWorkers } from './cloud/cloudflare.ts'
import { explain } from './cloud/explain.ts'
import { NO_DATABASE, openWranglerFiles, withAccount } from './cloud/files.ts'
import { installationSteps } from './cloud/installation.ts'
import { keepSecrets, readKnownSecrets } from './cloud/kept-secrets.ts'
import { runSteps } from './cloud/step.ts'
import { openApi } from './cloud/telegram.ts'
import { createWrangler } from './cloud/wrangler.ts'
import { readFlags } from './command.ts'
import { makeSecret } from './worker-secrets.ts'

const { values: flags } = readFlags(
  `npm run deploy -- [flags]   brings what is installed up to date: migrations, then the Workers, then the bot's commands

  --dry-run   only say what would be done`,
  { 'dry-run': { type: 'boolean', default: false } },
)

try {
  const files = openWranglerFiles()
  const env = withAccount(process.env, files)
  if (files.databaseId() === NO_DATABASE) {
    throw new Error('This clone is not installed yet: run `npm run setup` once (it deploys too).')
  }
  const wrangler = createWrangler(env)
  const cloudflare = await openCloudflare(env, wrangler)
  const known = readKnownSecrets(process.env)
  const token = known.TELEGRAM_BOT_TOKEN
  const steps = installationSteps({
    cloudflare,
    wrangler,
    files,
    api: token
      ? openApi(token, files.variable('TELEGRAM_API_ROOT') || 'https://api.telegram.org')
      : undefined,
    known,
    makeSecret,
    keep: (secrets) => keepSecrets(secrets),
    variables: {},
    workers: await wantedWorkers(cloudflare),
    dropPending: false,
    newWebhookSecret: false,
    registerBot,
  })
  await runSteps(steps, flags['dry-run'], ({ title, status, detail }) =>
    console.log(`${title}: ${status === 'would' ? `would ${detail}` : detail}`),
  )
} catch (error) {
  console.error(explain(error))
  process.exit(1)
}
