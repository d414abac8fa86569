import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { joinNegative } from '../../scripts/command.ts'
import { ChatAlerts } from '../../scripts/watch/chat-alerts.ts'
import { nextSession, readSessionFiles } from '../../scripts/watch/session-file.ts'
import { Watcher } from '../../scripts/watch/watcher.ts'
import type { PortalClient } from '../../src/passport/portal/portal-client.ts'
import type { KnownOffice } from '../../src/passport/rules/known-office.ts'

/** The watcher's own delivery against a Bot API that refuses in every way. */

type Refusal = { code: number; description: string; parameters?: object } | 'cut'

let server: Server
let refusals: Refusal[]
let calls: { method: string; chat: number; text: string; id?: number }[]
let waits: number[]
let said: string[]
let url: string

beforeEach(async () => {
  refusals = []
  calls = []
  waits = []
  said = []
  let id = 0
  server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { chat_id: chat, text, message_id } = JSON.parse(body || '{}')
    const refusal = refusals.shift()
    if (refusal === 'cut') return void request.socket.destroy()
    if (!refusal) {
      calls.push({ method: request.url?.split('/').at(-1) ?? '', chat, text, id: message_id })
      id += 1
    }
    response.writeHead(refusal?.code ?? 200, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify(
        refusal
          ? {
              ok: false,
              error_code: refusal.code,
              description: refusal.description,
              parameters: refusal.parameters,
            }
          : { ok: true, result: { message_id: message_id ?? id } },
      ),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

const alerts = () =>
  new ChatAlerts({
    token: '1:t',
    apiRoot: url,
    chatId: -100,
    portalOrigin: 'https://portal.example.org',
    province: 'TO',
    language: 'it',
    say: (line) => said.push(line),
    sleep: async (ms) => {
      waits.push(ms)
    },
  })

const OFFICE: KnownOffice = {
  id: '7',
  code: 'TOPQ60',
  name: 'Questura',
  address: 'Via Uno 1',
  city: 'Torino',
  firstDate: null,
  bookableFrom: null,
  listed: true,
  doubtSince: null,
  slots: [],
  vanished: [],
  restored: 0,
}
const alertOf = (kind: 'new' | 'gone' | 'restored', ...times: string[]) =>
  ({
    kind,
    officeId: '7',
    slots: times.map((time) => ['2027-01-11', time]),
    bookableAt: null,
  }) as unknown as Parameters<ChatAlerts['announce']>[0]
const placesOf = (...times: string[]) => new Map(times.map((time) => [`2027-01-11 ${time}`, 1]))

const many = (count: number, refusal: Refusal) => Array.from({ length: count }, () => refusal)
const tooMany: Refusal = { code: 429, description: 'Too Many Requests', parameters: { retry_after: 3 } }

test.each<[string, Refusal[]]>([
  ['six 429s', many(6, tooMany)],
  ['a Telegram that is out of reach for a while', many(8, 'cut')],
  [
    'a chat that blocked the bot for a while',
    many(4, { code: 403, description: 'Forbidden: bot was kicked' }),
  ],
  [
    'rights that were missing for a while',
    many(3, { code: 400, description: 'Bad Request: not enough rights' }),
  ],
  ['a token that is refused for a while', many(3, { code: 401, description: 'Unauthorized' })],
  ['an outage', many(5, { code: 502, description: 'Bad Gateway' })],
])('after %s the alert arrives, once', async (_, wall) => {
  refusals = [...wall]
  const chat = alerts()
  chat.announce(alertOf('new', '10:00'), OFFICE, placesOf('10:00'))
  await chat.settled(20_000)
  expect(chat.waiting).toBe(0)
  expect(calls.map(({ method }) => method)).toEqual(['sendMessage'])
  expect(waits).toHaveLength(wall.length)
  expect(Math.max(...waits)).toBeLessThanOrEqual(60_000)
})

test('429 waits as long as Telegram says; a refusal that lasts is said once, and so is its end', async () => {
  refusals = [tooMany, ...many(5, { code: 403, description: 'Forbidden: bot was blocked by the user' })]
  const chat = alerts()
  chat.announce(alertOf('new', '10:00'), OFFICE, placesOf('10:00'))
  await chat.settled(20_000)
  expect(waits[0]).toBe(3_000)
  expect(said).toEqual([expect.stringMatching(/Alerts wait.*blocked/), 'Telegram takes messages again.'])
})

test('a group that became a supergroup is followed to its new id', async () => {
  refusals = [
    {
      code: 400,
      description: 'Bad Request: group chat was upgraded',
      parameters: { migrate_to_chat_id: -100555 },
    },
  ]
  const chat = alerts()
  chat.announce(alertOf('new', '10:00'), OFFICE, placesOf('10:00'))
  await chat.settled(20_000)
  chat.announce(alertOf('new', '11:00'), OFFICE, placesOf('11:00'))
  await chat.settled(20_000)
  expect(calls.map(({ chat: id }) => id)).toEqual([-100555, -100555])
  expect(said.join()).toContain('-100555')
})

test('slots taken during a Telegram outage are not announced; slots already sent are crossed out', async () => {
  const chat = alerts()
  chat.announce(alertOf('new', '09:00', '10:00'), OFFICE, placesOf('09:00', '10:00'))
  await chat.settled(20_000)
  refusals = many(2, 'cut')
  chat.announce(alertOf('new', '12:00'), OFFICE, placesOf('12:00'))
  chat.crossOut(alertOf('gone', '12:00', '09:00'))
  await chat.settled(20_000)
  expect(calls.map(({ method, id }) => [method, id])).toEqual([
    ['sendMessage', undefined],
    ['editMessageText', 1],
  ])
})

test('what a reset took away is crossed out, and restored by an edit; an alert that was never sent is sent', async () => {
  const chat = alerts()
  chat.announce(alertOf('new', '09:00', '10:00'), OFFICE, placesOf('09:00', '10:00'))
  await chat.settled(20_000)
  chat.crossOut(alertOf('gone', '09:00', '10:00'))
  await chat.settled(20_000)
  refusals = many(2, 'cut')
  chat.announce(alertOf('new', '12:00'), OFFICE, placesOf('12:00'))
  chat.crossOut(alertOf('gone', '12:00'))
  await chat.settled(20_000)
  expect(calls.at(-1)?.text).toContain('posti finiti')
  chat.restore(alertOf('restored', '09:00', '10:00', '12:00'))
  await chat.settled(20_000)
  expect(calls.map(({ method, id }) => [method, id])).toEqual([
    ['sendMessage', undefined],
    ['editMessageText', 1],
    ['editMessageText', 1],
    ['sendMessage', undefined],
  ])
  expect(calls[2]?.text).toBe(calls[0]?.text)
  expect(chat.waiting).toBe(0)
})

test('a nightly reset is not announced again; a single slot that returns is', async () => {
  let at = Date.parse('2026-11-20T10:00:00Z')
  let times = ['09:00', '10:00', '11:00', '12:00']
  const ok = <Value>(value: Value) => Promise.resolve({ ok: true as const, value })
  const client = {
    listOffices: () => ok([{ ...OFFICE, firstDate: times.length > 0 ? '2026-12-01' : null }]),
    readMonth: (_: string, month: string) =>
      ok(month === '2026-12' ? times.map((time) => ({ date: '2026-12-01', time, places: 1 })) : []),
  } as unknown as PortalClient
  const watcher = new Watcher('TO')
  const look = async (...open: string[]) => {
    times = open
    at += 60_000
    const seen = await watcher.look(client, () => at)
    return seen.ok ? seen.alerts.map(({ kind, slots }) => [kind, ...slots.map(([, time]) => time)]) : seen
  }
  expect(await look(...times)).toEqual([['open', '09:00', '10:00', '11:00', '12:00']])
  expect(await look()).toEqual([['gone', '09:00', '10:00', '11:00', '12:00']])
  expect(await look('09:00', '10:00')).toEqual([['restored', '09:00', '10:00']])
  expect(await look('09:00', '10:00', '11:00', '12:00')).toEqual([['restored', '11:00', '12:00']])
  expect(await look('09:00', '10:00', '11:00')).toEqual([['gone', '12:00']])
  expect(await look('09:00', '10:00', '11:00', '12:00')).toEqual([['open', '12:00']])
  await look()
  at += 3_600_000
  expect(await look('09:00', '10:00')).toEqual([['open', '09:00', '10:00']])
})

test('a message that Telegram refuses for good does not hold up the others', async () => {
  // With the buttons that copy, and without them.
  refusals = Array.from({ length: 2 }, () => ({
    code: 400,
    description: 'Bad Request: message text is empty',
  }))
  const chat = alerts()
  chat.announce(alertOf('new', '10:00'), OFFICE, placesOf('10:00'))
  chat.announce(alertOf('new', '11:00'), OFFICE, placesOf('11:00'))
  await chat.settled(20_000)
  expect(calls).toHaveLength(1)
  expect(calls[0]?.text).toContain('11:00')
  expect(said.join()).toMatch(/left out/)
})

test('a session file behind a symbolic link is noticed when its target changes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sportello-link-'))
  try {
    const target = join(folder, 'elsewhere')
    const cookieFile = join(folder, 'cookie')
    writeFileSync(target, 'JSESSIONID=old')
    symlinkSync(target, cookieFile)
    const expired = readSessionFiles({ cookieFile }, 'https://p.it')
    const renewed = nextSession({ cookieFile }, 'https://p.it', expired, new AbortController().signal)
    writeFileSync(`${target}.new`, 'JSESSIONID=new')
    renameSync(`${target}.new`, target)
    expect((await renewed)?.cookies).toEqual({ JSESSIONID: 'new' })
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('waiting for a session ends when it is aborted', async () => {
  const stopping = new AbortController()
  const waiting = nextSession(
    { cookieFile: '/nowhere' },
    'https://p.it',
    { cookies: {}, csrf: null, csrfAt: 0 },
    stopping.signal,
  )
  stopping.abort()
  expect(await waiting).toBeUndefined()
})

test('a group’s id is a value, though it begins with a minus', () => {
  const options = { chat: { type: 'string' }, once: { type: 'boolean' } } as const
  expect(joinNegative(['--chat', '-1001234567890', '--once'], options)).toEqual([
    '--chat=-1001234567890',
    '--once',
  ])
  expect(joinNegative(['--chat=-5', '--once', '-1'], options)).toEqual(['--chat=-5', '--once', '-1'])
})
