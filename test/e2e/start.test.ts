import { mkdtempSync, rmSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addDays, romeDate } from '../../src/platform/time.ts'
import { PROJECT, type Running, run, start } from '../docs/command.ts'
import { type PortalSimulator, startPortalSimulator } from '../simulators/portal/simulator.ts'
import { startTelegramSimulator, type TelegramSimulator } from '../simulators/telegram/index.ts'

/** `npm start` with variables that name other servers, so that nothing is simulated. */

const ADMIN = 900
const WAIT = { timeoutMs: 60_000 }
const stateDir = mkdtempSync(join(tmpdir(), 'sportello-start-'))
let telegram: TelegramSimulator
let portal: PortalSimulator
let started: Running

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
  started = start('npm start', PROJECT, {
    TELEGRAM_API_ROOT: telegram.url,
    TELEGRAM_BOT_TOKEN: telegram.token,
    PORTAL_ORIGIN: portal.origin,
    SPORTRICK_BASE: 'http://127.0.0.1:9/sportpolimi',
    ADMIN_IDS: String(ADMIN),
    POLL_INTERVAL_SECONDS: '1',
    PORT: '0',
    STATE_DIR: stateDir,
  })
  await started.said(/Sportello runs/)
}, 300_000)

afterAll(async () => {
  if (started?.alive()) started.signal('SIGKILL')
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
  const id = String(portal.offices('TO')[0]?.id)
  portal.setHour(id, '')
  const date = addDays(romeDate(Date.now()), 4)
  portal.freeSlot(id, date, '11:00', 1)
  const alert = await anna.chat.waitFor(/Nuova disponibilità/, WAIT)
  expect(alert.text).toContain(`${date.split('-').reverse().join('/')} ore 11:00`)
}, 150_000)

test('the doctor beside it finds all in order, and its trial alert reaches the operator', async () => {
  const { code, said } = await run('npm run doctor -- --local', PROJECT, { STATE_DIR: stateDir })
  expect(said).not.toContain('✗')
  expect(said).toMatch(/– Commands and descriptions: this Bot API server does not know getMyCommands/)
  expect(code).toBe(0)
  await telegram.world.people.get(ADMIN)?.chat.waitFor(/Avviso di prova/, WAIT)
}, 150_000)

test('a province’s page leads to the bot, whose name nobody told it', async () => {
  const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(started.output()) ?? []
  expect(await (await fetch(`${url}/p/TO`)).text()).toContain('https://t.me/')
})

test('what the server lacks is a warning, not an end', () => {
  expect(started.output()).toMatch(/did not take .*setMyCommands/)
})

test('told to stop, it leaves no process behind', async () => {
  started.signal('SIGTERM')
  expect(await started.ended).toBeOneOf([0, null])
  expect(await readdir(stateDir)).not.toContain('running.json')
  await expect.poll(() => started.alive(), { timeout: 60_000 }).toBe(false)
}, 150_000)
