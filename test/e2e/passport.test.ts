import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { handInDemoSession } from '../../scripts/local/demo.ts'
import { startSystem, type System } from '../../scripts/local/system.ts'
import { addDays, romeDate } from '../../src/platform/time.ts'
import type { PortalSimulator } from '../simulators/portal/simulator.ts'
import type { TelegramSimulator } from '../simulators/telegram/simulator.ts'
import type { SimMessage } from '../simulators/telegram/types.ts'

const ADMIN = 900
const ANNA = 1001
const BRUNO = 1002

let system: System
let telegram: TelegramSimulator
let portal: PortalSimulator
const logged: string[] = []
const stateDir = mkdtempSync(join(tmpdir(), 'sportello-e2e-'))

const day = (ahead: number) => addDays(romeDate(Date.now()), ahead)
const shown = (date: string) => date.split('-').reverse().join('/')
const fromBot = (pattern: RegExp) => (message: SimMessage) => message.from === 'bot' && pattern.test(message.text)
/** An office of a province without an hour of its own, so that its slots are bookable at any time. */
function office(province: string): string {
  const id = String(portal.offices(province)[0]?.id)
  portal.setHour(id, '')
  return id
}
const count = (chat: number, pattern: RegExp) => telegram.messages(chat).filter(fromBot(pattern)).length

beforeAll(async () => {
  system = await startSystem({
    stateDir,
    port: 0,
    variables: { POLL_INTERVAL_SECONDS: '1', ADMIN_IDS: String(ADMIN) },
    portal: { officesEach: 2 },
    onLog: (line) => logged.push(line),
  })
  if (!system.telegram || !system.portal) throw new Error('the simulators did not start')
  telegram = system.telegram
  portal = system.portal
  telegram.addPerson(ADMIN, 'Ada')
  telegram.addPerson(ANNA, 'Anna')
  telegram.addPerson(BRUNO, 'Bruno', 'en')
  await handInDemoSession(system, portal)
}, 120_000)

afterAll(async () => {
  await system?.stop()
  rmSync(stateDir, { recursive: true })
})

test('a slot freed on the portal reaches its follower once, as the seeds word it, and is struck when taken', async () => {
  const anna = telegram.user(ANNA)
  anna.send('/segui torino')
  await telegram.waitFor(ANNA, fromBot(/Torino/))
  const id = office('TO')
  portal.freeSlot(id, day(3), '10:15', 2)

  const alert = await telegram.waitFor(ANNA, fromBot(/Nuova disponibilità/), 30_000)
  expect(alert.text).toMatch(/^Nuova disponibilità:\nPrima data: \d\d\/\d\d\/\d{4}\nDisponibilità:\n/)
  expect(alert.text).toContain(`${shown(day(3))} ore 10:15`)
  expect(alert.text).toMatch(/Sede: .+\nIndirizzo: .+/)
  expect(JSON.stringify(alert.keyboard)).toContain(
    `${portal.origin}/cittadino/a/sc/wizardAppuntamentoCittadino/sceltaComune`,
  )

  portal.takeSlot(id, day(3), '10:15')
  const struck = await telegram.waitFor(ANNA, (message) => message.id === alert.id && message.editedAt !== undefined, 30_000)
  expect(struck.entities.some((entity) => entity.type === 'strikethrough')).toBe(true)
  expect(count(ANNA, /Nuova disponibilità/)).toBe(0)

  portal.freeSlot(id, day(3), '10:15', 1)
  await telegram.waitFor(ANNA, fromBot(/Nuova disponibilità/), 30_000)
})

test('who follows a province that is watched already gets the summary of what is open', async () => {
  telegram.user(BRUNO).send('/segui TO')
  const summary = await telegram.waitFor(BRUNO, fromBot(/10:15/), 30_000)
  expect(summary.text).toContain(shown(day(3)))
  expect(count(BRUNO, /Nuova disponibilità|New availability/)).toBe(0)
})

test('failed readings of every kind close nothing and announce nothing again', async () => {
  const before = telegram.ledger.length
  const faults = ['500', '429', 'html', 'broken', 'cut', 'slow'] as const
  const reads = portal.requests().length
  for (const kind of faults) portal.fault({ kind, times: 2 } as never)
  await expect.poll(() => portal.requests().length - reads, { timeout: 30_000 }).toBeGreaterThan(20)
  portal.clearFaults()
  const db = await system.runtime.database()
  const open = await db.prepare('SELECT count(*) AS n FROM slots WHERE gone_at IS NULL').first<{ n: number }>()
  expect(open?.n).toBe(1)
  expect(telegram.ledger.slice(before).filter((entry) => /disponibil|availab/i.test(entry.text))).toEqual([])
})

test('when the last session dies its owner is told once, and watching goes on by itself with a new one', async () => {
  portal.expireSession()
  const told = await telegram.waitFor(ADMIN, fromBot(/sessione/i), 30_000)
  expect(told.text).not.toMatch(/undefined|Error/)
  telegram.user(ADMIN).send(`/sessione ${portal.issueSession().asCurl('bash')}`)
  const sent = telegram.messages(ADMIN).findLast((message) => message.from === 'user')
  await expect.poll(() => telegram.world.findMessage(ADMIN, sent?.id ?? 0), { timeout: 15_000 }).toBeUndefined()
  portal.freeSlot(office('TO'), day(5), '12:00', 1)
  await telegram.waitFor(ANNA, fromBot(new RegExp(`${shown(day(5))} ore 12:00`)), 45_000)
  expect(count(ADMIN, /scaduta/i)).toBeLessThanOrEqual(1)
})

test('a chat that blocked the bot is left alone until it writes again', async () => {
  telegram.user(BRUNO).block()
  portal.freeSlot(office('TO'), day(6), '09:30', 1)
  await telegram.waitFor(ANNA, fromBot(new RegExp(`${shown(day(6))} ore 09:30`)), 30_000)
  const db = await system.runtime.database()
  await expect
    .poll(async () => (await db.prepare('SELECT status FROM chats WHERE id = ?').bind(BRUNO).first<{ status: string }>())?.status)
    .toBe('gone')
  telegram.user(BRUNO).unblock()
  telegram.user(BRUNO).send('/mie')
  await expect
    .poll(async () => (await db.prepare('SELECT status FROM chats WHERE id = ?').bind(BRUNO).first<{ status: string }>())?.status)
    .toBe('active')
})

test('a rate limit of Telegram delays a message and loses none', async () => {
  telegram.faults.add({ fault: { kind: 'limit', retryAfterSeconds: 2 }, method: 'sendMessage', chatId: ANNA, times: 1 })
  portal.freeSlot(office('TO'), day(7), '08:30', 1)
  await telegram.waitFor(ANNA, fromBot(new RegExp(`${shown(day(7))} ore 08:30`)), 40_000)
  const told = telegram.ledger.filter((entry) => entry.chatId === ANNA && entry.text.includes(`${shown(day(7))} ore 08:30`))
  expect(told).toHaveLength(1)
})

test('what the Workers print holds no token, cookie or key', () => {
  const printed = logged.join('\n')
  for (const secret of [telegram.token, system.variables.ENCRYPTION_KEY, system.variables.TELEGRAM_WEBHOOK_SECRET]) {
    expect(printed).not.toContain(secret)
  }
  expect(printed).not.toMatch(/JSESSIONID/)
  expect(printed).toContain('"event":"round"')
})
