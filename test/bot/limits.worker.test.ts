import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { SECOND } from '../../src/platform/time.ts'
import { sportHarness } from './sport-kit.worker.ts'

const bot = sportHarness()
const TOO_MANY = /Troppe richieste/
bot.edgeEnv.ADMIN_IDS = '900'

/** What costs the store, the site or a browser something: how it is asked for, and how often it goes in one go. */
const costly: [what: string, ask: { text: string } | { data: string }, times: number][] = [
  ['/stato', { text: '/stato' }, 20],
  ['the status by an everyday word', { text: 'stato' }, 20],
  ['the status by its button', { data: '1:status' }, 20],
  ['a file of one’s data', { text: '/esporta' }, 6],
  ['the deletion of everything', { data: '1:forget-yes' }, 6],
  ['a check of the bookings', { data: '1:sp-check' }, 6],
  ['a dry run', { text: '/prova' }, 6],
  ['a dry run by its button', { data: '1:sp-try' }, 6],
  ['a new login', { data: '1:sp-type' }, 4],
  ['the history as a file', { data: '1:sp-csv' }, 12],
  ['a pasted session', { text: '/sessione_sport Cookie: SSPSessionId=abc' }, 4],
]

test.each(costly)(
  '%s goes a number of times in one go, then the chat has to wait; others need not',
  async (_, ask, times) => {
    const eager = bot.someone()
    const other = bot.someone()
    await eager.types('/start')
    await other.types('/start')
    bot.time.now += SECOND
    /** @returns whether it was refused, by message or by toast */
    const asks = async (person: typeof eager): Promise<boolean> => {
      bot.telegram.calls.length = 0
      await ('text' in ask ? person.types(ask.text) : person.pressesData(ask.data))
      return bot.telegram.calls.some(({ payload }) => TOO_MANY.test(String(payload.text)))
    }
    let went = 0
    while (went < 50 && !(await asks(eager))) went += 1
    expect(went).toBe(times)
    expect(await asks(other)).toBe(false)
    bot.time.now += 60 * SECOND
    expect(await asks(eager)).toBe(false)
  },
)

test.each(costly)('%s goes no more often when all come at the same moment', async (_, ask, times) => {
  const eager = bot.someone()
  await eager.types('/start')
  bot.time.now += SECOND
  bot.telegram.calls.length = 0
  const asked = Array.from({ length: times + 20 }, () =>
    'text' in ask ? eager.sends({ message: eager.message(ask) }) : eager.pressesData(ask.data, 1),
  )
  await Promise.all(asked)
  const refused = bot.telegram.calls.filter(({ payload }) => TOO_MANY.test(String(payload.text)))
  expect(refused.length).toBeGreaterThanOrEqual(20)
  expect(refused.length).toBeLessThan(times + 20)
})

test('of 20 sessions pasted at the same moment four at most reach the student’s object, all are taken out of the chat', async () => {
  const eager = bot.someone()
  await eager.types('/start')
  bot.time.now += SECOND
  bot.telegram.calls.length = 0
  const text = '/sessione_sport Cookie: SSPSessionId=abc'
  await Promise.all(Array.from({ length: 20 }, () => eager.sends({ message: eager.message({ text }) })))
  const linked = bot.students.of(eager.chat.id).calls.filter(({ name }) => name === 'linkSession')
  expect(linked.length).toBeGreaterThan(0)
  expect(linked.length).toBeLessThanOrEqual(4)
  expect(bot.telegram.count('deleteMessage')).toBe(20)
})

test('while the schedule is not known, asking for it reads it six times at most', async () => {
  const eager = bot.someone()
  const courses = await bot.rows(sql`SELECT * FROM courses`)
  await transact(bot.db, [sql`DELETE FROM courses`])
  try {
    for (let i = 0; i < 12; i++) await eager.types('/orari')
  } finally {
    await transact(
      bot.db,
      courses.map(
        (row) =>
          sql`INSERT INTO courses SELECT ${sql.join(
            Object.values(row).map((value) => sql`${value}`),
            sql`, `,
          )}`,
      ),
    )
  }
  const read = bot.students.of(eager.chat.id).calls.filter(({ name }) => name === 'refreshSchedule')
  expect(read.length).toBeGreaterThan(0)
  expect(read.length).toBeLessThanOrEqual(6)
})

test('a refused request has no effect: no call reaches the student’s object', async () => {
  const eager = bot.someone()
  await eager.types('/start')
  bot.time.now += SECOND
  for (let i = 0; i < 10; i++) await eager.pressesData('1:sp-check')
  const calls = bot.students.of(eager.chat.id).calls.filter(({ name }) => name === 'check')
  expect(calls).toHaveLength(6)
})

test('an operator’s state of the service has a limit too', async () => {
  await transact(bot.db, [sql`DELETE FROM chats WHERE id = 900`])
  const statuses: boolean[] = []
  for (let i = 0; i < 35; i++) {
    bot.telegram.calls.length = 0
    await bot.deliver({
      update_id: 5_000_000 + i,
      message: {
        message_id: 1,
        date: 1,
        chat: { id: 900, type: 'private' },
        from: { id: 900 },
        text: '/stato_admin',
      },
    })
    statuses.push(bot.telegram.calls.some(({ payload }) => TOO_MANY.test(String(payload.text))))
  }
  expect(statuses.indexOf(true)).toBe(30)
})
