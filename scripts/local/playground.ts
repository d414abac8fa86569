import { startChatPage } from '../../test/simulators/chat-page/chat-page.ts'
import { workersNow } from './clock-jump.ts'
import { createPeople, handInDemoSession, linkDemoStudent, playDemo } from './demo.ts'
import { PEOPLE, panelSections, statusTables } from './panel.ts'
import { choosePort } from './port.ts'
import { announce } from './running.ts'
import { clockShiftOfWorkers } from './runtime.ts'
import type { LocalSettings } from './settings.ts'
import { startSystem } from './system.ts'
import { greeting, quietly } from './terminal-log.ts'

/** Log levels of the Workers that the terminal shows: warnings and errors. */
const SHOWN = new Set(['warn', 'error'])

/** A stop that takes longer is cut short, ms. */
const LONGEST_STOP = 10_000

/** Runs the whole system until the process is told to stop; then stops everything that it started. */
export async function startLocally(settings: LocalSettings): Promise<void> {
  const { variables, stateDir } = settings
  const simulated = !variables.TELEGRAM_API_ROOT && !variables.TELEGRAM_BOT_TOKEN
  const port = await choosePort({ port: settings.port, isSet: settings.portIsSet })
  if (port !== settings.port) console.log(`Port ${settings.port} is taken: using ${port}.`)
  const chatPort = simulated ? await choosePort({ port: port === 0 ? 0 : port + 1, isSet: false }) : 0
  const show = quietly(console.error, Date.now)
  const system = await startSystem({
    variables: {
      ...(simulated && { ADMIN_IDS: String(PEOPLE.ada) }),
      // Links of the pages to the bot open the simulated chat.
      ...(chatPort !== 0 && { BOT_LINK_ROOT: `http://127.0.0.1:${chatPort}` }),
      ...variables,
    },
    port,
    stateDir,
    telegram: { latencyMs: 40 },
    portal: { officesEach: 2 },
    sportrick: { lively: true },
    onLog: (line, level) => {
      // Our own lines are JSON; lines of libraries are left out.
      if (SHOWN.has(level) && line.startsWith('{')) show(line)
    },
    onRuntimeError: show,
    warn: show,
  })
  const stops: (() => unknown)[] = [() => system.stop()]
  let stopping = false
  const stop = async () => {
    // A Ctrl-C arrives twice: from the terminal and from npm.
    if (stopping) return
    stopping = true
    setTimeout(() => process.exit(1), LONGEST_STOP).unref()
    for (const each of stops.splice(0).reverse()) await each()
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // miniflare's own listener would end this process before it has cleaned up.
    process.removeAllListeners(signal)
    process.on(signal, () => void stop())
  }
  // The parent process may be killed: clean up then too.
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) void stop()
  }, 1_000).unref()

  stops.push(
    announce(stateDir, {
      url: system.runtime.url,
      variables: { ...system.variables, CLOCK_SHIFT_SECONDS: clockShiftOfWorkers(system.variables) },
      polled: system.telegram === undefined,
    }),
  )

  if (system.portal) await handInDemoSession(system, system.portal, PEOPLE.ada)
  if (!system.telegram) {
    console.log(
      `Sportello runs: ${system.runtime.url} (its bot is at ${variables.TELEGRAM_API_ROOT ?? 'Telegram'}). Ctrl-C stops it.`,
    )
    return
  }
  const { telegram } = system
  createPeople(telegram)
  const page = await startChatPage({
    telegram,
    panel: panelSections(system),
    status: (language) => statusTables(system, language),
    port: chatPort,
    now: () => workersNow(system),
  })
  stops.push(() => page.close())
  console.log(greeting(page.url, system.runtime.url))
  await linkDemoStudent(system, PEOPLE.giulia)
  await playDemo(system, PEOPLE.giulia, PEOPLE.elena)
}
