import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { addDays, romeDate } from '../../src/platform/time.ts'
import { type PortalSimulator, startPortalSimulator } from '../simulators/portal/simulator.ts'
import { startTelegramSimulator, type TelegramSimulator } from '../simulators/telegram/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'sportello-watch-'))
const cookieFile = join(folder, 'cookie_token')
const csrfFile = join(folder, 'xcsrf_token')
const WAIT = { timeoutMs: 30_000 }
let portal: PortalSimulator
let telegram: TelegramSimulator
let child: ChildProcess | undefined

/** The watcher as a process; `said` waits for what it prints. */
function watch(...args: string[]) {
  const running = spawn(process.execPath, ['scripts/watch.ts', '--province', 'torino', ...args], {
    cwd: resolve(import.meta.dirname, '../..'),
    env: {
      ...process.env,
      PORTAL_ORIGIN: portal.origin,
      TELEGRAM_API_ROOT: telegram.url,
      TELEGRAM_BOT_TOKEN: telegram.token,
      NO_COLOR: '1',
    },
  })
  child = running
  let output = ''
  const listeners = new Set<() => void>()
  for (const stream of [running.stdout, running.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
      for (const listener of listeners) listener()
    })
  }
  return {
    ended: new Promise<number | null>((done) => running.once('exit', done)),
    output: () => output,
    said: (pattern: RegExp) =>
      new Promise<void>((done, fail) => {
        const timer = setTimeout(() => fail(new Error(`never said ${pattern}:\n${output}`)), WAIT.timeoutMs)
        const look = () => {
          if (!pattern.test(output)) return
          clearTimeout(timer)
          listeners.delete(look)
          done()
        }
        listeners.add(look)
        look()
      }),
  }
}

function handOver() {
  const session = portal.issueSession()
  writeFileSync(csrfFile, session.csrf)
  writeFileSync(cookieFile, session.cookie)
}

const day = addDays(romeDate(Date.now()), 3)
const FILES = ['--cookie-file', cookieFile, '--csrf-file', csrfFile]
let office: string

beforeAll(async () => {
  portal = await startPortalSimulator({ provinces: ['TO'], officesEach: 1 })
  telegram = await startTelegramSimulator({ anyoneExists: true })
  office = String(portal.offices('TO')[0]?.id)
  portal.setHour(office, '')
  handOver()
})
afterEach(() => {
  child?.kill()
})
afterAll(async () => {
  await portal.close()
  await telegram.close()
  rmSync(folder, { recursive: true })
})

test('once, as JSON: the open slots, and nothing else on the output', async () => {
  portal.freeSlot(office, day, '10:00', 2)
  const once = watch('--once', '--json', ...FILES)
  expect(await once.ended).toBe(0)
  const found = JSON.parse(once.output())
  expect(found).toMatchObject({ province: 'TO', read: true })
  expect(found.offices[0].slots).toMatchObject([{ date: day, time: '10:00', places: 2 }])
}, 60_000)

test('tells the chat of new slots, crosses out closed ones, waits for a new session and continues', async () => {
  const person = telegram.createUser({ id: 4242 })
  person.start()
  const watcher = watch('--interval', '5', '--chat', '4242', ...FILES)
  const alert = await person.chat.waitFor(/Nuova disponibilità/, WAIT)
  expect(alert.text).toContain('10:00')
  // Nobody would answer a button of the bot.
  expect(alert.keyboard?.inline_keyboard.flat().some((button) => 'callback_data' in button)).toBe(false)
  expect(alert.keyboard?.inline_keyboard.flat().some((button) => 'url' in button)).toBe(true)

  portal.takeSlot(office, day, '10:00')
  const crossedOut = await person.chat.waitFor(
    (message) => message.id === alert.id && message.editedAt !== undefined,
    WAIT,
  )
  expect(crossedOut.entities.some((entity) => entity.type === 'strikethrough')).toBe(true)

  portal.expireSession('403')
  await watcher.said(/session has expired/)
  handOver()
  portal.freeSlot(office, day, '12:30', 1)
  await person.chat.waitFor(/12:30/, WAIT)
  child?.kill('SIGINT')
  expect(await watcher.ended).toBe(0)
  expect(watcher.output()).toMatch(/Stopped/)
}, 120_000)

test('a wrong setting is said in a sentence, with what to do', async () => {
  const nowhere = watch('--once', '--cookie-file', join(folder, 'none'))
  expect(await nowhere.ended).toBe(1)
  expect(nowhere.output()).toMatch(/There is no file .*none/)
})
