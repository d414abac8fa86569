import { Api } from 'grammy'
import { registerBot } from '../../src/bot/register.ts'
import { describeError } from '../../src/platform/log.ts'
import { textsIn } from '../../src/texts/index.ts'
import { type PortalSimulator, startPortalSimulator } from '../../test/simulators/portal/simulator.ts'
import {
  type SportrickSimulator,
  startSportrickSimulator,
} from '../../test/simulators/sportrick/simulator.ts'
import { startTelegramSimulator, type TelegramSimulator } from '../../test/simulators/telegram/index.ts'
import { ensureBrowser } from '../browser/ensure.ts'
import { setWebhook } from '../cloud/telegram.ts'
import { type BuiltWorker, buildWorkers } from './bundle.ts'
import { type Crons, startCrons } from './crons.ts'
import { lastingPort } from './lasting-port.ts'
import type { EnforcedPlan } from './limits/limited.ts'
import { type Runtime, startRuntime, type Variables } from './runtime.ts'
import { keptSecret } from './settings.ts'
import { type Bridge, startBridge } from './update-forwarder.ts'

export interface SystemOptions {
  /** The variables that were set; the rest is simulated or generated. */
  variables: Variables
  port: number
  stateDir: string
  /** Trigger the crons as Cloudflare would (default); else the caller ticks. */
  crons?: boolean
  telegram?: Parameters<typeof startTelegramSimulator>[0]
  portal?: Parameters<typeof startPortalSimulator>[0]
  sportrick?: Parameters<typeof startSportrickSimulator>[0]
  workers?: BuiltWorker[]
  /** Whose limits are enforced; see `RuntimeOptions`. */
  plan?: EnforcedPlan
  /** Lets a profiler in; see `RuntimeOptions`. */
  inspected?: boolean
  /** Every line that a Worker logs. */
  onLog?: (line: string, level: string) => void
  /** Errors of the runtime itself. */
  onRuntimeError?: (line: string) => void
  /** One line for the person who runs it. */
  warn?: (line: string) => void
}

/** Sportello on this machine: the three Workers, and simulators of every server that no variable names. */
export interface System {
  runtime: Runtime
  /** The Workers' variables and secrets. */
  variables: Variables
  telegram: TelegramSimulator | undefined
  portal: PortalSimulator | undefined
  sportrick: SportrickSimulator | undefined
  /** Starts the Workers again with some variables changed, on the same state. */
  reconfigure(changes: Variables): Promise<void>
  stop(): Promise<void>
}

/** The Mini App in the menu button of the simulated Telegram, which opens it over plain HTTP too. */
function offerMiniApp({ world }: TelegramSimulator, publicUrl: string): void {
  const { menuButton } = textsIn('it').common
  world.profile.menuButton = { type: 'web_app', text: menuButton, web_app: { url: `${publicUrl}/app` } }
  world.events.emit({ type: 'profile' })
}

/** Starts everything; after a failure it stops what was started before. */
export async function startSystem(options: SystemOptions): Promise<System> {
  const { stateDir, warn = () => undefined } = options
  // Known before the Workers start, since they are told their address.
  const port = options.port || (await lastingPort())
  const given = options.variables
  const stops: (() => unknown)[] = []
  const stop = async () => {
    for (const each of stops.splice(0).reverse()) await each()
  }

  try {
    const telegram =
      given.TELEGRAM_API_ROOT || given.TELEGRAM_BOT_TOKEN
        ? undefined
        : await startTelegramSimulator(options.telegram)
    if (telegram) stops.push(() => telegram.close())
    const portal = given.PORTAL_ORIGIN ? undefined : await startPortalSimulator(options.portal)
    if (portal) stops.push(() => portal.close())
    const sportrick = given.SPORTRICK_BASE ? undefined : await startSportrickSimulator(options.sportrick)
    if (sportrick) stops.push(() => sportrick.close())

    const variables: Variables = {
      TELEGRAM_WEBHOOK_SECRET: keptSecret(stateDir, 'TELEGRAM_WEBHOOK_SECRET'),
      ENCRYPTION_KEY: keptSecret(stateDir, 'ENCRYPTION_KEY'),
      VAPID_KEYS: keptSecret(stateDir, 'VAPID_KEYS'),
      ...(telegram && { TELEGRAM_API_ROOT: telegram.url, TELEGRAM_BOT_TOKEN: telegram.token }),
      ...(portal && { PORTAL_ORIGIN: portal.origin }),
      ...(sportrick && { SPORTRICK_BASE: sportrick.base, SPORT_USER_IDS: '*' }),
      ...(telegram && { PUBLIC_URL: `http://127.0.0.1:${port}` }),
      ...given,
    }
    if (!variables.TELEGRAM_BOT_TOKEN) {
      throw new Error('TELEGRAM_API_ROOT is set but TELEGRAM_BOT_TOKEN is not: give the bot’s token too.')
    }
    const browser = await ensureBrowser(warn)
    if ('missing' in browser) warn(`${browser.missing} Until then the sport part cannot log in.`)
    const workers = options.workers ?? (await buildWorkers())
    const runtime = await startRuntime({
      stateDir,
      port,
      variables,
      workers,
      ...(options.plan && { plan: options.plan }),
      ...(options.inspected && { inspected: true }),
      ...(options.onLog && { onLog: options.onLog }),
      ...(options.onRuntimeError && { onRuntimeError: options.onRuntimeError }),
    })
    stops.push(() => runtime.stop())

    const api = new Api(variables.TELEGRAM_BOT_TOKEN, {
      apiRoot: variables.TELEGRAM_API_ROOT ?? 'https://api.telegram.org',
      timeoutSeconds: 15,
    })
    const secret = variables.TELEGRAM_WEBHOOK_SECRET ?? ''
    if (telegram) await setWebhook(api, runtime.url, secret, false)
    else {
      const bridge: Bridge = startBridge({
        apiRoot: variables.TELEGRAM_API_ROOT ?? 'https://api.telegram.org',
        token: variables.TELEGRAM_BOT_TOKEN,
        webhook: `${runtime.url}/telegram/webhook`,
        secret,
        warn,
      })
      stops.push(() => bridge.stop())
    }
    // Beside the rest: a server that is slow, or lacks these methods, keeps nobody waiting.
    const registering = registerBot(
      api,
      variables.PUBLIC_URL ? { publicUrl: variables.PUBLIC_URL } : {},
    ).then((refused) => {
      if (refused.length > 0)
        warn(`This Bot API server did not take ${refused.join(', ')}; the bot works without.`)
      if (telegram && variables.PUBLIC_URL) offerMiniApp(telegram, variables.PUBLIC_URL)
    })
    stops.push(() => registering)

    if (options.crons !== false) {
      const crons: Crons = startCrons(runtime, workers, (worker, error) =>
        warn(`The cron of ${worker} failed: ${describeError(error)}`),
      )
      stops.push(() => crons.stop())
    }
    return {
      runtime,
      variables,
      telegram,
      portal,
      sportrick,
      async reconfigure(changes) {
        Object.assign(variables, changes)
        await runtime.restart(variables)
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
