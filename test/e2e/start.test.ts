import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addDays, romeDate } from '../../src/platform/time.ts'
import { type PortalSimulator, startPortalSimulator } from '../simulators/portal/simulator.ts'
import { startTelegramSimulator, type TelegramSimulator } from '../simulators/telegram/index.ts'

/** `npm start` as somebody else's program uses it: other servers named by variables, nothing simulated beside them. */

const ADMIN = 900
const WAIT = { timeoutMs: 60_000 }
const stateDir = mkdtempSync(join(tmpdir(), 'sportello-start-'))
let telegram: TelegramSimulator
let portal: PortalSimulator
let child: ChildProcess
let said = ''
let doctor: Promise<{ code: number | null; output: string }>

/** `npm run doctor -- --local` beside the running system; its trial alert waits for the dispatcher's cron. */
function examineWithDoctor(): Promise<{ code: number | null; output: string }> {
  const examined = spawn('node', ['scripts/doctor.ts', '--local'], {
    cwd: resolve(import.meta.dirname, '../..'),
    env: { ...process.env, STATE_DIR: stateDir },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  examined.stdout.on('data', (chunk: Buffer) => {
    output += chunk
  })
  return new Promise((fulfil) => examined.on('close', (code) => fulfil({ code, output })))
}

beforeAll(async () => {
  telegram = await startTelegramSimulator({ token: '77:other-token' })
  telegram.faults.switchOff(
    'getMyCommands',
    'setMyCommands',
    'setChatMenuButton',
    'setMyDescription',
    'setMyShortDescription',
  )
  portal = await startPortalSimulator({ provinces: ['TO', 'RM'], officesEach: 1 })
  child = spawn('node', ['scripts/start.ts'], {
    cwd: resolve(import.meta.dirname, '../..'),
    env: {
      ...process.env,
      TELEGRAM_API_ROOT: telegram.url,
      TELEGRAM_BOT_TOKEN: telegram.token,
      PORTAL_ORIGIN: portal.origin,
      SPORTRICK_BASE: 'http://127.0.0.1:9/sportpolimi',
      ADMIN_IDS: String(ADMIN),
      POLL_INTERVAL_SECONDS: '1',
      PORT: '0',
      STATE_DIR: stateDir,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const started = Promise.withResolvers<void>()
  const read = (chunk: Buffer) => {
    said += chunk
    if (said.includes('Sportello runs')) started.resolve()
  }
  child.stdout?.on('data', read)
  child.stderr?.on('data', read)
  child.on('exit', (code) => started.reject(new Error(`npm start ended with ${code}:\n${said}`)))
  await started.promise
}, 120_000)

afterAll(async () => {
  await telegram?.close()
  await portal?.close()
  rmSync(stateDir, { recursive: true })
})

test('the named portal waits for /sessione, then a slot freed there reaches who follows', async () => {
  const ada = telegram.createUser({ id: ADMIN, firstName: 'Ada' })
  const anna = telegram.createUser({ firstName: 'Anna' })
  anna.start()
  await anna.chat.waitFor(() => true, WAIT)
  anna.send('/segui torino')
  await anna.chat.waitFor(/Torino/, WAIT)
  expect(portal.requests()).toEqual([])

  ada.send(`/sessione ${portal.issueSession().asCurl.windows}`)
  await ada.chat.waitFor(/funziona/, WAIT)
  doctor = examineWithDoctor()
  const id = String(portal.offices('TO')[0]?.id)
  portal.setHour(id, '')
  const date = addDays(romeDate(Date.now()), 4)
  portal.freeSlot(id, date, '11:00', 1)
  const alert = await anna.chat.waitFor(/Nuova disponibilità/, WAIT)
  expect(alert.text).toContain(`${date.split('-').reverse().join('/')} ore 11:00`)
}, 150_000)

test('the doctor beside it finds all in order, and its trial alert reaches the operator', async () => {
  const { code, output } = await doctor
  expect(output).not.toContain('✗')
  expect(output).toMatch(/– Commands and descriptions: this Bot API server does not know getMyCommands/)
  expect(code).toBe(0)
  await telegram.world.people.get(ADMIN)?.chat.waitFor(/Avviso di prova/, WAIT)
}, 150_000)

test('a province’s page leads to the bot, whose name nobody told it', async () => {
  const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(said) ?? []
  expect(await (await fetch(`${url}/p/TO`)).text()).toContain('https://t.me/')
})

test('what the server lacks is a warning, not an end', () => {
  expect(said).toMatch(/did not take .*setMyCommands/)
})

test('told to stop, it leaves no process behind', async () => {
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const workerd = await childrenOf(child.pid ?? 0)
  expect(workerd.length).toBeGreaterThan(0)
  child.kill('SIGTERM')
  expect(await exited).toBe(0)
  expect(await readdir(stateDir)).not.toContain('running.json')
  await expect.poll(() => workerd.filter(alive), { timeout: 20_000 }).toEqual([])
}, 60_000)

/** Processes that a process started. */
async function childrenOf(pid: number): Promise<number[]> {
  const found: number[] = []
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const status = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '')
    if (Number(status.slice(status.lastIndexOf(')') + 2).split(' ')[1]) === pid) found.push(Number(entry))
  }
  return found
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
