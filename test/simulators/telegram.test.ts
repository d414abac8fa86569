import { Bot, InlineKeyboard } from 'grammy'
import { describe, expect, it } from 'vitest'
import type { TelegramSimulator } from './telegram/index.ts'
import { afterTest, call, startTelegram } from './telegram-testing.ts'

function startBot(telegram: TelegramSimulator, setUp: (bot: Bot) => void): void {
  const bot = new Bot(telegram.token, { client: { apiRoot: telegram.url } })
  setUp(bot)
  const polling = bot.start()
  afterTest(async () => {
    await bot.stop()
    await polling
  })
}

describe('a bot of grammY on the simulator', () => {
  it('answers /start with a keyboard, edits the menu at a press, and deletes it', async () => {
    const telegram = await startTelegram()
    startBot(telegram, (bot) => {
      bot.command('start', (ctx) =>
        ctx.reply('Benvenuto', {
          reply_markup: new InlineKeyboard().text('Avanti', 'next').text('Via', 'bye'),
        }),
      )
      bot.callbackQuery('next', async (ctx) => {
        await ctx.answerCallbackQuery('fatto')
        await ctx.editMessageText('Secondo passo', { reply_markup: new InlineKeyboard().text('Via', 'bye') })
      })
      bot.callbackQuery('bye', (ctx) => ctx.deleteMessage())
    })

    const anna = telegram.createUser({ firstName: 'Anna' })
    anna.start()
    const menu = await anna.chat.waitFor('Benvenuto')
    expect(menu.buttons).toEqual(['Avanti', 'Via'])

    const press = anna.press(menu, 'Avanti')
    expect(await press.answered()).toMatchObject({ text: 'fatto', alert: false })
    const edited = await anna.chat.waitFor('Secondo passo')
    expect(edited.id).toBe(menu.id)
    expect(edited.history?.map(({ text }) => text)).toEqual(['Benvenuto'])

    anna.press(edited, 'bye')
    await anna.chat.waitUntil(() => edited.deletedAt !== undefined)
    expect(anna.chat.fromBot).toEqual([])
    expect(telegram.ledger.accepted.map(({ kind }) => kind)).toEqual([
      'sent',
      'answered',
      'edited',
      'deleted',
    ])
  })

  it('is idle only when the bot has done what an update asked for', async () => {
    const telegram = await startTelegram({ latencyMs: 20 })
    startBot(telegram, (bot) => {
      bot.on('message', async (ctx) => {
        await ctx.reply('uno')
        await ctx.reply('due')
      })
    })
    const anna = telegram.createUser()
    anna.send('ciao')
    await telegram.waitForIdle()
    expect(anna.chat.fromBot.map(({ text }) => text)).toEqual(['uno', 'due'])
  })

  it('says what was there instead when nothing fitting comes', async () => {
    const telegram = await startTelegram()
    const anna = telegram.createUser()
    anna.send('ciao')
    await expect(anna.chat.waitFor('mai', { timeoutMs: 20 })).rejects.toThrow(/mai in chat \d+.*ciao/s)
  })
})

describe('how the API is called', () => {
  it('takes the query string, urlencoded, multipart and JSON bodies, and any capitals', async () => {
    const telegram = await startTelegram()
    const { id } = telegram.createUsers(1)[0] ?? { id: 0 }
    const base = `${telegram.url}/bot${telegram.token}`
    const form = new FormData()
    form.set('chat_id', String(id))
    form.set('text', 'multipart')
    const answers = await Promise.all([
      fetch(`${base}/sendMessage?chat_id=${id}&text=query`),
      fetch(`${base}/sendmessage`, {
        method: 'POST',
        body: new URLSearchParams({ chat_id: String(id), text: 'form' }),
      }),
      fetch(`${base}/SendMessage`, { method: 'POST', body: form }),
    ])
    for (const answer of answers) expect(await answer.json()).toMatchObject({ ok: true })
    expect(await call(telegram, 'sendMessage', { chat_id: id, text: 'json' })).toMatchObject({ ok: true })
    expect(telegram.ledger.sent.map(({ text }) => text).sort()).toEqual([
      'form',
      'json',
      'multipart',
      'query',
    ])
  })

  it.each([
    ['bot1:wrong-token/getMe', 401, 'Unauthorized'],
    ['botnonsense/getMe', 404, 'Not Found'],
    ['elsewhere', 404, 'Not Found'],
  ])('refuses /%s with %i', async (path, code, description) => {
    const telegram = await startTelegram()
    const answer = await fetch(`${telegram.url}/${path}`)
    expect(answer.status).toBe(code)
    expect(await answer.json()).toEqual({ ok: false, error_code: code, description })
  })

  it('refuses a method that it does not have, or that was switched off', async () => {
    const telegram = await startTelegram()
    const missing = { ok: false, error_code: 404, description: 'Not Found: method not found' }
    expect(await call(telegram, 'makeCoffee')).toEqual(missing)
    telegram.faults.switchOff('setMyCommands')
    expect(await call(telegram, 'setMyCommands', { commands: [] })).toEqual(missing)
    telegram.faults.switchOn('setMyCommands')
    expect(await call(telegram, 'setMyCommands', { commands: [] })).toMatchObject({ ok: true })
  })

  it('refuses a body that is not JSON', async () => {
    const telegram = await startTelegram()
    const answer = await fetch(`${telegram.url}/bot${telegram.token}/sendMessage`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{broken',
    })
    expect(answer.status).toBe(400)
  })
})
