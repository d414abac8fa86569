/**
 * npm start: Sportello on this machine, with no account anywhere. The three Workers run on workerd; Telegram, the
 * portal and Sportrick are simulated unless their variables are set (TELEGRAM_API_ROOT and TELEGRAM_BOT_TOKEN,
 * PORTAL_ORIGIN, SPORTRICK_BASE). PORT, STATE_DIR, ADMIN_IDS, POLL_INTERVAL_SECONDS and the rest are honoured.
 */
import { describeError } from '../src/platform/log.ts'
import { startLocally } from './local/playground.ts'
import { readLocalSettings } from './local/settings.ts'

try {
  await startLocally(readLocalSettings(process.env))
} catch (error) {
  console.error(describeError(error).replace(/^\w*Error: /, ''))
  process.exit(1)
}
