import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { moveClock, secondsUntil } from '../../scripts/local/clock.ts'
import { type System, startSystem } from '../../scripts/local/system.ts'
import type { SportrickSimulator } from '../simulators/sportrick/simulator.ts'
import type { Person, TelegramSimulator } from '../simulators/telegram/index.ts'

/** The sport path as a student walks it: chat, object, real browser, site. */

const WAIT = { timeoutMs: 60_000 }
const stateDir = mkdtempSync(join(tmpdir(), 'sportello-sport-'))
const logged: string[] = []
let system: System
let telegram: TelegramSimulator
let sportrick: SportrickSimulator
let anna: Person
/** How far this file moved the clock of its process, seconds. */
let moved = 0

/** Presses the first button of the last message that has one like this, and waits until the bot has done with it. */
async function press(pattern: RegExp): Promise<void> {
  const button = anna.chat.last?.keyboard?.inline_keyboard.flat().find(({ text }) => pattern.test(text))
  if (!button || !anna.chat.last) throw new Error(`No button like ${pattern} under: ${anna.chat.last?.text}`)
  await anna.press(anna.chat.last, button.text).answered()
  await telegram.waitForIdle(WAIT)
}

/** Types an answer and waits for the bot's next word. */
async function type(text: string): Promise<void> {
  anna.send(text)
  await telegram.waitForIdle(WAIT)
}

/** The object reads the first schedule on its own, once the account is linked. */
async function firstSchedule(): Promise<void> {
  const db = await system.runtime.database()
  await vi.waitUntil(() => db.prepare('SELECT 1 FROM courses').first(), { timeout: 60_000, interval: 200 })
}

beforeAll(async () => {
  // On a Tuesday at ten, classes of three days are open: at a weekend, none would be.
  moved = secondsUntil(2, '10:00', Date.now())
  moveClock(moved)
  system = await startSystem({
    stateDir,
    port: 0,
    variables: {},
    sportrick: {},
    onLog: (line) => logged.push(line),
  })
  if (!system.telegram || !system.sportrick) throw new Error('the simulators did not start')
  telegram = system.telegram
  sportrick = system.sportrick
  anna = telegram.createUser({ firstName: 'Anna' })
  anna.start()
  await telegram.waitForIdle(WAIT)
}, 600_000)

afterAll(async () => {
  // The process runs other files after this one, and starts commands for them.
  moveClock(-moved)
  await system?.stop()
  rmSync(stateDir, { recursive: true })
})

test('an account is linked in the chat, tried in the browser at once, and what was typed is deleted', async () => {
  const { username, password, otpauth } = sportrick.demo
  await press(/Sport/)
  await press(/Account|Collega/)
  await press(/Preferisco la chat|Collegalo qui/)
  await press(/li scrivo qui/)
  await type(username)
  await type(password)
  await type(otpauth)
  await anna.chat.waitFor(/Account collegato/, WAIT)
  const question = anna.chat.messages.findLast(({ text }) => text.includes('leggere gli orari'))
  if (!question) throw new Error('nobody asked whether the account may read the schedule')
  await anna.press(question, 'Sì, va bene').answered()
  await firstSchedule()
  const seen = anna.chat.messages.map(({ text }) => text).join('\n')
  for (const secret of [password, otpauth]) expect(seen).not.toContain(secret)
}, 120_000)

test('a class is booked by buttons, and "booked" is said once the site’s own list shows it', async () => {
  anna.send('/start')
  await telegram.waitForIdle(WAIT)
  await press(/Sport/)
  await press(/Nuova/)
  await press(/Corsi/)
  await press(/lunedì|martedì|domenica|sabato|mercoledì|giovedì|venerdì/)
  await press(/^\d\d:\d\d .* \d+$/)
  await press(/prenota/i)
  const done = await anna.chat.waitFor(/Prenotato/, WAIT)
  expect(done.text).not.toMatch(/undefined|Error/)
  expect(sportrick.ledger().bookings.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(1)
}, 120_000)

test('nothing that the Workers print holds a password, a code’s key or a cookie of the site', () => {
  const printed = logged.join('\n')
  const { password, otpauth } = sportrick.demo
  const key = /secret=(\w+)/.exec(otpauth)?.[1] ?? ''
  expect(key).not.toBe('')
  for (const secret of [password, key, '.ASPXAUTH_SOCIALBOOKING=']) expect(printed).not.toContain(secret)
})
