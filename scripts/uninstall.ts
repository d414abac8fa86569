/**
 * npm run uninstall: removes everything that setup made on Cloudflare, in an order that Cloudflare accepts. The database
 * is saved to a file first. Repeating it after an interruption goes on where it was.
 */
import { confirm, isCancel } from '@clack/prompts'
import { openCloudflare } from './cloud/api.ts'
import { backUp } from './cloud/copy.ts'
import { explain } from './cloud/explain.ts'
import { openWranglerFiles, withAccount } from './cloud/files.ts'
import { KEPT_FILE, readKnownSecrets } from './cloud/kept-secrets.ts'
import { removalSteps, tokenIsGone } from './cloud/removal.ts'
import { runSteps } from './cloud/step.ts'
import { openApi } from './cloud/telegram.ts'
import { createWrangler } from './cloud/wrangler.ts'
import { readFlags } from './command.ts'

const { values: flags } = readFlags(
  `npm run uninstall -- [flags]   removes what setup made: webhook, Workers, queues, database

  --dry-run         only say what would be removed
  --keep-database   leave the D1 database
  --yes             do not ask`,
  {
    'dry-run': { type: 'boolean', default: false },
    'keep-database': { type: 'boolean', default: false },
    yes: { type: 'boolean', default: false },
  },
)

async function agreed(): Promise<boolean> {
  if (flags.yes || flags['dry-run']) return true
  if (!process.stdin.isTTY) throw new Error('Nobody can be asked here: add --yes to remove everything.')
  const answer = await confirm({
    message: 'Remove the bot from Cloudflare, with all that students’ objects hold?',
    initialValue: false,
  })
  return !isCancel(answer) && answer
}

try {
  const files = openWranglerFiles()
  const env = withAccount(process.env, files)
  const wrangler = createWrangler(env)
  const { TELEGRAM_BOT_TOKEN: token } = readKnownSecrets(process.env)
  const root =
    process.env.TELEGRAM_API_ROOT || files.variable('TELEGRAM_API_ROOT') || 'https://api.telegram.org'
  const api = token ? openApi(token, root) : undefined
  const known = await api?.getMe().then(
    () => true,
    (error: unknown) => {
      if (tokenIsGone(error)) return false
      throw error
    },
  )
  const cloudflare = await openCloudflare(env, wrangler)
  if (await agreed()) {
    const steps = removalSteps({
      cloudflare,
      files,
      api: known ? api : undefined,
      keepDatabase: flags['keep-database'],
      async backUp() {
        const name = `sportello-before-uninstall-${new Date().toISOString().slice(0, 19).replace(/[T:]/g, '-')}.sql`
        await backUp(wrangler, name)
        return name
      },
    })
    await runSteps(steps, flags['dry-run'], ({ title, status, detail }) =>
      console.log(
        `${title}: ${status === 'would' ? `would ${detail}` : status === 'right' ? 'nothing left' : detail}`,
      ),
    )
    if (!flags['dry-run']) {
      console.log(`Removed. ${KEPT_FILE} stays: delete it unless you want to open the saved database again.`)
    }
  } else console.log('Nothing was removed.')
} catch (error) {
  console.error(explain(error))
  process.exit(1)
}
