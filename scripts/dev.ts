/**
 * npm run dev: the Workers on this machine with a real bot (TELEGRAM_BOT_TOKEN in .dev.vars or the environment)
 * and the real portal, which needs a session from /sessione. No public address is needed: updates are fetched from
 * Telegram and posted to the Worker.
 */
import { describeError } from '../src/platform/log.ts'
import { readFlags } from './command.ts'
import { readLocalSettings } from './local/settings.ts'

readFlags(
  `npm run dev: runs the Workers on this machine with a real bot and the real portal.

Reads .dev.vars (see .dev.vars.example) and the environment, which wins. TELEGRAM_BOT_TOKEN is required;
PORT and STATE_DIR are read as by npm start.`,
  {},
)

try {
  const settings = readLocalSettings(process.env, '.dev.vars')
  if (!settings.variables.TELEGRAM_BOT_TOKEN) {
    throw new Error('TELEGRAM_BOT_TOKEN is missing: copy .dev.vars.example to .dev.vars and fill it in.')
  }
  // Only here: it takes a second to load, for which help and mistakes need not wait.
  const { startLocally } = await import('./local/playground.ts')
  await startLocally({
    ...settings,
    variables: {
      TELEGRAM_API_ROOT: 'https://api.telegram.org',
      PORTAL_ORIGIN: 'https://passaportonline.poliziadistato.it',
      SPORTRICK_BASE: 'https://ecomm.sportrick.com/sportpolimi',
      ...settings.variables,
    },
  })
} catch (error) {
  console.error(describeError(error).replace(/^\w*Error: /, ''))
  process.exit(1)
}
