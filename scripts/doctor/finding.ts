/**
 * What to do about each fault, in one sentence; `npm run data` writes them into the table of docs/deploy.md. Names `npm run setup`
 * where repeating it fixes the fault: setup changes nothing that is right.
 */
export const ADVICE = {
  'not-installed':
    'Run `npm run setup` to install it on Cloudflare, or `npm start` to run it here and `npm run doctor -- --local` beside it.',
  'not-running': 'Start it with `npm start` (the same STATE_DIR) and ask again while it runs.',
  'cloudflare-login':
    'Log in with `npx wrangler login`, or set CLOUDFLARE_API_TOKEN (and CLOUDFLARE_ACCOUNT_ID when there are several accounts).',
  'cloudflare-refused': 'Read Cloudflare’s reason; a token needs the rights to edit Workers, D1 and Queues.',
  'cloudflare-down': 'Cloudflare’s API did not answer: try again, and look at www.cloudflarestatus.com.',
  'worker-missing':
    'Run `npm run setup`, which deploys it (`-- --without-sport` when passports are all you want).',
  'secret-missing': 'Run `npm run setup`: it sets the secrets that are missing and leaves the others alone.',
  'database-missing':
    'Run `npm run setup`: it creates the database, or writes the id of the one that exists into the wrangler files.',
  'migration-missing': 'Run `npm run deploy`: it applies the migrations first.',
  'queue-missing': 'Run `npm run setup`: it creates the queues that are missing.',
  'consumer-missing': 'Run `npm run deploy`: the dispatcher is attached to its queues when it is deployed.',
  'consumer-wrong':
    'Run `npm run deploy`, which sets what src/dispatcher.wrangler.toml says; do not change consumers in the dashboard.',
  'cron-missing': 'Run `npm run deploy`: it sets the crons that the wrangler files name.',
  'cron-silent':
    'Look at what the edge Worker says with `npx wrangler tail sportello`; a wrong variable is named there.',
  'token-missing':
    'Set TELEGRAM_BOT_TOKEN in the environment or in .sportello.secrets: Cloudflare keeps it but shows it to nobody.',
  'token-refused': 'Copy the token again from @BotFather and run `npm run setup -- --new-token`.',
  'telegram-down': 'The Bot API did not answer: check TELEGRAM_API_ROOT and your connection, then try again.',
  'webhook-missing': 'Run `npm run setup`: it sets the webhook.',
  'webhook-elsewhere':
    'Another program or deployment uses this bot: stop it (or make another bot with @BotFather), then run `npm run setup`.',
  'webhook-updates':
    'Run `npm run setup`: it asks Telegram for every kind of update that the bot understands.',
  'webhook-refused':
    'The webhook’s secret differs on the two sides: run `npm run setup`, which gives both a new one.',
  'webhook-failing':
    'Read why with `npx wrangler tail sportello` while you write to the bot; if it began with a deployment, `npm run rollback`.',
  'webhook-pending':
    'Updates wait because the webhook is slow or failing: see /healthz and `npx wrangler tail sportello`; they arrive by themselves once it answers.',
  'commands-wrong': 'Run `npm run setup`: it registers commands and descriptions in Italian and English.',
  'menu-wrong': 'Run `npm run setup`: it sets the menu button to this installation’s address.',
  'address-missing': 'Run `npm run setup -- --public-url https://…` with the edge Worker’s address.',
  'health-unreachable':
    'Check the address (PUBLIC_URL in wrangler.toml, or --url) and that the edge Worker is deployed: `npm run deploy`.',
  'health-other': 'Something else answers at this address: correct PUBLIC_URL in wrangler.toml, or --url.',
  'health-polling':
    'Hand a portal session in: send /sessione to the bot and follow its steps; polling resumes by itself.',
  'health-rounds':
    'Ask the bot /stato_admin; if sessions are good, see why readings fail with `npx wrangler tail sportello`.',
  'health-waiting':
    'The dispatcher is behind: see `npx wrangler tail sportello-dispatcher`; nothing is lost.',
  'health-store': 'D1 does not answer: check that the database exists and look at www.cloudflarestatus.com.',
  'health-unknown': 'See the edge Worker’s log with `npx wrangler tail sportello`.',
  'admins-missing':
    'Run `npm run setup -- --admins ID` with your Telegram id (@userinfobot tells it): somebody must get its notices.',
  'alert-refused': 'The operator must open the bot and press Start once: Telegram lets no bot write first.',
  'alert-late':
    'The dispatcher did not send in time: see `npx wrangler tail sportello-dispatcher` (wrong token, no consumer, or a rate limit).',
} as const satisfies Record<string, string>

/** The same for a run on this machine, where setup and deployment have no part. */
export const LOCAL_ADVICE =
  'Stop it and start it again: it sets this up by itself, and says in its terminal what goes wrong.'

export type Fault = keyof typeof ADVICE

/** The result of a check. `skipped`: it could not run; the text says why. */
export type Finding =
  | { check: string; status: 'ok' | 'skipped'; detail: string }
  | { check: string; status: 'failed'; fault: Fault; detail: string; advice: string }

/** The result of one evaluation, before it is assigned to a check. */
export type Verdict = { ok: string } | { skipped: string } | { fault: Fault; detail: string }

/** One check. */
export interface Check {
  /** Its subject, e.g. "Webhook". */
  title: string
  /** Every fault, or one `ok`. */
  look(): Promise<Verdict[]>
}

export const findingOf = (check: string, verdict: Verdict): Finding =>
  'ok' in verdict
    ? { check, status: 'ok', detail: verdict.ok }
    : 'skipped' in verdict
      ? { check, status: 'skipped', detail: verdict.skipped }
      : { check, status: 'failed', ...verdict, advice: ADVICE[verdict.fault] }

/** Runs all checks at the same time. @returns their findings in the order of the checks */
export async function examine(
  checks: readonly Check[],
  faultOf: (error: unknown) => Verdict,
): Promise<Finding[]> {
  const found = await Promise.all(
    checks.map(async ({ title, look }) => {
      const verdicts = await look().catch((error: unknown) => [faultOf(error)])
      return verdicts.map((verdict) => findingOf(title, verdict))
    }),
  )
  return found.flat()
}

/** The faults; without any, one finding that all is well. */
export const orOk = (faults: Verdict[], ok: string): Verdict[] => (faults.length > 0 ? faults : [{ ok }])

/** Findings for the terminal, each failure with its advice below. */
export function printable(findings: readonly Finding[]): string {
  const sign = { ok: '✓', failed: '✗', skipped: '–' } as const
  const lines = findings.flatMap((finding) => [
    `${sign[finding.status]} ${finding.check}: ${finding.detail}`,
    ...(finding.status === 'failed' ? [`    → ${finding.advice}`] : []),
  ])
  const failed = findings.filter(({ status }) => status === 'failed').length
  const skipped = findings.filter(({ status }) => status === 'skipped').length
  const left = skipped > 0 ? ` (${skipped} not looked at)` : ''
  lines.push('', failed > 0 ? `${failed} to fix${left}.` : `All is well${left}.`)
  return lines.join('\n')
}
