import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import { expect } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { MINUTE } from '../../src/platform/time.ts'
import { harness } from '../bot/harness.worker.ts'
import { nextUpdateId } from '../bot/person.ts'
import { countStatements } from '../counting-d1.worker.ts'
import { fuzz, oddText } from './fuzz.ts'

/* Floods of updates: what they ask of the database and of Telegram is bounded for each update. */

const bot = harness()
bot.edgeEnv.ADMIN_IDS = '900'

/** Statements of one ordinary update: reading the chat, taking its cost, writing what changed. */
const MOST_OF_ONE = 20
/** Of one that is refused. */
const MOST_REFUSED = 4

/** Updates that a person can send without limit: any text, commands, presses of every kind. */
const kinds = fc.oneof(
  fc
    .constantFrom('/help', '/segui Torino', '/stato', '/mie', '/impostazioni', '/boh', 'Torino', '18-20')
    .map((text) => ({ text })),
  oddText.filter((text) => text.length < 4_096).map((text) => ({ text })),
  fc
    .constantFrom('1:home', '1:settings', '1:follow:TO', '1:mine', 'zzz', '1:set-quiet:23.00:08.00')
    .map((data) => ({ data })),
)

const updateOf = (kind: { text: string } | { data: string }, chat: object, from: object) => {
  const message = { message_id: 1, date: 1, chat }
  return {
    update_id: nextUpdateId(),
    ...('text' in kind
      ? { message: { ...message, from, text: kind.text } }
      : { callback_query: { id: '1', from, chat_instance: '1', data: kind.data, message } }),
  }
}

let lastId = 40_000_000
const forget = () => transact(bot.db, [sql`DELETE FROM rate_limits`])

/** Posts updates one after another. @returns statements and calls to Telegram */
async function flood(updates: readonly object[]): Promise<{ statements: number; calls: number }> {
  const { d1, used } = countStatements(bot.edgeEnv.DB)
  bot.telegram.calls.length = 0
  for (const update of updates) {
    const answer = await bot.post(JSON.stringify(update), {}, { ...bot.edgeEnv, DB: d1 })
    expect(answer.status).toBe(200)
  }
  return { statements: used.statements, calls: bot.telegram.calls.length }
}

fuzz(
  'floods of updates of one source',
  0.001,
  fc.array(kinds, { minLength: 10, maxLength: 30 }),
  async (sent) => {
    await forget()
    const from = { id: ++lastId, is_bot: false, first_name: 'Eva' }
    await transact(bot.db, [
      sql`INSERT INTO rate_limits (id, used_until) VALUES (${from.id}, ${bot.time.now + 2 * MINUTE})`,
    ])
    const { statements, calls } = await flood(
      sent.map((kind) => updateOf(kind, { id: from.id, type: 'private' }, from)),
    )
    // The first one hears that it is too much; a press of a button may be answered with a toast.
    expect(statements).toBeLessThanOrEqual(MOST_REFUSED * sent.length + MOST_OF_ONE)
    expect(calls).toBeLessThanOrEqual(2)
  },
)

fuzz(
  'floods of updates of many sources',
  0.001,
  fc.array(fc.tuple(kinds, fc.boolean()), { minLength: 10, maxLength: 30 }),
  async (sent) => {
    await forget()
    const { statements } = await flood(
      sent.map(([kind, inGroup]) => {
        const from = { id: ++lastId, is_bot: false, first_name: 'Eva' }
        const chat = inGroup ? { id: -lastId, type: 'supergroup' } : { id: lastId, type: 'private' }
        return updateOf(kind, chat, from)
      }),
    )
    expect(statements).toBeLessThanOrEqual(MOST_OF_ONE * sent.length)
  },
)
