import { startChatPage } from '../../test/simulators/chat-page/chat-page.ts'
import { createPeople, handInDemoSession, linkDemoStudent, playDemo } from './demo.ts'
import { PEOPLE, panelSections, statusTables } from './panel.ts'
import { announce } from './running.ts'
import { clockShiftOfWorkers } from './runtime.ts'
import type { LocalSettings } from './settings.ts'
import { startSystem } from './system.ts'

/** Lines of the Workers that the terminal shows: what was survived, and what was not. */
const SHOWN = new Set(['warn', 'error'])

/** A stop that takes longer is ended, ms. */
const LONGEST_STOP = 10_000

/** Runs the whole system until the process is told to stop; then stops everything that it started. */
export async function startLocally({ variables, port, stateDir }: LocalSettings): Promise<void> {
  const simulated = !variables.TELEGRAM_API_ROOT && !variables.TELEGRAM_BOT_TOKEN
  const system = await startSystem({
    variables: { ...(simulated && { ADMIN_IDS: String(PEOPLE.ada) }), ...variables },
    port,
    stateDir,
    telegram: { latencyMs: 40 },
    portal: { officesEach: 2 },
    sportrick: { lively: true },
    onLog: (line, level) => {
      // Our own lines are JSON; a library's chatter is left out.
      if (SHOWN.has(level) && line.startsWith('{')) console.error(line)
    },
    warn: (line) => console.warn(line),
  })
  const stops: (() => unknown)[] = [() => system.stop()]
  let stopping = false
  const stop = async () => {
    // At a Ctrl-C both the terminal and npm tell us.
    if (stopping) return
    stopping = true
    setTimeout(() => process.exit(1), LONGEST_STOP).unref()
    for (const each of stops.splice(0).reverse()) await each()
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // miniflare's own listener would end this process before it has tidied up.
    process.removeAllListeners(signal)
    process.on(signal, () => void stop())
  }
  // Whoever started us may be killed without a word: nothing stays behind then either.
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
      `Sportello runs: ${system.runtime.url} (its bot is at ${variables.TELEGRAM_API_ROOT}). Ctrl-C stops it.`,
    )
    return
  }
  const { telegram } = system
  createPeople(telegram)
  const page = await startChatPage({
    telegram,
    panel: panelSections(system),
    status: () => statusTables(system),
    port: port === 0 ? 0 : port + 1,
  })
  stops.push(() => page.close())
  console.log(`\n  Sportello runs. Open ${page.url} and chat with the bot. Ctrl-C stops everything.\n`)
  await linkDemoStudent(system, PEOPLE.giulia)
  await playDemo(system, PEOPLE.giulia, PEOPLE.elena)
}
