import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { codeOf } from '../../src/sport/catalogue.ts'
import { failingD1, type Outage } from './failing-d1.worker.ts'
import { nextUpdateId, type Person } from './person.ts'
import { sportHarness } from './sport-kit.worker.ts'

/*
 * An update is done only when its work is: whichever query of it the database loses, before or after doing what it was
 * asked, Telegram is told to send the update again, and the repeat leaves everything as one undisturbed update would.
 */

const bot = sportHarness()

const typed = (text: string) => (person: Person) => ({ message: person.message({ text }) })
const pressed = (data: string) => (person: Person) => ({
  callback_query: {
    id: 'q',
    from: { id: person.chat.id, is_bot: false },
    data,
    message: { message_id: 5, date: 1, chat: person.chat },
  },
})
const follows = (person: Person) => person.types('/segui torino')
const nothing = async () => undefined

const updates: [
  what: string,
  before: (person: Person) => Promise<unknown>,
  update: (person: Person) => object,
][] = [
  ['a first /start', nothing, typed('/start')],
  ['following a province', nothing, typed('/segui torino')],
  ['following three', follows, typed('/segui MI, RM, TO')],
  ['leaving a province', follows, pressed('1:drop:TO')],
  ['muting a province', follows, pressed('1:mute:TO')],
  ['a language', follows, pressed('1:set-lang:en')],
  ['an answer that was waited for', (person) => person.pressesData('1:type-before', 5), typed('31/12/2026')],
  ['a status, which counts against the limit', follows, typed('/stato')],
  ['deleting everything', follows, pressed('1:forget-yes')],
  ['booking a class', nothing, pressed('1:sp-go:n:0:CODE')],
  ['a weekly booking', nothing, pressed('1:sp-weekly-go:b:0:CODE')],
]

/** What the store holds of a chat, without what tells one person from another. */
async function stateOf(person: Person): Promise<unknown> {
  const { id } = person.chat
  const student = bot.students.of(id)
  const [chat, subscriptions, deliveries] = await Promise.all([
    bot.rows(sql`SELECT * FROM chats WHERE id = ${id}`),
    bot.rows(
      sql`SELECT province, asleep, muted_until FROM subscriptions WHERE chat_id = ${id} ORDER BY province`,
    ),
    bot.rows(sql`SELECT lane, status, content FROM deliveries WHERE chat_id = ${id} ORDER BY id`),
  ])
  return {
    chat: chat.map(({ id: _, ...row }) => row),
    subscriptions,
    deliveries,
    // The object does what comes with a key once, however often it comes.
    asked: [
      ...new Set(student.calls.flatMap(({ name, args }) => (keyIn(args) ? `${name} ${keyIn(args)}` : []))),
    ].map((call) => call.split(' ')[0]),
  }
}

/** The key of a call that changes something; undefined for one that only asks. */
function keyIn([first]: unknown[]): string | undefined {
  const key: unknown = typeof first === 'object' && first !== null ? Reflect.get(first, 'requestKey') : first
  return typeof key === 'string' ? key : undefined
}

let code = ''
/** Somebody new for whom the update is posted, at first to a database that goes away. @returns queries of the first post */
async function live(
  before: (person: Person) => Promise<unknown>,
  update: (person: Person) => object,
  outage?: Outage,
): Promise<{ status: number; queries: number; state: unknown }> {
  const person = bot.someone()
  await before(person)
  bot.students.of(person.chat.id).calls.length = 0
  const body = JSON.stringify({ update_id: nextUpdateId(), ...update(person) }).replace('CODE', code)
  const { d1, queries } = failingD1(bot.edgeEnv.DB, outage)
  const { status } = await bot.post(body, {}, { ...bot.edgeEnv, DB: d1 })
  if (status !== 200) expect((await bot.post(body)).status).toBe(200)
  // Done is done: once more changes nothing.
  const calls = bot.telegram.calls.length
  expect((await bot.post(body)).status).toBe(200)
  expect(bot.telegram.calls).toHaveLength(calls)
  return { status, queries: queries(), state: await stateOf(person) }
}

test.each(updates)(
  '%s: a crash of the database at any query repeats it harmlessly',
  async (_, before, update) => {
    const [row] = await bot.rows(sql`SELECT key FROM courses WHERE name = 'YOGA' AND date = '2026-11-24'`)
    code = codeOf({ key: String(row?.key) })
    const clean = await live(before, update)
    expect(clean).toMatchObject({ status: 200 })
    for (let query = 0; query < clean.queries; query++) {
      for (const moment of ['before', 'after'] as const) {
        const crashed = await live(before, update, { query, moment })
        expect({ query, moment, ...crashed }).toMatchObject({
          query,
          moment,
          status: 503,
          state: clean.state,
        })
      }
    }
    await transact(bot.db, [sql`DELETE FROM subscriptions`])
  },
)
