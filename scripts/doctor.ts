/**
 * npm run doctor: examines an installation from end to end and says how to fix each fault. Exits with 1 when there
 * is one.
 */
import { explain } from './cloud/explain.ts'
import { openWranglerFiles, withAccount } from './cloud/files.ts'
import { readKnownSecrets } from './cloud/kept-secrets.ts'
import { createWrangler } from './cloud/wrangler.ts'
import { readFlags } from './command.ts'
import { examineLive, examineLocal } from './doctor/examined-installation.ts'
import { type Finding, printable } from './doctor/finding.ts'
import { findRunning } from './local/running.ts'
import { readLocalSettings } from './local/settings.ts'

const { values: flags } = readFlags(
  `npm run doctor -- [flags]   looks at an installation and says what to do about what is wrong

  --url ADDRESS      the edge Worker's address, when it is not the wrangler file's PUBLIC_URL
  --local            the one that npm start or npm run dev runs on this machine (STATE_DIR says which)
  --no-message       send the operators no trial alert
  --json             findings as JSON`,
  {
    url: { type: 'string' },
    local: { type: 'boolean', default: false },
    'no-message': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
)

async function findings(): Promise<Finding[]> {
  const message = !flags['no-message']
  const { stateDir } = readLocalSettings(process.env)
  const running = findRunning(stateDir)
  const url = flags.url?.replace(/\/+$/, '')
  if (flags.local || (running && url === running.url)) {
    return examineLocal(running, stateDir, { message })
  }
  const files = openWranglerFiles()
  const env = withAccount(process.env, files)
  return examineLive({
    env,
    wrangler: createWrangler(env),
    files,
    token: readKnownSecrets(process.env).TELEGRAM_BOT_TOKEN,
    url,
    message,
  })
}

try {
  const found = await findings()
  const ok = found.every(({ status }) => status !== 'failed')
  console.log(flags.json ? JSON.stringify({ ok, findings: found }, undefined, 2) : printable(found))
  process.exitCode = ok ? 0 : 1
} catch (error) {
  console.error(explain(error))
  process.exit(1)
}
