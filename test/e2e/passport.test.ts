import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { handInDemoSession } from '../../scripts/local/demo.ts'
import { type System, startSystem } from '../../scripts/local/system.ts'
import { addDays, romeDate } from '../../src/platform/time.ts'
import type { PortalSimulator } from '../simulators/portal/simulator.ts'
import type { ChatMessage, Person, TelegramSimulator } from '../simulators/telegram/index.ts'

let system: System
let telegram: TelegramSimulator
let portal: PortalSimulator
let ada: Person
let anna: Person
let bruno: Person
const ADMIN = 900
const logged: string[] = []
const stateDir = mkdtempSync(join(tmpdir(), 'sportello-e2e-'))
const WAIT = { timeoutMs: 40_000 }

const day = (ahead: number) => addDays(romeDate(Date.now()), ahead)
const shown = (date: string) => date.split('-').reverse().join('/')
const slotText = (ahead: number, time: string) => `${shown(day(ahead))} ore ${time}`

/** An office without an hour of its own, so that its slots are bookable at any time. */
function office(province: string): string {
  const id = String(portal.offices(province)[0]?.id)
  portal.setHour(id, '')
  return id
}

const sentTo = (person: Person, pattern: RegExp) =>
  telegram.ledger.sent.filter((entry) => entry.chatId === person.id && pattern.test(entry.text))

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
  ada = telegram.createUser({ id: ADMIN, firstName: 'Ada' })
  anna = telegram.createUser({ firstName: 'Anna' })
  bruno = telegram.createUser({ firstName: 'Bruno' })
  for (const person of [ada, anna, bruno]) {
    person.start()
    await person.chat.waitFor(() => true)
  }
  await handInDemoSession(system, portal, ada.id)
}, 120_000)

afterAll(async () => {
  await system?.stop()
  rmSync(stateDir, { recursive: true })
})

test('a slot freed on the portal reaches its follower once, as the seeds word it, and is struck when taken', async () => {
  anna.send('/segui torino')
  await anna.chat.waitFor(/Torino/)
  const id = office('TO')
  portal.freeSlot(id, day(3), '10:15', 2)

  const alert: ChatMessage = await anna.chat.waitFor(/Nuova disponibilità/, WAIT)
  expect(alert.text).toMatch(
    /^Torino: 2 posti, .+ 10:15\nNuova disponibilità:\nPrima data: \d\d\/\d\d\/\d{4}\nDisponibilità:\n/,
  )
  expect(alert.text).toContain(slotText(3, '10:15'))
  expect(alert.text).toMatch(/Sede: .+\nIndirizzo: .+/)
  expect(JSON.stringify(alert.keyboard)).toContain(
    `${portal.origin}/cittadino/a/sc/wizardAppuntamentoCittadino/sceltaComune`,
  )

  portal.takeSlot(id, day(3), '10:15')
  const struck = await anna.chat.waitFor(
    (message) => message.id === alert.id && message.editedAt !== undefined,
    WAIT,
  )
  expect(struck.entities.some((entity) => entity.type === 'strikethrough')).toBe(true)

  portal.freeSlot(id, day(3), '10:15', 1)
  await anna.chat.waitFor(/Nuova disponibilità/, WAIT)
  expect(sentTo(anna, /Nuova disponibilità/)).toHaveLength(2)
})

test('who follows a province that is watched already gets the summary of what is open', async () => {
  bruno.send('/segui TO')
  const summary = await bruno.chat.waitFor(/10:15/, WAIT)
  expect(summary.text).toContain(shown(day(3)))
  expect(sentTo(bruno, /Nuova disponibilità/)).toEqual([])
})

test('failed readings of every kind close nothing and announce nothing again', async () => {
  const before = telegram.ledger.accepted.length
  const kinds = [
    'server-error',
    'too-many',
    'html',
    'broken-json',
    'cut',
    'truncated',
    'wrong-types',
  ] as const
  for (const kind of kinds) {
    const reads = portal.requests().filter((request) => request.fault === kind).length
    portal.fault({ kind, times: 1, province: 'TO' })
    await expect
      .poll(() => portal.requests().filter((request) => request.fault === kind).length, { timeout: 30_000 })
      .toBe(reads + 1)
  }
  portal.clearFaults()
  const db = await system.runtime.database()
  const open = await db
    .prepare('SELECT count(*) AS n FROM slots WHERE gone_at IS NULL')
    .first<{ n: number }>()
  expect(open?.n).toBe(1)
  const told = telegram.ledger.accepted.slice(before).filter((entry) => /disponibil/i.test(entry.text))
  expect(told).toEqual([])
}, 120_000)

test('when the last session expires its owner is notified once, and polling resumes by itself with a new one', async () => {
  portal.expireSession()
  const told = await ada.chat.waitFor(/scaduta/i, WAIT)
  expect(told.text).toContain('/sessione')
  const secret = ada.send(`/sessione ${portal.issueSession().asCurl.bash}`)
  await ada.chat.waitFor(/funziona/, WAIT)
  expect(ada.chat.messages.some((message) => message.id === secret.id)).toBe(false)
  portal.freeSlot(office('TO'), day(5), '12:00', 1)
  await anna.chat.waitFor((message) => message.text.includes(slotText(5, '12:00')), WAIT)
  expect(sentTo(ada, /scaduta/i)).toHaveLength(1)
}, 120_000)

test('a chat that blocked the bot is left alone until it writes again', async () => {
  const db = await system.runtime.database()
  const status = async () =>
    (await db.prepare('SELECT status FROM chats WHERE id = ?').bind(bruno.id).first<{ status: string }>())
      ?.status
  bruno.block()
  portal.freeSlot(office('TO'), day(6), '09:30', 1)
  await anna.chat.waitFor((message) => message.text.includes(slotText(6, '09:30')), WAIT)
  await expect.poll(status, { timeout: 15_000 }).toBe('gone')
  bruno.unblock()
  bruno.send('/mie')
  await expect.poll(status, { timeout: 15_000 }).toBe('active')
})

test('a rate limit of Telegram delays a message and loses none', async () => {
  telegram.faults.next(
    { type: 'too-many-requests', retryAfter: 2, hold: true },
    { method: 'sendMessage', chatId: anna.id },
  )
  portal.freeSlot(office('TO'), day(7), '08:30', 1)
  await anna.chat.waitFor((message) => message.text.includes(slotText(7, '08:30')), WAIT)
  expect(sentTo(anna, new RegExp(slotText(7, '08:30')))).toHaveLength(1)
})

test('what the Workers print holds no token, cookie or key', () => {
  const printed = logged.join('\n')
  for (const secret of [
    telegram.token,
    system.variables.ENCRYPTION_KEY,
    system.variables.TELEGRAM_WEBHOOK_SECRET,
  ]) {
    expect(printed).not.toContain(secret)
  }
  expect(printed).not.toMatch(/JSESSIONID/)
  expect(printed).toContain('"event":"round"')
})

test('in a forum, replies and alerts go to the topic that asked, and to another one when it is closed', async () => {
  const forum = telegram.createGroup({ title: 'Viaggi', creator: anna, type: 'supergroup' })
  const topic = forum.createTopic(anna, 'Passaporti')
  const other = forum.createTopic(anna, 'Altro')
  anna.send('/segui AO', { in: forum, topic })
  const reply = await forum.waitFor(/Ora segui Aosta/, WAIT)
  expect(reply.threadId).toBe(topic.id)
  const id = office('AO')
  portal.freeSlot(id, day(4), '09:00', 1)
  expect((await forum.waitFor(/Nuova disponibilità/, WAIT)).threadId).toBe(topic.id)
  topic.closed = true
  portal.freeSlot(id, day(4), '09:30', 1)
  expect((await forum.waitFor(/09:30/, WAIT)).threadId).toBe(undefined)
  forum.generalClosed = true
  anna.send('/mie', { in: forum, topic: other })
  await forum.waitFor(/Le province che segui/, WAIT)
  portal.freeSlot(id, day(4), '10:00', 1)
  expect((await forum.waitFor(/10:00/, WAIT)).threadId).toBe(other.id)
})
