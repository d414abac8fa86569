import { sql } from 'drizzle-orm'
import { Composer } from 'grammy'
import { afterEach, expect, test } from 'vitest'
import type { BotContext } from '../../src/bot/context.ts'
import { menu } from '../../src/bot/start-and-help.ts'
import { harness } from './harness.worker.ts'

const bot = harness()

/** A feature as a grammY developer writes it, without our helpers. */
const hello = new Composer<BotContext>()
hello.command('ciao', (ctx) => ctx.reply('Ciao!', { reply_markup: { inline_keyboard: [] } }))
hello.command('boom', () => {
  throw new Error('a bug')
})
menu.use(hello)

afterEach(() => {
  bot.telegram.refuse = () => undefined
})

test('a command added with plain grammY replies', async () => {
  expect((await bot.someone().types('/ciao')).text).toBe('Ciao!')
})

test('its reply is sent later when Telegram does not take it now', async () => {
  const person = bot.someone()
  bot.telegram.refuse = (method) =>
    method === 'sendMessage'
      ? { error_code: 429, description: 'Too Many Requests', parameters: { retry_after: 5 } }
      : undefined
  await person.sends({ message: person.message({ text: '/ciao' }) })
  const rows = await bot.rows(sql`SELECT content, status FROM deliveries WHERE chat_id = ${person.chat.id}`)
  expect(rows).toHaveLength(1)
  expect(rows[0]).toMatchObject({ status: 'queued' })
  expect(JSON.parse(String(rows[0]?.content))).toMatchObject({ message: { text: 'Ciao!' } })
})

test('its update is done once: a repeat is dropped', async () => {
  const person = bot.someone()
  const update = { update_id: 900_001, message: person.message({ text: '/ciao' }) }
  await bot.deliver(update)
  const calls = bot.telegram.calls.length
  expect((await bot.deliver(update)).status).toBe(200)
  expect(bot.telegram.calls).toHaveLength(calls)
})

test('a bug in it is apologised for, and is no 5xx', async () => {
  expect((await bot.someone().types('/boom')).text).toMatch(/andato storto/)
})
