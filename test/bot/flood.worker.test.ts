import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { MINUTE, SECOND } from '../../src/platform/time.ts'
import { countStatements } from '../counting-d1.worker.ts'
import { harness } from './harness.worker.ts'
import { Person } from './person.ts'

const bot = harness()
bot.edgeEnv.ADMIN_IDS = '900'
const TOO_MANY = /Troppe richieste/

/** What the bot called Telegram for while `work` went on. */
async function during(work: () => Promise<unknown>) {
  bot.telegram.calls.length = 0
  await work()
  return [...bot.telegram.calls]
}

const times = (count: number, work: () => Promise<unknown>) =>
  Promise.all(Array.from({ length: count }, work))

const sends = (person: Person, text = '/help') => person.sends({ message: person.message({ text }) })

/** Everything that a person can do with the bot, at any speed. */
const floods: [what: string, flood: (person: Person) => Promise<unknown>][] = [
  ['typed texts', (person) => sends(person, 'Torino')],
  ['commands', (person) => sends(person)],
  ['unknown commands', (person) => sends(person, '/boh')],
  ['presses of a button', (person) => person.pressesData('1:home', 1)],
  ['presses of a button that does not exist', (person) => person.pressesData('zzz', 1)],
  ['stickers', (person) => person.sends({ message: person.message({ sticker: {} }) })],
]

/** Somebody, or a chat, of whose two minutes so many seconds are left. */
const hasLeft = (id: number, seconds: number) =>
  transact(bot.db, [
    sql`INSERT INTO rate_limits (id, used_until) VALUES (${id}, ${bot.time.now + 2 * MINUTE - seconds * SECOND})`,
  ])

test.each(floods)(
  'of a flood of %s what fits is answered, then one sentence, then nothing',
  async (_, flood) => {
    const eager = bot.someone()
    await hasLeft(eager.chat.id, 10)
    const calls = await during(() => times(30, () => flood(eager)))
    const texts = calls.flatMap(({ payload }) => (payload.text === undefined ? [] : [String(payload.text)]))
    expect(texts.filter((text) => TOO_MANY.test(text))).toHaveLength(1)
    expect(texts).toHaveLength(11)
  },
)

test('of 130 updates at the same moment 120 are answered', async () => {
  const eager = bot.someone()
  const calls = await during(() => times(130, () => sends(eager)))
  expect(calls.filter(({ payload }) => !TOO_MANY.test(String(payload.text)))).toHaveLength(120)
  expect(calls).toHaveLength(121)
})

test('a person who goes on gets no answer before the limit is free', async () => {
  const eager = bot.someone()
  await hasLeft(eager.chat.id, 0)
  await sends(eager)
  const going = await during(async () => {
    for (let waited = 0; waited < 110; waited += 10) {
      bot.time.now += 10 * SECOND
      await times(2, () => sends(eager))
    }
  })
  expect(going).toEqual([])
  bot.time.now += 10 * SECOND
  const [answer] = await during(() => sends(eager))
  expect(String(answer?.payload.text)).not.toMatch(TOO_MANY)
})

test('a person at work never meets the limit: a press a second for five minutes', async () => {
  const busy = bot.someone()
  const calls = await during(async () => {
    for (let second = 0; second < 300; second++) {
      await busy.pressesData('1:home', 1)
      bot.time.now += SECOND
    }
  })
  expect(calls.some(({ payload }) => TOO_MANY.test(String(payload.text)))).toBe(false)
})

test('a flood of one person does not concern another', async () => {
  const [eager, other] = [bot.someone(), bot.someone()]
  await hasLeft(eager.chat.id, 5)
  const calls = await during(() =>
    Promise.all([times(40, () => sends(eager)), times(20, () => sends(other))]),
  )
  const answers = calls.filter(({ payload }) => payload.chat_id === other.chat.id)
  expect(answers).toHaveLength(20)
  expect(answers.some(({ payload }) => TOO_MANY.test(String(payload.text)))).toBe(false)
})

test('one member of a group cannot use up what the others have', async () => {
  const group = -123_456_789
  const [eager, other] = [bot.inGroup(5_001, group), bot.inGroup(5_002, group)]
  await times(130, () => sends(eager))
  const [row] = await bot.rows(
    sql`SELECT used_until - ${bot.time.now} AS used FROM rate_limits WHERE id = ${group}`,
  )
  expect(row?.used).toBe(30 * SECOND)
  const calls = await during(() => sends(other))
  expect(calls.map(({ method }) => method)).toEqual(['sendMessage'])
  expect(String(calls[0]?.payload.text)).not.toMatch(TOO_MANY)
})

test('a whole group has a limit too, and gets one notice of it', async () => {
  const group = -123_456_790
  await hasLeft(group, 2)
  const members = Array.from({ length: 10 }, (_, index) => bot.inGroup(6_000 + index, group))
  const calls = await during(() => Promise.all(members.map((member) => times(3, () => sends(member)))))
  const texts = calls.map(({ payload }) => String(payload.text))
  expect(texts.filter((text) => TOO_MANY.test(text))).toHaveLength(1)
  expect(texts).toHaveLength(9)
})

test('anonymous admins of one group do not use up what those of another have', async () => {
  const anonymous = { from: { id: 1_087_968_824, is_bot: true, first_name: 'Group' } }
  const writes = (chat: number) => {
    const person = bot.inGroup(1, chat)
    return person.sends({
      message: { ...person.message({ text: '/help' }), ...anonymous, sender_chat: { id: chat } },
    })
  }
  await times(130, () => writes(-777_001))
  const calls = await during(() => writes(-777_002))
  expect(calls).toHaveLength(1)
  expect(String(calls[0]?.payload.text)).not.toMatch(TOO_MANY)
})

test('operators are always answered', async () => {
  const operator = new Person(bot.telegram, bot.deliver, { id: 900, type: 'private' })
  await hasLeft(900, 0)
  const calls = await during(() => times(10, () => sends(operator, '/sessioni')))
  expect(calls.filter(({ payload }) => /sessioni/i.test(String(payload.text)))).toHaveLength(10)
})

test('a refused update costs one transaction of four statements, and writes nothing', async () => {
  const eager = bot.someone()
  await hasLeft(eager.chat.id, 0)
  await sends(eager)
  const counted = countStatements(bot.edgeEnv.DB)
  for (let i = 0; i < 10; i++) {
    const update = { update_id: 90_000_000 + i, message: eager.message({ text: '/help' }) }
    await bot.post(JSON.stringify(update), {}, { ...bot.edgeEnv, DB: counted.d1 })
  }
  expect(counted.used).toEqual({ transactions: 10, statements: 40, rowsWritten: 0 })
})

test('an update that is done costs nothing when it comes again', async () => {
  const person = bot.someone()
  const update = { update_id: 91_000_000, message: person.message({ text: '/help' }) }
  for (let i = 0; i < 10; i++) await bot.deliver(update)
  const [row] = await bot.rows(
    sql`SELECT used_until - ${bot.time.now} AS used FROM rate_limits WHERE id = ${person.chat.id}`,
  )
  expect(row?.used).toBe(SECOND)
})
