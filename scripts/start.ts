/**
 * npm start: Sportello on this machine, with no account anywhere. The three Workers run on workerd; Telegram, the
 * portal and Sportrick are simulated unless their variables are set (TELEGRAM_API_ROOT and TELEGRAM_BOT_TOKEN,
 * PORTAL_ORIGIN, SPORTRICK_BASE). PORT, STATE_DIR, ADMIN_IDS, POLL_INTERVAL_SECONDS and the rest are honoured.
 */
import { describeError } from '../src/platform/log.ts'
import { readFlags } from './command.ts'
import { readLocalSettings } from './local/settings.ts'

readFlags(
  `npm start: runs Sportello on this machine, without any account.

Telegram, the police portal and the booking site are simulated unless you set their variables:
  TELEGRAM_API_ROOT and TELEGRAM_BOT_TOKEN, PORTAL_ORIGIN, SPORTRICK_BASE
Also read: PORT (8787), STATE_DIR (.wrangler/state), ADMIN_IDS, SPORT_USER_IDS, POLL_INTERVAL_SECONDS,
  ADAPTIVE_POLLING, SECOND_READING_PERCENT, SEND_RATE_PER_SECOND, SENDERS, PUBLIC_URL, CLOCK_SHIFT_SECONDS, TEST_NOW, CLOUDFLARE_PLAN`,
  {},
)

try {
  const settings = readLocalSettings(process.env)
  // Only here: it takes a second to load, for which help and mistakes need not wait.
  const { startLocally } = await import('./local/playground.ts')
  await startLocally(settings)
} catch (error) {
  console.error(describeError(error).replace(/^\w*Error: /, ''))
  process.exit(1)
}
