import { sql } from 'drizzle-orm'
import { beforeAll, beforeEach, expect, inject, test, vi } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { type RemotePortal, startRemotePortal } from '../simulators/portal/remote.ts'
import { harness } from './harness.worker.ts'
import { Person } from './person.ts'

const OPERATOR = 900
const toTheWorld = globalThis.fetch
const bot = harness()
let portal: RemotePortal
let ada: Person

beforeAll(async () => {
  vi.stubGlobal('fetch', (input: RequestInfo | URL, init?: RequestInit) => {
    const { hostname } = new URL(input instanceof Request ? input.url : input)
    return hostname === '127.0.0.1' ? toTheWorld(input, init) : bot.telegram.fetch(input, init)
  })
  portal = await startRemotePortal(inject('portalFactory'), { provinces: ['RM'], officesEach: 3 })
  bot.edgeEnv.PORTAL_ORIGIN = portal.origin
  bot.edgeEnv.ADMIN_IDS = String(OPERATOR)
})

beforeEach(async () => {
  await transact(bot.db, [sql`DELETE FROM portal_sessions`, sql`DELETE FROM state`, sql`DELETE FROM chats`])
  bot.telegram.calls.length = 0
  bot.telegram.refuse = () => undefined
  ada = new Person(bot.telegram, bot.deliver, { id: OPERATOR, type: 'private' })
})

const sessions = () => bot.rows(sql`SELECT id, owner_id, health FROM portal_sessions ORDER BY id`)
const deleted = () =>
  bot.telegram.calls
    .filter(({ method }) => method === 'deleteMessage')
    .map(({ payload }) => payload.message_id)
const idOf = (message: object) => (message as { message_id: number }).message_id

test('an operator hands a session in with the command, and the message is taken out of the chat', async () => {
  const { asCurl } = await portal.issueSession()
  const message = ada.message({ text: `/sessione ${asCurl.bash}` })
  await ada.sends({ message })
  expect(ada.shown.text).toMatch(/funziona.*3 sedi/)
  expect(deleted()).toEqual([idOf(message)])
  expect(await sessions()).toMatchObject([{ owner_id: OPERATOR, health: 'good' }])
  expect((await bot.chatRow(OPERATOR))?.awaiting).toBeNull()
})

test('or with the message after it', async () => {
  expect((await ada.types('/sessione')).text).toContain(portal.origin)
  const { asCurl } = await portal.issueSession()
  const message = ada.message({ text: asCurl.windows })
  await ada.sends({ message })
  expect(ada.shown.text).toMatch(/funziona/)
  expect(deleted()).toContain(idOf(message))
})

test('a text that does not do is said why, deleted all the same, and the next one is still taken', async () => {
  await ada.types('/sessione')
  expect((await ada.types('che cosa?')).text).toMatch(/nessun cookie/)
  expect((await ada.types('AGPID=1')).text).toMatch(/JSESSIONID/)
  expect((await ada.types('JSESSIONID=old')).text).toMatch(/non riconosce/)
  expect(deleted()).toHaveLength(4)
  expect(await sessions()).toEqual([])
  expect((await ada.types((await portal.issueSession()).cookie)).text).toMatch(/funziona/)
})

test('a portal that does not answer is said, and the session kept', async () => {
  await portal.fault({ kind: 'server-error' })
  expect((await ada.types(`/sessione ${(await portal.issueSession()).cookie}`)).text).toMatch(
    /Ho tenuto la sessione/,
  )
  await portal.clearFaults()
  expect(await sessions()).toMatchObject([{ health: 'good' }])
})

test('a message that cannot be deleted is said, so that the operator deletes it', async () => {
  bot.telegram.refuse = (method) =>
    method === 'deleteMessage'
      ? { error_code: 400, description: "Bad Request: message can't be deleted" }
      : undefined
  const shown = await ada.types(`/sessione ${(await portal.issueSession()).cookie}`)
  expect(shown.text).toMatch(/funziona/)
  expect(shown.text).toMatch(/cancellalo tu/)
})

test('the rest of a text that Telegram cut in two is deleted too', async () => {
  const { cookie } = await portal.issueSession()
  const long = `/sessione curl '${portal.origin}' -b '${cookie}' --data-raw '${'x'.repeat(4_050)}`
  expect((await ada.types(long.slice(0, 4_096))).text).toMatch(/funziona/)
  const rest = ada.message({ text: `xxxxx' -H 'x-secret: y'` })
  await ada.sends({ message: rest })
  expect(deleted()).toContain(idOf(rest))
  expect((await bot.chatRow(OPERATOR))?.awaiting).toBeNull()
})

test('anyone else is told politely that there is no such command, and nothing is tried or kept', async () => {
  const stranger = bot.someone()
  await portal.forgetRequests()
  for (const text of [
    `/sessione ${(await portal.issueSession()).cookie}`,
    '/sessioni',
    '/session',
    '/sessions',
  ]) {
    expect((await stranger.types(text)).text).toMatch(/non lo conosco/)
  }
  await stranger.pressesData('1:portal-sessions')
  expect(stranger.shown.text).toMatch(/non lo conosco/)
  await stranger.pressesData('1:portal-remove:1:yes')
  expect(stranger.shown.text).toMatch(/non lo conosco/)
  expect(await portal.requests()).toEqual([])
  expect(await sessions()).toEqual([])
})

test('in a group the operator’s message is deleted and nothing is tried; others get no answer', async () => {
  const member = bot.inGroup(333)
  await member.sends({ message: member.message({ text: '/sessione JSESSIONID=x' }) })
  expect(member.messageCount).toBe(0)
  const operator = bot.inGroup(OPERATOR)
  await operator.types(`/sessione ${(await portal.issueSession()).cookie}`)
  expect(operator.shown.text).toMatch(/privato/)
  expect(deleted()).toHaveLength(1)
  expect(await sessions()).toEqual([])
})

test('the list shows health and age, and removes: a good one after a question, a dead one at once', async () => {
  expect((await ada.types('/sessioni')).text).toMatch(/nessuna sessione/)
  await ada.types(`/sessione ${(await portal.issueSession()).cookie}`)
  await ada.types(`/sessione ${(await portal.issueSession()).cookie}`)
  const [dead, good] = (await sessions()).map(({ id }) => Number(id))
  await transact(bot.db, [
    sql`UPDATE portal_sessions SET health = 'dead', died_at = ${bot.time.now - 7_200_000}, created_at = ${bot.time.now - 86_400_000}
        WHERE id = ${dead ?? 0}`,
  ])
  const list = await ada.types('/sessioni')
  expect(list.text).toMatch(new RegExp(`🟢 ${good} \\(tua\\)`))
  expect(list.text).toMatch(new RegExp(`🔴 ${dead} \\(tua\\).*1 giorno.*scaduta 2 ore`))
  expect((await ada.presses(`Togli la ${dead}`)).text).not.toMatch(/🔴/)
  expect((await ada.presses(`Togli la ${good}`)).text).toMatch(/Tolgo la sessione/)
  expect(await sessions()).toHaveLength(1)
  expect((await ada.presses('Sì')).text).toMatch(/nessuna sessione/)
  expect(await sessions()).toEqual([])
  expect(await bot.rows(sql`SELECT 1 FROM state WHERE name = 'polling-paused'`)).toHaveLength(1)
  await ada.pressesData(`1:portal-remove:${good}:yes`)
  await ada.pressesData('1:portal-remove:nonsense')
  expect(ada.shown.text).toMatch(/nessuna sessione/)
})

test('the operator’s own data name the sessions without their secrets, and forgetting removes them', async () => {
  const { cookie } = await portal.issueSession()
  await ada.types(`/sessione ${cookie}`)
  await ada.types('/esporta')
  const file = bot.telegram.calls.find(({ method }) => method === 'sendDocument')?.payload.upload as string
  expect(file).toContain('portalSessions')
  for (const pair of cookie.split('; ')) expect(file).not.toContain(pair.split('=')[1])
  await ada.types('/cancellami')
  await ada.presses('Sì')
  expect(await sessions()).toEqual([])
})
