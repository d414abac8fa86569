/**
 * npm run setup: from a clone to a live bot. Creates what is missing on Cloudflare, deploys the Workers, connects the
 * bot to them and checks the result. Repeating it changes nothing that is right.
 *
 *   --dry-run          only say what would be done
 *   --without-sport    passports only: the booking Worker is left out
 *   --drop-pending     forget the updates that waited while there was no webhook
 *   --token, --admins, --sport-users, --public-url   instead of the questions (or the environment:
 *                      TELEGRAM_BOT_TOKEN, ADMIN_IDS, SPORT_USER_IDS, PUBLIC_URL)
 */
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { cancel, intro, isCancel, log, outro, password, text } from '@clack/prompts'
import { registerBot } from '../src/bot/register.ts'
import { describeError } from '../src/platform/log.ts'
import { openWranglerFiles } from './cloud/files.ts'
import { DEPLOY_ORDER, installationSteps } from './cloud/installation.ts'
import { runSteps } from './cloud/step.ts'
import { openApi, whoIsBot } from './cloud/telegram.ts'
import { createWrangler } from './cloud/wrangler.ts'

const { values: flags } = parseArgs({
  options: {
    'dry-run': { type: 'boolean', default: false },
    'without-sport': { type: 'boolean', default: false },
    'drop-pending': { type: 'boolean', default: false },
    token: { type: 'string' },
    admins: { type: 'string' },
    'sport-users': { type: 'string' },
    'public-url': { type: 'string' },
  },
})
const interactive = process.stdin.isTTY === true && !process.env.CI

/** A value from a flag, the environment, a question, or nothing. */
async function ask(given: string | undefined, question: string, secret = false): Promise<string | undefined> {
  if (given || !interactive) return given
  const answer = await (secret
    ? password({ message: question })
    : text({ message: question, defaultValue: '' }))
  if (isCancel(answer)) {
    cancel('Nothing was changed.')
    process.exit(130)
  }
  return answer.trim() || undefined
}

async function main(): Promise<void> {
  intro('Sportello: from a clone to a live bot')
  const files = openWranglerFiles()
  const token = await ask(
    flags.token ?? process.env.TELEGRAM_BOT_TOKEN,
    'The bot token from @BotFather',
    true,
  )
  if (!token)
    throw new Error('TELEGRAM_BOT_TOKEN is missing: set it, or give --token. @BotFather hands it out.')
  const admins = await ask(
    flags.admins ?? process.env.ADMIN_IDS ?? files.variable('ADMIN_IDS'),
    'Telegram ids of the operators, separated by commas (message @userinfobot to see yours)',
  )
  const sportUsers = flags['without-sport']
    ? undefined
    : await ask(
        flags['sport-users'] ?? process.env.SPORT_USER_IDS ?? files.variable('SPORT_USER_IDS'),
        'Telegram ids of those who may use the sport part, or * for everyone',
      )
  const publicUrl = flags['public-url'] ?? process.env.PUBLIC_URL

  const api = openApi(token, process.env.TELEGRAM_API_ROOT ?? 'https://api.telegram.org')
  log.info(`The bot is @${await whoIsBot(api)}`)
  const given = { ADMIN_IDS: admins, SPORT_USER_IDS: sportUsers, PUBLIC_URL: publicUrl }
  const steps = installationSteps({
    wrangler: createWrangler(),
    files,
    api,
    secrets: {
      TELEGRAM_BOT_TOKEN: token,
      TELEGRAM_WEBHOOK_SECRET: process.env.TELEGRAM_WEBHOOK_SECRET ?? randomBytes(32).toString('base64url'),
      ENCRYPTION_KEY: process.env.ENCRYPTION_KEY ?? randomBytes(32).toString('base64url'),
    },
    variables: Object.fromEntries(
      Object.entries(given).filter((entry): entry is [string, string] => Boolean(entry[1])),
    ),
    workers: flags['without-sport'] ? DEPLOY_ORDER.filter((worker) => worker !== 'booking') : DEPLOY_ORDER,
    dropPending: flags['drop-pending'],
    registerBot,
  })
  await runSteps(steps, flags['dry-run'], ({ title, status, detail }) => {
    const line = `${title}: ${status === 'would' ? `would ${detail}` : detail}`
    if (status === 'done') log.success(line)
    else log.step(line)
  })
  outro(flags['dry-run'] ? 'Nothing was changed.' : 'Live.')
}

try {
  await main()
} catch (error) {
  cancel(describeError(error).replace(/^Error: /, ''))
  process.exit(1)
}
