import { sql } from 'drizzle-orm'
import { encode as encodePng } from 'fast-png'
import { encode as encodeJpeg } from 'jpeg-js'
import { expect, test, vi } from 'vitest'
import { qrPicture } from '../sport/qr-picture.ts'
import { nextUpdateId, type Person } from './person.ts'
import { sportHarness } from './sport-kit.worker.ts'

const bot = sportHarness()
const { someone, students, telegram, chatRow, rows, time } = bot

const OTPAUTH = 'otpauth://totp/PoliMi:10812345?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=PoliMi'
const PASSWORD = 'sup3r-segreta!'

/** Somebody without an account, with the sport menu open. */
async function stranger() {
  const person = someone()
  const object = students.of(person.chat.id)
  object.state = 'none'
  await person.types('/sport')
  return { person, object }
}

/** Somebody who has typed the first two fields. */
async function halfway() {
  const them = await stranger()
  await them.person.presses('Collega il mio account')
  await them.person.presses('Preferisco la chat')
  await them.person.presses('Sì, li scrivo qui')
  await them.person.types('10812345')
  await them.person.types(PASSWORD)
  return them
}

const deletions = (person: Person) =>
  telegram.calls.filter(
    ({ method, payload }) => method === 'deleteMessage' && payload.chat_id === person.chat.id,
  )

test('the page is offered first; the chat takes secrets only after a second choice that says what it means', async () => {
  const { person } = await stranger()
  await person.presses('Collega il mio account')
  expect(person.labels).toEqual(['🌐 In una pagina sicura', '✍️ Preferisco la chat', expect.any(String)])
  await person.presses('Preferisco la chat')
  expect(person.shown.text).toMatch(/server di Telegram/)
  expect(person.labels).toEqual(expect.arrayContaining(['🌐 In una pagina sicura', '✍️ Sì, li scrivo qui']))
  expect((await chatRow(person.chat.id))?.awaiting).toBe(null)
})

test.each(['sp-link-chat', 'sp-link-cookie'])(
  'the button %s of an older message explains first too',
  async (verb) => {
    const { person } = await stranger()
    await person.pressesData(`1:${verb}`)
    expect(person.shown.text).toMatch(/server di Telegram/)
    expect((await chatRow(person.chat.id))?.awaiting).toBe(null)
  },
)

test('an account is linked step by step; each message is deleted and nothing lies in clear', async () => {
  const { person, object } = await stranger()
  await person.presses('Collega il mio account')
  expect(person.labels).toContain('🌐 In una pagina sicura')
  await person.presses('Preferisco la chat')
  await person.presses('Sì, li scrivo qui')
  expect(person.shown.text).toMatch(/^1 di 3/)
  await person.types('10812345')
  expect(person.shown.text).toMatch(/^2 di 3/)
  await person.types(PASSWORD)
  expect(person.shown.text).toMatch(/^3 di 3/)
  const awaiting = String((await chatRow(person.chat.id))?.awaiting)
  expect(awaiting).toMatch(/^sp-otp:/)
  expect(awaiting).not.toMatch(/10812345|segreta/)
  await person.types(OTPAUTH)
  expect(object.last('link')?.[1]).toEqual({ username: '10812345', password: PASSWORD, otpauth: OTPAUTH })
  expect(person.shown.text).toMatch(/Collegamento dell’account n\. 1/)
  expect(deletions(person)).toHaveLength(3)
  expect((await chatRow(person.chat.id))?.awaiting).toMatch(/^paste-taken:\d+$/)
  const everything = JSON.stringify(await rows(sql`SELECT * FROM chats, deliveries`))
  expect(everything).not.toMatch(/segreta|GEZDGNBV/)
})

test('a new account is asked once whether it may read the schedule for everybody; the menu changes it', async () => {
  const { person, object } = await halfway()
  await person.types(OTPAUTH)
  const questions = () =>
    [...telegram.messages.values()].filter(
      ({ chatId, text }) => chatId === person.chat.id && text.includes('leggere gli orari'),
    )
  expect(questions().map(({ buttons }) => buttons.map(({ text }) => text))).toEqual([
    ['Sì, va bene', 'No, solo per me'],
  ])
  object.state = 'linked'
  await person.types('/collega')
  await person.presses('▫️ Leggo gli orari per tutti')
  expect(object.last('shareSchedule')).toEqual([true])
  expect(person.shown.text).toContain('Grazie')
  await person.presses('✅ Leggo gli orari per tutti')
  expect(object.last('shareSchedule')).toEqual([false])
  expect(person.shown.text).toContain('solo alle tue prenotazioni')
  await person.types('/sessione_sport Cookie: ASP.NET_SessionId=abc; .ASPXAUTH_SOCIALBOOKING=def')
  expect(object.last('linkSession')).toBeDefined()
  expect(questions()).toHaveLength(1)
})

test('the key may be the bare secret; one that is not usable is explained and asked again', async () => {
  const { person, object } = await halfway()
  for (const [typed, why] of [
    ['otpauth://hotp/x?secret=GEZDGNBV&counter=1', /HOTP/],
    ['otpauth-migration://offline?data=abc', /esporta/],
    ['non lo so', /non è valida/],
    ['1234 0000 1111 8888', /non è valida/],
  ] as const) {
    await person.types(typed)
    expect(person.shown.text).toMatch(why)
    expect(object.last('link')).toBeUndefined()
  }
  await person.types('gezd gnbv gy3t qojq gezd gnbv gy3t qojq')
  expect(object.last('link')?.[1]).toMatchObject({ otpauth: 'gezd gnbv gy3t qojq gezd gnbv gy3t qojq' })
})

/** A QR code as a picture, in grey and in colour. */
function picture(text: string, scale: number) {
  const { side, gray } = qrPicture(text, scale)
  const rgba = Uint8Array.from([...gray].flatMap((value) => [value, value, value, 255]))
  return { side, gray, rgba }
}

const { side, gray, rgba } = picture(OTPAUTH, 6)
const black = picture(OTPAUTH, 24)

test.each([
  ['a PNG in colour', encodePng({ width: side, height: side, data: rgba, channels: 4 })],
  ['a grey PNG', encodePng({ width: side, height: side, data: gray, channels: 1 })],
  ['a JPEG', encodeJpeg({ width: side, height: side, data: rgba }, 60).data],
  ['a large PNG', encodePng({ width: black.side, height: black.side, data: black.gray, channels: 1 })],
])('the key is read from the QR code in %s', async (_, file) => {
  const { person, object } = await halfway()
  telegram.files.set('f1', new Uint8Array(file))
  await person.sends({
    message: person.message({
      photo: [
        { file_id: 's', width: 90, height: 90 },
        { file_id: 'f1', width: 800, height: 800 },
      ],
    }),
  })
  expect(object.last('link')?.[1]).toMatchObject({ otpauth: OTPAUTH })
  expect(deletions(person)).toHaveLength(3)
})

test('a picture without a code, broken or not a picture is explained', async () => {
  const { person, object } = await halfway()
  const blank = encodePng({ width: 50, height: 50, data: new Uint8Array(2500).fill(255), channels: 1 })
  for (const file of [blank, blank.slice(0, 60), new TextEncoder().encode('what is this?')]) {
    telegram.files.set('f1', new Uint8Array(file))
    await person.sends({ message: person.message({ document: { file_id: 'f1', mime_type: 'image/png' } }) })
    expect(person.shown.text).toMatch(/non trovo un codice QR/)
  }
  expect(object.last('link')).toBeUndefined()
})

test.each([
  ['HEIC', { mime_type: 'image/heic', file_name: 'IMG_1.HEIC' }],
  ['HEIC without a type', { file_name: 'IMG_1.heic' }],
  ['WebP', { mime_type: 'image/webp' }],
  ['GIF', { mime_type: 'image/gif' }],
  ['PDF', { mime_type: 'application/pdf' }],
])('a file that is not read is not even fetched, and named: %s', async (_, file) => {
  const { person, object } = await halfway()
  const calls = telegram.calls.length
  await person.sends({ message: person.message({ document: { file_id: 'f1', ...file } }) })
  expect(person.shown.text).toMatch(/HEIC, WebP, GIF, PDF/)
  expect(telegram.calls.slice(calls).map(({ method }) => method)).not.toContain('getFile')
  expect(object.last('link')).toBeUndefined()
})

test('a picture that is something else than it says, or too large, is named too', async () => {
  const { person } = await halfway()
  telegram.files.set('f1', Uint8Array.from(new TextEncoder().encode('\0\0\0\x18ftypheic\0\0\0\0')))
  const document = { file_id: 'f1', mime_type: 'image/jpeg' }
  await person.sends({ message: person.message({ document }) })
  expect(person.shown.text).toMatch(/HEIC, WebP, GIF, PDF/)
  await person.sends({ message: person.message({ document: { ...document, file_size: 6_000_000 } }) })
  expect(person.shown.text).toMatch(/troppo grande/)
})

test('pictures are limited; a limited one is deleted and not fetched', async () => {
  const { person } = await halfway()
  telegram.files.set('f1', new Uint8Array(4))
  const fetched = () => telegram.calls.filter(({ method }) => method === 'getFile').length
  const before = fetched()
  for (let sent = 0; sent < 12; sent++)
    await person.sends({ message: person.message({ document: { file_id: 'f1', mime_type: 'image/png' } }) })
  expect(fetched() - before).toBeGreaterThan(0)
  expect(fetched() - before).toBeLessThan(8)
  expect(deletions(person)).toHaveLength(2 + 12)
})

test('the update is done before its picture is decoded', async () => {
  const { person } = await halfway()
  telegram.files.set('f1', new Uint8Array(encodePng({ width: side, height: side, data: gray, channels: 1 })))
  const id = nextUpdateId()
  let doneAtDecoding: Promise<unknown> | undefined
  const Real = DecompressionStream
  vi.stubGlobal('DecompressionStream', function decoding(format: 'deflate') {
    doneAtDecoding = rows(sql`SELECT id FROM updates WHERE id = ${id}`)
    return new Real(format)
  })
  const document = { file_id: 'f1', mime_type: 'image/png' }
  await person.sends({ update_id: id, message: person.message({ document }) })
  vi.stubGlobal('DecompressionStream', Real)
  expect(await doneAtDecoding).toEqual([{ id }])
})

test('who takes too long begins again, and another’s half-typed fields do not open', async () => {
  const { person, object } = await halfway()
  const sealed = String((await chatRow(person.chat.id))?.awaiting)
  const other = await stranger()
  await other.person.types('/sport')
  await rows(sql`UPDATE chats SET awaiting = ${sealed} WHERE id = ${other.person.chat.id}`)
  await other.person.types(OTPAUTH)
  expect(other.person.shown.text).toMatch(/si ricomincia/)
  expect(other.object.last('link')).toBeUndefined()
  const before = time.now
  time.now += 16 * 60_000
  await person.types(OTPAUTH)
  time.now = before
  expect(person.shown.text).toMatch(/si ricomincia/)
  expect(object.last('link')).toBeUndefined()
})

test('a password may begin with a slash; one sent twice is not taken for the next field', async () => {
  const { person, object } = await stranger()
  await person.presses('Collega')
  await person.presses('Preferisco la chat')
  await person.presses('Sì, li scrivo qui')
  const update = { update_id: nextUpdateId(), message: person.message({ text: '10812345' }) }
  await bot.deliver(update)
  await rows(sql`DELETE FROM updates WHERE id = ${update.update_id}`)
  await bot.deliver(update)
  expect(person.shown.text).toMatch(/^2 di 3/)
  await person.types('/segreta')
  await person.types('GEZDGNBVGY3TQOJQ')
  expect(object.last('link')?.[1]).toMatchObject({ username: '10812345', password: '/segreta' })
})

test('when Telegram will not delete a message the person is asked to', async () => {
  const { person } = await stranger()
  await person.presses('Collega')
  await person.presses('Preferisco la chat')
  await person.presses('Sì, li scrivo qui')
  telegram.refuse = (method) =>
    method === 'deleteMessage'
      ? { error_code: 400, description: "Bad Request: message can't be deleted" }
      : undefined
  await person.types('10812345')
  telegram.refuse = () => undefined
  expect(person.shown.text).toMatch(/cancellalo tu[\s\S]*2 di 3/)
})

test('a session is handed in as cURL or as a Cookie header, tried at once, and its message deleted', async () => {
  const { person, object } = await stranger()
  await person.types(
    `/sessione_sport curl 'https://ecomm.sportrick.com/sportpolimi/Booking' \\\n -H 'Cookie: ASP.NET_SessionId=abc; .ASPXAUTH_SOCIALBOOKING=DEF=='`,
  )
  const cookies = { 'ASP.NET_SessionId': 'abc', '.ASPXAUTH_SOCIALBOOKING': 'DEF==' }
  expect(object.last('linkSession')?.[1]).toEqual(cookies)
  expect(deletions(person)).toHaveLength(1)
  await person.types('/sessione_sport')
  await person.types('ciao')
  expect(person.shown.text).toMatch(/non trovo cookie/)
  await person.types('Cookie: ASP.NET_SessionId=abc; .ASPXAUTH_SOCIALBOOKING=DEF==')
  expect(object.calls.filter(({ name }) => name === 'linkSession')).toHaveLength(2)
  expect(deletions(person)).toHaveLength(3)
})

test('a session that Telegram cut in two is joined, in either order, and both messages are deleted', async () => {
  const curl = `curl 'https://ecomm.sportrick.com/sportpolimi/Booking' -H 'accept: ${'x'.repeat(3_950)}' -H 'Cookie: ASP.NET_SessionId=${'a'.repeat(200)}; .ASPXAUTH_SOCIALBOOKING=DEF=='`
  const cookies = { 'ASP.NET_SessionId': 'a'.repeat(200), '.ASPXAUTH_SOCIALBOOKING': 'DEF==' }
  const cut = 4_096
  for (const order of [
    [0, 1],
    [1, 0],
  ]) {
    const { person, object } = await stranger()
    await person.types('/sessione_sport')
    const parts = [curl.slice(0, cut), curl.slice(cut)].map((text) => person.message({ text }))
    await person.sends({ message: parts[order[0] ?? 0] })
    expect(object.last('linkSession')).toBeUndefined()
    await person.sends({ message: parts[order[1] ?? 0] })
    expect(object.last('linkSession')?.[1]).toEqual(cookies)
    expect(deletions(person)).toHaveLength(2)
  }
})

test('a session can be a UTF-16 file too; a file that is not text gets an explanation', async () => {
  const { person, object } = await stranger()
  await person.types('/sessione_sport')
  const document = { file_id: 'f1', file_name: 'sessione.txt', mime_type: 'text/plain' }
  telegram.files.set(
    'f1',
    Uint8Array.from({ length: 300 }, (_, at) => (at * 89) % 256),
  )
  await person.sends({ message: person.message({ document }) })
  expect(person.shown.text).toMatch(/non è un testo/)
  const units = Uint16Array.from('\uFEFFCookie: .ASPXAUTH_SOCIALBOOKING=DEF\r\n', (one) => one.charCodeAt(0))
  telegram.files.set('f1', new Uint8Array(units.buffer))
  await person.sends({ message: person.message({ document }) })
  expect(object.last('linkSession')?.[1]).toEqual({ '.ASPXAUTH_SOCIALBOOKING': 'DEF' })
})

test('unlinking asks first, then erases', async () => {
  const { person, object } = await stranger()
  object.state = 'linked'
  await person.types('/scollega')
  expect(object.last('unlink')).toBeUndefined()
  await person.presses('Sì, scollega')
  expect(object.state).toBe('none')
})

test('a person who is not on the list gets a polite refusal, by command and by button, and their paste is deleted', async () => {
  bot.edgeEnv.SPORT_USER_IDS = '1, 2'
  // The webhook reads its settings once an environment: another one is needed.
  const env = { ...bot.edgeEnv }
  const person = someone()
  const says = (text: string) =>
    bot.post(JSON.stringify({ update_id: nextUpdateId(), message: person.message({ text }) }), {}, env)
  for (const text of ['/sport', '/prenota', '/sessione_sport Cookie: a=b']) {
    await says(text)
    expect(person.shown.text).toMatch(/riservato a poche persone/)
  }
  expect(deletions(person)).toHaveLength(1)
  await says('/status')
  expect(person.shown.text).toMatch(/provincia/)
  expect(students.of(person.chat.id).calls).toEqual([])
  bot.edgeEnv.SPORT_USER_IDS = '*'
})

test('in a group sport is not spoken of, and a pasted session goes at once', async () => {
  const member = bot.inGroup(77)
  telegram.standing.set(77, 'creator')
  await member.types('/sessione_sport Cookie: a=b')
  expect(member.shown.text).toMatch(/solo in privato/)
  expect(deletions(member)).toHaveLength(1)
  expect(students.of(77).calls).toEqual([])
})

test('without the booking Worker the menu says so', async () => {
  const { STUDENTS: _, ...without } = bot.edgeEnv
  const person = someone()
  await bot.post(
    JSON.stringify({ update_id: nextUpdateId(), message: person.message({ text: '/sport' }) }),
    {},
    without as typeof bot.edgeEnv,
  )
  expect(person.shown.text).toMatch(/non risponde, o qui non è attiva/)
})
