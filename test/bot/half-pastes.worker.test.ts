import { sql } from 'drizzle-orm'
import { beforeEach, describe, expect, test } from 'vitest'
import { transact } from '../../src/db/database.ts'
import type { Person } from './person.ts'
import { sportHarness } from './sport-kit.worker.ts'

const bot = sportHarness()
const { someone, students, telegram, chatRow, rows, time } = bot

/** A request whose cookie stands behind thousands of characters, and the two messages into which an app cuts it. */
const COOKIES = { 'ASP.NET_SessionId': 'a'.repeat(200), '.ASPXAUTH_SOCIALBOOKING': 'DEF==' }
const CURL = `curl 'https://ecomm.sportrick.com/sportpolimi/Booking' -H 'accept: ${'x'.repeat(3_950)}' -H 'Cookie: ${Object.entries(
  COOKIES,
)
  .map(([name, value]) => `${name}=${value}`)
  .join('; ')}'`
const HALVES = [CURL.slice(0, 4_096), CURL.slice(4_096)] as const

let date = 1_000

/** Somebody who has sent the first half of a paste, some time ago. */
async function halfway() {
  const person = someone()
  const object = students.of(person.chat.id)
  object.state = 'none'
  await person.types('/sessione_sport')
  await send(person, HALVES[0])
  date += 30
  return { person, object }
}

/** Sends a text a moment later. */
async function send(person: Person, text: string): Promise<object> {
  const message = person.message({ text, date })
  await person.sends({ message })
  return message
}

const isDeleted = (person: Person, message: object): boolean =>
  telegram.calls.some(
    ({ method, payload }) =>
      method === 'deleteMessage' &&
      payload.chat_id === person.chat.id &&
      payload.message_id === (message as { message_id: number }).message_id,
  )

const timeouts = () => rows(sql`SELECT status FROM deliveries WHERE event LIKE 'paste:%'`)

beforeEach(() => transact(bot.db, [sql`DELETE FROM deliveries`]))

describe('what is written between two halves', () => {
  test.each([
    ['a province', 'Torino', /Torino/],
    ['a province with an apostrophe', "L'Aquila", /Aquila/],
    ['a town', 'Moncalieri', /Torino/],
    ['a greeting', 'ciao', /./],
    ['a question', 'manca ancora molto?', /./],
    ['a command that does not exist', '/boh', /non lo conosco/],
    ['a bare no', 'no', /./],
  ])(
    '%s is answered as ever, stays in the chat, and the paste is joined all the same',
    async (_, text, answer) => {
      const { person, object } = await halfway()
      const aside = await send(person, text)
      expect(person.shown.text).toMatch(answer)
      expect(isDeleted(person, aside)).toBe(false)
      expect(await timeouts()).toEqual([{ status: 'queued' }])
      const rest = await send(person, HALVES[1])
      expect(object.last('linkSession')?.[1]).toEqual(COOKIES)
      expect(isDeleted(person, rest)).toBe(true)
      expect(await timeouts()).toEqual([{ status: 'expired' }])
    },
  )

  test.each([
    ['a sticker', { sticker: { file_id: 's' } }],
    ['a voice message', { voice: { file_id: 'v' } }],
    ['a photo', { photo: [{ file_id: 'p', width: 9, height: 9 }], caption: 'aspetta' }],
  ])('%s does not end the wait', async (_, content) => {
    const { person, object } = await halfway()
    await person.sends({ message: person.message({ date, ...content }) })
    expect(object.last('linkSession')).toBeUndefined()
    await send(person, HALVES[1])
    expect(object.last('linkSession')?.[1]).toEqual(COOKIES)
  })

  test('the whole as a file is taken instead, and nothing says that the rest did not come', async () => {
    const { person, object } = await halfway()
    telegram.files.set('f1', new Uint8Array(new TextEncoder().encode(CURL)))
    const document = { file_id: 'f1', file_name: 'a.txt', mime_type: 'text/plain' }
    await person.sends({ message: person.message({ date, document, caption: 'eccola intera' }) })
    expect(object.last('linkSession')?.[1]).toEqual(COOKIES)
    expect(await timeouts()).toEqual([{ status: 'expired' }])
  })

  test('both halves once more are taken as a new paste', async () => {
    const { person, object } = await halfway()
    for (const half of HALVES) await send(person, half)
    expect(object.last('linkSession')?.[1]).toEqual(COOKIES)
    expect((await timeouts()).map(({ status }) => status)).toEqual(['expired', 'expired'])
  })

  test('two halves count as one on the limit of costly requests', async () => {
    const person = someone()
    const object = students.of(person.chat.id)
    await person.types('/sessione_sport')
    await rows(sql`UPDATE rate_limits SET used_until = ${time.now + 35_000} WHERE id = ${person.chat.id}`)
    for (const half of HALVES) await send(person, half)
    expect(object.last('linkSession')?.[1]).toEqual(COOKIES)
  })
})

describe('a half that is cancelled', () => {
  test.each<[string, (person: Person) => Promise<unknown>]>([
    ['by /annulla', (person) => person.types('/annulla', { date })],
    ['by the word', (person) => person.types('annulla', { date })],
    ['by another word', (person) => person.types('lascia stare', { date })],
    ['by a command', (person) => person.types('/mie', { date })],
    ['by a button', (person) => person.pressesData('1:home')],
    ['by the button under the question', (person) => person.pressesData('1:sp-link')],
    [
      'by a command, then another',
      async (person) => {
        await person.types('/annulla', { date })
        await person.types('/help', { date })
      },
    ],
    [
      'by the word, twice',
      async (person) => {
        await person.types('annulla', { date })
        await person.types('annulla', { date })
      },
    ],
    [
      'and followed by a sentence',
      async (person) => {
        await person.types('/annulla', { date })
        await person.types('Torino', { date })
      },
    ],
  ])('%s: the rest is deleted, tried nowhere and no province; nothing is said later', async (_, cancel) => {
    const { person, object } = await halfway()
    await cancel(person)
    expect(await timeouts()).toEqual([{ status: 'expired' }])
    const rest = await send(person, HALVES[1])
    expect(isDeleted(person, rest)).toBe(true)
    expect(person.shown.text).toMatch(/Hai annullato/)
    expect(object.last('linkSession')).toBeUndefined()
  })

  test.each(["L'Aquila", 'Reggio Emilia', 'Forlì-Cesena', "c'è posto a Roma?"])(
    'and then %j: a sentence is answered and stays',
    async (text) => {
      const { person } = await halfway()
      await person.types('/annulla', { date })
      const message = await send(person, text)
      expect(person.shown.text).not.toMatch(/Hai annullato/)
      expect(isDeleted(person, message)).toBe(false)
    },
  )

  test('a minute later it is over', async () => {
    const { person } = await halfway()
    await person.types('/annulla', { date })
    time.now += 61_000
    const message = await send(person, 'Torino')
    expect(person.shown.text).toMatch(/Torino/)
    expect(isDeleted(person, message)).toBe(false)
    expect((await chatRow(person.chat.id))?.awaiting).toBeNull()
  })
})

/** A student whom the chat asks for the person code. */
async function asked() {
  const person = someone()
  const object = students.of(person.chat.id)
  object.state = 'none'
  await person.types('/sport')
  await person.presses('Collega il mio account')
  await person.presses('Preferisco la chat')
  await person.presses('Sì, li scrivo qui')
  return { person, object }
}

describe('what comes after a secret was taken', () => {
  const OTPAUTH = 'otpauth://totp/PoliMi:10812345?secret=GEZDGNBVGY3TQOJQ'

  async function linked() {
    const { person, object } = await asked()
    for (const text of ['10812345', 'sup3r-segreta!', OTPAUTH]) await person.types(text)
    expect(object.last('link')).toBeDefined()
    return { person, object }
  }

  test.each(['&issuer=PoliMi&digits=8', 'GY3TQOJQGEZDGNBV', 'gezd gnbv gy3t qojq'])(
    'the rest of a key, %j, is deleted and answered as nothing else',
    async (text) => {
      const { person, object } = await linked()
      const rest = await send(person, text)
      expect(isDeleted(person, rest)).toBe(true)
      expect(person.shown.text).toMatch(/Avevo già preso/)
      expect(object.calls.filter(({ name }) => name === 'link')).toHaveLength(1)
    },
  )

  test('headers that follow a Cookie line are deleted too', async () => {
    const person = someone()
    const object = students.of(person.chat.id)
    await person.types('/sessione_sport Cookie: .ASPXAUTH_SOCIALBOOKING=DEF==', { date })
    expect(object.last('linkSession')).toBeDefined()
    const rest = await send(person, 'Sec-Fetch-Mode: cors\nSec-Fetch-Site: same-origin')
    expect(isDeleted(person, rest)).toBe(true)
    expect(object.calls.filter(({ name }) => name === 'linkSession')).toHaveLength(1)
  })

  test('a sentence is a sentence', async () => {
    const { person } = await linked()
    const message = await send(person, "L'Aquila")
    expect(person.shown.text).toMatch(/Aquila/)
    expect(isDeleted(person, message)).toBe(false)
  })
})

test('the two fields in one message are not taken for a code', async () => {
  const { person } = await asked()
  const message = person.message({ text: '10812345\nsup3r-segreta!' })
  await person.sends({ message })
  expect(isDeleted(person, message)).toBe(true)
  expect(person.shown.text).toMatch(/otto cifre/)
})
