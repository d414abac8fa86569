import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { harness } from './harness.worker.ts'
import { nextUpdateId, type Person } from './person.ts'

const bot = harness()
const TOPIC = 40
const inTopic = { message_thread_id: TOPIC, is_topic_message: true }

function admin(): Person {
  const person = bot.inGroup(60_000 + nextUpdateId())
  bot.telegram.standing.set(Number((person.message({}) as { from: { id: number } }).from.id), 'administrator')
  return person
}
/** The methods called since `from` that name a chat, with the topic. */
const calls = (from: number) =>
  bot.telegram.calls
    .slice(from)
    .filter(({ method }) => method.startsWith('send') || method === 'editMessageText')
    .map(({ method, payload }) => [method, payload.message_thread_id])
const pressIn = (person: Person, data: string, place: object) =>
  person.sends({
    callback_query: {
      id: String(nextUpdateId()),
      from: (person.message({}) as { from: object }).from,
      chat_instance: '1',
      data,
      message: { message_id: 9, chat: person.chat, date: 1, text: 'x', ...place },
    },
  })

test.each(['/segui TO', '/stato', '/impostazioni', '/mie', '/aiuto'])(
  'the reply to %s goes to the topic of the command',
  async (command) => {
    const person = admin()
    const from = bot.telegram.calls.length
    await person.types(command, inTopic)
    expect(calls(from)).toEqual([['sendMessage', TOPIC]])
  },
)

test('in General, and in a chat where a reply makes a thread, no topic is named', async () => {
  const person = admin()
  const from = bot.telegram.calls.length
  await person.types('/mie')
  await person.types('/mie', { message_thread_id: 77 })
  expect(calls(from)).toEqual([
    ['sendMessage', undefined],
    ['sendMessage', undefined],
  ])
})

test('following in a topic, by command or by button, asks for the alerts there', async () => {
  const person = admin()
  await person.types('/segui TO', inTopic)
  await pressIn(person, '1:follow:MI', { message_thread_id: 50, is_topic_message: true })
  await person.types('/segui RM')
  const found = await bot.rows(
    sql`SELECT province, thread_id FROM subscriptions WHERE chat_id = ${person.chat.id} ORDER BY province`,
  )
  expect(found).toEqual([
    { province: 'MI', thread_id: 50 },
    { province: 'RM', thread_id: null },
    { province: 'TO', thread_id: TOPIC },
  ])
  expect((await bot.chatRow(person.chat.id))?.thread_id).toBe(50)
  await person.types('/segui TO')
  expect(person.shown.text).toMatch(/^Segui già Torino: d’ora in poi gli avvisi arrivano qui\./)
  await person.types('/segui TO')
  expect(person.shown.text).toMatch(/^Segui già Torino: non è cambiato nulla/)
})

test('a pressed button edits its message; where that cannot be done the new message goes to its topic', async () => {
  const person = admin()
  const from = bot.telegram.calls.length
  bot.telegram.refuse = (method) =>
    method === 'editMessageText'
      ? { error_code: 400, description: "Bad Request: message can't be edited" }
      : undefined
  await pressIn(person, '1:mine', inTopic)
  bot.telegram.refuse = () => undefined
  expect(calls(from)).toEqual([
    ['editMessageText', undefined],
    ['sendMessage', TOPIC],
  ])
})

test('a file goes to the topic too', async () => {
  const person = admin()
  const from = bot.telegram.calls.length
  await person.sends({ message: person.message({ text: '/esporta', ...inTopic }) })
  const upload = bot.telegram.calls.slice(from).find(({ method }) => method === 'sendDocument')
  expect(upload?.payload.upload).toMatch(/name="message_thread_id"\s+40\s/)
})

test.each([
  ['the topic is closed', { error_code: 400, description: 'Bad Request: TOPIC_CLOSED' }],
  ['the chat takes no message now', { error_code: 429, description: 'x', parameters: { retry_after: 1 } }],
])('a reply that is sent later, as %s, remembers its topic', async (_, error) => {
  const person = admin()
  bot.telegram.refuse = (method) => (method === 'sendMessage' ? error : undefined)
  await person.sends({ message: person.message({ text: '/mie', ...inTopic }) })
  bot.telegram.refuse = () => undefined
  const [kept] = await bot.rows(
    sql`SELECT status, content ->> '$.message.threadId' AS topic FROM deliveries WHERE chat_id = ${person.chat.id}`,
  )
  expect(kept).toEqual({ status: 'queued', topic: TOPIC })
  expect(await bot.chatRow(person.chat.id)).toMatchObject({ status: 'active', refused_since: null })
})

test('a malformed topic is no topic', async () => {
  const person = admin()
  const from = bot.telegram.calls.length
  await person.types('/mie', { message_thread_id: 'x', is_topic_message: true })
  await pressIn(person, '1:mine', { message_thread_id: 1.5, is_topic_message: 'yes' })
  expect(calls(from).map(([, topic]) => topic)).toEqual([undefined, undefined])
})
