/**
 * npm run setup: from a clone to a live bot. Creates what is missing on Cloudflare, deploys the Workers, connects the
 * bot to them and has the doctor look at the result. Repeating it changes nothing that is right.
 */
import { cancel, intro, isCancel, log, note, outro, password, select, text } from '@clack/prompts'
import { registerBot } from '../src/bot/register.ts'
import { type ChooseAccount, openCloudflare, unopened } from './cloud/api.ts'
import { DEPLOY_ORDER, WITHOUT_SPORT } from './cloud/cloudflare.ts'
import { explain } from './cloud/explain.ts'
import { openWranglerFiles, withAccount } from './cloud/files.ts'
import { installationSteps } from './cloud/installation.ts'
import { KEPT_FILE, keepSecrets, newestKey, readKnownSecrets, withNewKey } from './cloud/kept-secrets.ts'
import { addressFault, idFaults } from './cloud/prerequisites.ts'
import { runSteps } from './cloud/step.ts'
import { openApi, whoIsBot } from './cloud/telegram.ts'
import { createWrangler } from './cloud/wrangler.ts'
import { readFlags } from './command.ts'
import { examineLive } from './doctor/examined-installation.ts'
import { printable } from './doctor/finding.ts'
import { makeSecret, type Secrets } from './worker-secrets.ts'

const { values: flags } = readFlags(
  `npm run setup -- [flags]   from a clone to a live bot; repeating it changes nothing that is right

  --dry-run              only say what would be done
  --without-sport        passports only: the booking Worker is left out
  --drop-pending         forget the updates that waited while there was no webhook
  --new-webhook-secret   give the webhook a new secret
  --new-encryption-key   put a new key in front of the old one; then send /ricifra to the bot
  --forget-old-keys      after /ricifra: leave only the newest key
  --no-message           no trial alert to the operators at the end
  --new-token            ask for the bot's token again
  --admins IDS           instead of ADMIN_IDS, or the question
  --sport-users IDS      instead of SPORT_USER_IDS, or the question; * for everyone
  --domain NAME          a domain of yours on Cloudflare, instead of the workers.dev address
  --public-url URL       where the edge Worker answers, when Cloudflare does not know (a proxy of yours)`,
  {
    'dry-run': { type: 'boolean', default: false },
    'without-sport': { type: 'boolean', default: false },
    'drop-pending': { type: 'boolean', default: false },
    'new-webhook-secret': { type: 'boolean', default: false },
    'new-encryption-key': { type: 'boolean', default: false },
    'forget-old-keys': { type: 'boolean', default: false },
    'no-message': { type: 'boolean', default: false },
    'new-token': { type: 'boolean', default: false },
    admins: { type: 'string' },
    'sport-users': { type: 'string' },
    domain: { type: 'string' },
    'public-url': { type: 'string' },
  },
)
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

/** Asks which of several accounts to use; setup writes the answer into the wrangler files. */
const chooseAccount: ChooseAccount = async (accounts) => {
  const answer = await select({
    message: 'Which Cloudflare account?',
    options: accounts.map(({ id, name }) => ({ value: id, label: name, hint: id })),
  })
  return isCancel(answer) ? undefined : answer
}

/** The known secrets, with the ENCRYPTION_KEY rotated as asked. */
function rotated(known: Secrets): Secrets {
  if (!flags['new-encryption-key'] && !flags['forget-old-keys']) return known
  if (!known.ENCRYPTION_KEY) {
    throw new Error(`The present key is not known here: set ENCRYPTION_KEY, or put ${KEPT_FILE} back.`)
  }
  const list = flags['forget-old-keys'] ? newestKey(known.ENCRYPTION_KEY) : known.ENCRYPTION_KEY
  return {
    ...known,
    ENCRYPTION_KEY: flags['new-encryption-key'] ? withNewKey(list, makeSecret('ENCRYPTION_KEY')) : list,
  }
}

async function main(): Promise<void> {
  intro('Sportello: from a clone to a live bot')
  const files = openWranglerFiles()
  const kept = rotated(readKnownSecrets(process.env))
  const knownToken = flags['new-token'] ? process.env.TELEGRAM_BOT_TOKEN : kept.TELEGRAM_BOT_TOKEN
  const token = await ask(knownToken, 'The bot token from @BotFather', true)
  if (!token && !flags['dry-run']) throw new Error('TELEGRAM_BOT_TOKEN is missing. @BotFather hands it out.')
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
  const { domain } = flags
  const address = flags['public-url'] ?? process.env.PUBLIC_URL ?? (domain && `https://${domain}`)
  const publicUrl = address?.replace(/\/+$/, '')
  const telegramRoot = process.env.TELEGRAM_API_ROOT?.replace(/\/+$/, '')

  const api = openApi(
    token ?? '0:unknown',
    telegramRoot || files.variable('TELEGRAM_API_ROOT') || 'https://api.telegram.org',
  )
  const bot = token ? await whoIsBot(api) : 'unknown'
  if (token) log.info(`The bot is @${bot}`)
  const given = {
    ADMIN_IDS: admins,
    SPORT_USER_IDS: sportUsers,
    PUBLIC_URL: publicUrl,
    TELEGRAM_API_ROOT: telegramRoot,
  }
  const wrong = [
    ...idFaults({ ADMIN_IDS: admins ?? '', SPORT_USER_IDS: sportUsers ?? '' }),
    addressFault(publicUrl ?? '', domain),
  ].filter((fault) => fault !== undefined)
  if (wrong.length > 0) throw new Error(wrong.join('\n'))
  const env = withAccount(process.env, files)
  const workers = flags['without-sport'] ? WITHOUT_SPORT : DEPLOY_ORDER
  // A dry run goes as far as it can without a token and without a login.
  const cloudflare = await openCloudflare(
    env,
    createWrangler(env),
    interactive ? chooseAccount : undefined,
  ).catch((error: unknown) => {
    if (flags['dry-run']) return unopened(error)
    throw error
  })
  if (cloudflare.accountId && !env.CLOUDFLARE_ACCOUNT_ID && !flags['dry-run']) {
    files.setAccountId(cloudflare.accountId)
  }
  const wrangler = createWrangler(withAccount(env, files))
  const steps = installationSteps({
    cloudflare,
    wrangler,
    files,
    api,
    known: { ...kept, ...(token && { TELEGRAM_BOT_TOKEN: token }) },
    makeSecret,
    keep: (secrets) => keepSecrets(secrets),
    variables: Object.fromEntries(
      Object.entries(given).filter((entry): entry is [string, string] => Boolean(entry[1])),
    ),
    domain,
    workers,
    dropPending: flags['drop-pending'],
    newWebhookSecret: flags['new-webhook-secret'],
    registerBot,
  })
  const outcomes = await runSteps(steps, flags['dry-run'], ({ title, status, detail }) => {
    const line = `${title}: ${status === 'would' ? `would ${detail}` : detail}`
    if (status === 'done') log.success(line)
    else log.step(line)
  })
  if (flags['dry-run']) return outro('Nothing was changed.')

  log.info(`The secrets are in ${KEPT_FILE}: keep a copy in a safe place, nobody can read them back.`)
  if (!flags['no-message']) {
    await ask(undefined, `Operators: open https://t.me/${bot}, press Start, then Enter here`)
  }
  const findings = await examineLive({
    env: withAccount(env, files),
    wrangler,
    files,
    token,
    message: !flags['no-message'],
    fresh: outcomes.some(({ status }) => status === 'done'),
  })
  note(printable(findings), 'The doctor says')
  const ok = findings.every(({ status }) => status !== 'failed')
  outro(ok ? 'Live.' : 'Installed; see above what is left to fix, then `npm run doctor`.')
  process.exitCode = ok ? 0 : 1
}

try {
  await main()
} catch (error) {
  cancel(explain(error))
  process.exit(1)
}
