import { sql } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest'
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
  await transact(bot.db, [
    sql`DELETE FROM portal_sessions`,
    sql`DELETE FROM state`,
    sql`DELETE FROM chats`,
    sql`DELETE FROM rate_limits`,
  ])
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
  expect((await bot.chatRow(OPERATOR))?.awaiting).not.toContain('portal-session')
})

test('of ten sessions pasted at the same moment six are tried, and all are taken out of the chat', async () => {
  const { asCurl } = await portal.issueSession()
  const messages = Array.from({ length: 10 }, () => ada.message({ text: `/sessione ${asCurl.bash}` }))
  await Promise.all(messages.map((message) => ada.sends({ message })))
  expect((await sessions()).length).toBeLessThanOrEqual(6)
  const texts = bot.telegram.calls.map(({ payload }) => String(payload.text ?? ''))
  expect(texts.filter((text) => /funziona/.test(text))).toHaveLength(6)
  expect(texts.filter((text) => /Troppe richieste/.test(text))).toHaveLength(4)
  expect(deleted().toSorted()).toEqual(messages.map(idOf).toSorted())
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

/** A request whose cookie stands behind thousands of characters, longer than one message. */
async function longCurl(padding = 300): Promise<string> {
  const { cookie } = await portal.issueSession()
  return `curl '${portal.origin}/x' \\\n -H 'accept: ${'x'.repeat(3_900)}' \\\n -H 'x-pad: ${'y'.repeat(padding)}' \\\n -b '${cookie}' \\\n --data-raw 'a=1'`
}
const inParts = (text: string, ...at: number[]): object[] =>
  [0, ...at].map((from, index) => ada.message({ text: text.slice(from, at[index] ?? text.length).trim() }))
const said = () => bot.rows(sql`SELECT status, reason FROM deliveries WHERE event LIKE 'paste:%'`)

describe('a session that Telegram cut into several messages', () => {
  beforeEach(async () => {
    await transact(bot.db, [sql`DELETE FROM deliveries`])
  })

  test.each<[string, (text: string) => number[], padding?: number]>([
    ['after 4,096 characters', (text: string) => [Math.min(4_096, text.length - 20)]],
    ['within the cookie', (text: string) => [text.indexOf('JSESSIONID') + 14]],
    ['at the end of a line', (text: string) => [text.indexOf(" -H 'x-pad")]],
    ['into three', () => [4_060, 8_110], 4_300],
  ])('is joined, and every message deleted: %s', async (_, cut, padding) => {
    await ada.types('/sessione')
    const text = await longCurl(padding)
    const messages = inParts(text, ...cut(text))
    for (const message of messages.slice(0, -1)) await ada.sends({ message })
    expect(ada.shown.text).toMatch(/aspetto il resto/)
    expect(await sessions()).toEqual([])
    await ada.sends({ message: messages.at(-1) })
    expect(ada.shown.text).toMatch(/funziona/)
    for (const message of messages) expect(deleted()).toContain(idOf(message))
    expect((await bot.chatRow(OPERATOR))?.awaiting).toMatch(/^paste-taken:\d+$/)
    expect(await said()).toEqual([{ status: 'expired', reason: 'paste-complete' }])
  })

  test('also after the command itself, and when the parts come in the wrong order', async () => {
    const text = await longCurl()
    const [first, second] = inParts(`/sessione ${text}`, 4_070)
    await ada.sends({ message: first })
    await ada.sends({ message: second })
    expect(ada.shown.text).toMatch(/funziona/)
    await ada.types('/sessione')
    const [before, after] = inParts(await longCurl(), 4_070)
    await ada.sends({ message: after })
    await ada.sends({ message: before })
    expect(ada.shown.text).toMatch(/funziona/)
    expect(await sessions()).toHaveLength(2)
  })

  test.each([
    ['by a command', () => ada.types('/annulla')],
    ['by another command', () => ada.types('/help')],
    ['by a button', () => ada.pressesData('1:home', 1)],
  ])(
    'is dropped when it is cancelled %s: the rest is taken out of the chat, and nothing is said later',
    async (_, cancel) => {
      await ada.types('/sessione')
      const [first, second] = inParts(await longCurl(), 4_070)
      await ada.sends({ message: first })
      await cancel()
      expect((await bot.chatRow(OPERATOR))?.awaiting).not.toContain('portal-session')
      await ada.sends({ message: second })
      expect(deleted()).toContain(idOf(second ?? {}))
      expect(ada.shown.text).toMatch(/Hai annullato/)
      expect(await sessions()).toEqual([])
      expect(await said()).toEqual([{ status: 'expired', reason: 'paste-complete' }])
      // A sentence is a sentence again.
      await ada.types('Torino')
      expect(ada.shown.text).toMatch(/Torino/)
    },
  )

  test('is thrown away when the rest does not come within a minute, and that is said', async () => {
    await ada.types('/sessione')
    const [first, second] = inParts(await longCurl(), 4_070)
    await ada.sends({ message: first })
    const [waiting] = await bot.rows(
      sql`SELECT content, not_before FROM deliveries WHERE event LIKE 'paste:%'`,
    )
    expect(waiting?.not_before).toBe(bot.time.now + 60_000)
    expect(String(waiting?.content)).toContain('non è arrivato')
    // What was pasted is kept sealed.
    expect((await bot.chatRow(OPERATOR))?.awaiting).not.toContain('curl')
    const before = bot.time.now
    bot.time.now += 61_000
    await ada.sends({ message: second })
    expect(await sessions()).toEqual([])
    await ada.types((await portal.issueSession()).cookie)
    bot.time.now = before
    expect(ada.shown.text).toMatch(/funziona/)
  })
})

const utf16 = (text: string, big = false) => {
  const units = Uint16Array.from(`\uFEFF${text}`, (character) => character.charCodeAt(0))
  const bytes = new Uint8Array(units.buffer)
  return big ? Uint8Array.from(bytes, (_, at) => bytes[at ^ 1] ?? 0) : bytes
}

describe('a session in a file', () => {
  const sendFile = (bytes: Uint8Array<ArrayBuffer>, document: object = {}, caption?: string) => {
    bot.telegram.files.set('f1', bytes)
    const file = { file_id: 'f1', file_name: 'richiesta.txt', mime_type: 'text/plain', ...document }
    return ada.sends({ message: ada.message({ document: file, ...(caption && { caption }) }) })
  }

  test.each<[string, (text: string) => Uint8Array<ArrayBuffer>]>([
    ['UTF-8', (text) => new Uint8Array(new TextEncoder().encode(text))],
    ['UTF-8 with a mark', (text) => new Uint8Array(new TextEncoder().encode(`\uFEFF${text}`))],
    ['UTF-16, little end first', (text) => utf16(text)],
    ['UTF-16, big end first', (text) => utf16(text, true)],
    [
      'the line ends of Windows',
      (text) => new Uint8Array(new TextEncoder().encode(text.replaceAll('\n', '\r\n'))),
    ],
  ])('is read: %s', async (_, encode) => {
    await ada.types('/sessione')
    await sendFile(encode(await longCurl()))
    expect(ada.shown.text).toMatch(/funziona/)
    expect(deleted()).toHaveLength(2)
  })

  test('is read with the command as its caption, whatever type the file has', async () => {
    const bytes = new Uint8Array(new TextEncoder().encode(await longCurl()))
    await sendFile(bytes, { mime_type: undefined, file_name: 'x' }, '/sessione')
    expect(ada.shown.text).toMatch(/funziona/)
  })

  test.each(['eccola', 'JSESSIONID?'])('is read whatever its caption says: %s', async (caption) => {
    await ada.types('/sessione')
    await sendFile(new Uint8Array(new TextEncoder().encode(await longCurl())), {}, caption)
    expect(ada.shown.text).toMatch(/funziona/)
  })

  test.each([
    ['too large', { file_size: 6_000_000 }, /troppo grande/],
    ['no text', {}, /non è un testo/],
  ])('that is %s is explained, and the next one is still taken', async (_, document, answer) => {
    await ada.types('/sessione')
    await sendFile(
      Uint8Array.from({ length: 400 }, (_, at) => (at * 37) % 256),
      document,
    )
    expect(ada.shown.text).toMatch(answer)
    await ada.types((await portal.issueSession()).cookie)
    expect(ada.shown.text).toMatch(/funziona/)
  })

  test('that Telegram does not give, or a photo, is explained', async () => {
    await ada.types('/sessione')
    await ada.sends({ message: ada.message({ photo: [{ file_id: 'p', width: 9, height: 9 }] }) })
    expect(ada.shown.text).toMatch(/Non sono riuscito a leggere questo file/)
    bot.telegram.refuse = (method) =>
      method === 'getFile' ? { error_code: 400, description: 'Bad Request: file is too big' } : undefined
    await sendFile(new Uint8Array(4))
    expect(ada.shown.text).toMatch(/Non sono riuscito a leggere questo file/)
  })
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
  expect(list.text).toMatch(new RegExp(`🔴 ${dead} \\(tua\\).*ieri.*scaduta 2 ore`))
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
