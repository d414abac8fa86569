/** npm run watch: the standalone watcher, for one person and no Cloudflare account. */
import { styleText } from 'node:util'
import { officeTitle } from '../src/passport/alerts/alert-message.ts'
import { PortalClient } from '../src/passport/portal/portal-client.ts'
import type { PortalSession } from '../src/passport/portal/portal-session.ts'
import { provincesNamed, searchPlaces } from '../src/passport/provinces/place-search.ts'
import type { OfficeAlert } from '../src/passport/rules/diff.ts'
import { slotKey } from '../src/passport/rules/known-office.ts'
import { describeError } from '../src/platform/log.ts'
import { italianDate, romeTime, SECOND, systemClock } from '../src/platform/time.ts'
import { readFlags } from './command.ts'
import { ChatAlerts } from './watch/chat-alerts.ts'
import { nextSession, readSessionFiles, SessionFileError, type SessionFiles } from './watch/session-file.ts'
import { Watcher } from './watch/watcher.ts'

const PORTAL = 'https://passaportonline.poliziadistato.it'
const RENEW =
  'Log in at the portal again, copy a request as cURL (developer tools, Network, right-click), and save it into the file.'

const { values: flags } = readFlags(
  `npm run watch -- --province TO --cookie-file cookie_token --csrf-file xcsrf_token --chat 12345

  --province PROVINCE   two-letter code, or a name
  --cookie-file FILE    the Cookie header, and with --csrf-file FILE the X-CSRF-TOKEN (optional)
  --curl-file FILE      instead: a request of the portal copied as cURL
  --chat ID             Telegram chat to tell (needs TELEGRAM_BOT_TOKEN); without it alerts go to the terminal only
  --interval SECONDS    between two looks (default 45)
  --once                look once and stop; with --json, print what is open as JSON
  --english             messages in English`,
  {
    province: { type: 'string' },
    'cookie-file': { type: 'string' },
    'csrf-file': { type: 'string' },
    'curl-file': { type: 'string' },
    chat: { type: 'string' },
    interval: { type: 'string', default: '45' },
    once: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    english: { type: 'boolean', default: false },
  },
)
const files: SessionFiles = {
  cookieFile: flags['cookie-file'],
  csrfFile: flags['csrf-file'],
  curlFile: flags['curl-file'],
}
const origin = process.env.PORTAL_ORIGIN ?? PORTAL
const stopping = new AbortController()
// Handle the signal each time: npm forwards a Ctrl-C that the terminal has sent already, and an unhandled one
// would end the process before it has cleaned up.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort())

/** A mistake that the person has to fix before the watcher can start. */
class UsageError extends Error {}

const say = (text: string) => {
  if (flags.json) return
  if (process.stdout.isTTY) process.stdout.write('\r\u001b[K')
  console.log(`${styleText('dim', romeTime(systemClock.now()))}  ${text}`)
}

/** The line that tells what is going on, replaced by the next one; on a terminal only. */
const progress = (text: string) => {
  if (!flags.json && process.stdout.isTTY) process.stdout.write(`\r\u001b[K${styleText('dim', text)}`)
}

function readSettings() {
  const typed = flags.province ?? ''
  const [province, ...others] = provincesNamed(typed)
  if (!province || others.length > 0) {
    const meant = searchPlaces(typed).map(({ province: { name, code }, town }) =>
      town === null ? `${code} (${name})` : `${code} (${name}, which serves ${town})`,
    )
    const hint = meant.length > 0 ? ` Did you mean ${meant.join(' or ')}?` : ''
    throw new UsageError(
      `--province should be one of the 107 provinces, e.g. TO or Torino, not "${typed}".${hint}`,
    )
  }
  const interval = Number(flags.interval)
  if (!(interval >= 5))
    throw new UsageError(`--interval should be at least 5 seconds, not "${flags.interval}".`)
  const token = process.env.TELEGRAM_BOT_TOKEN
  if (flags.chat && !/^-?\d+$/.test(flags.chat))
    throw new UsageError(`--chat should be a Telegram id, not "${flags.chat}".`)
  if (flags.chat && !token)
    throw new UsageError(
      'TELEGRAM_BOT_TOKEN is missing: it is the token of the bot that should write to --chat.',
    )
  const chat =
    flags.chat && token
      ? new ChatAlerts({
          token,
          apiRoot: process.env.TELEGRAM_API_ROOT ?? 'https://api.telegram.org',
          chatId: Number(flags.chat),
          portalOrigin: origin,
          province: province.code,
          language: flags.english ? 'en' : 'it',
          say,
        })
      : undefined
  return { province, interval: interval * SECOND, chat }
}

function describe(watcher: Watcher, alert: OfficeAlert): string {
  const office = watcher.memory.office(alert.officeId)
  const slots = alert.slots.map(([date, time]) => `${italianDate(date)} ${time}`).join(', ')
  const titles = {
    gone: styleText('red', 'gone'),
    restored: styleText('green', 'back'),
    open: styleText('green', 'free'),
  }
  const title = titles[alert.kind]
  const when = alert.bookableAt ? ` (bookable at ${alert.bookableAt})` : ''
  return `${title}  ${office ? officeTitle(office) : alert.officeId}: ${slots}${when}`
}

async function main(): Promise<void> {
  const { province, interval, chat } = readSettings()
  const watcher = new Watcher(province.code)
  const connect = (handedOver: PortalSession) =>
    new PortalClient({ origin, relay: undefined, fetch }, systemClock, handedOver)
  let session = readSessionFiles(files, origin)
  let client = connect(session)
  say(`Watching ${province.name}. Ctrl-C stops.`)

  while (!stopping.signal.aborted) {
    progress(`Reading ${province.name}…`)
    const look = await watcher.look(client, systemClock.now)
    if (!look.ok && look.reason === 'session-expired') {
      say(`The portal session has expired. ${RENEW}`)
      if (flags.once) process.exitCode = 2
      if (flags.once) return
      progress('Waiting for the file to change…')
      const renewed = await nextSession(files, origin, session, stopping.signal)
      if (renewed) {
        session = renewed
        client = connect(session)
      }
      continue
    }
    if (!look.ok) say(`The portal could not be read (${look.detail}).`)
    else {
      for (const alert of look.alerts) {
        say(describe(watcher, alert))
        const office = watcher.memory.office(alert.officeId)
        if (!chat || !office) continue
        const places = new Map(
          alert.slots.map(([date, time]) => [
            slotKey({ date, time }),
            watcher.memory.places(alert.officeId, date, time),
          ]),
        )
        if (alert.kind === 'gone') chat.crossOut(alert)
        else if (alert.kind === 'restored') chat.restore(alert)
        else chat.announce(alert, office, places)
      }
      if (look.suspicious)
        say('The list of offices is suddenly empty or short: waiting for a second look before believing it.')
    }
    if (flags.once) {
      if (flags.json)
        console.log(
          JSON.stringify({ province: province.code, read: look.ok, offices: watcher.memory.offices }),
        )
      if (!look.ok) process.exitCode = 1
      await chat?.settled(30_000)
      if (chat && chat.waiting > 0) process.exitCode = 1
      await chat?.stop()
      return
    }
    const nextAt = systemClock.now() + watcher.pause(interval)
    while (systemClock.now() < nextAt && !stopping.signal.aborted) {
      const open = look.ok ? `${look.open} open, ` : ''
      progress(`${open}next look in ${Math.ceil((nextAt - systemClock.now()) / SECOND)} s`)
      await systemClock.sleep(Math.min(SECOND, nextAt - systemClock.now()))
    }
  }
  await chat?.stop()
  say(chat && chat.waiting > 0 ? `Stopped; Telegram has not taken ${chat.waiting} messages.` : 'Stopped.')
}

try {
  await main()
} catch (error) {
  const mine = error instanceof UsageError || error instanceof SessionFileError
  console.error(mine ? error.message : describeError(error))
  process.exitCode = 1
}
