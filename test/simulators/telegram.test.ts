import { Bot, InlineKeyboard } from 'grammy'
import { afterEach, describe, expect, it } from 'vitest'
import { startTelegramSimulator, type TelegramOptions, type TelegramSimulator } from './telegram/index.ts'

const running: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of running.splice(0).reverse()) await stop()
})

async function start(options?: TelegramOptions): Promise<TelegramSimulator> {
  const telegram = await startTelegramSimulator(options)
  running.push(() => telegram.close())
  return telegram
}

function botFor(telegram: TelegramSimulator): Bot {
  return new Bot(telegram.token, { client: { apiRoot: telegram.url } })
}

/** Starts grammY's long polling and stops it after the test. */
function poll(bot: Bot): void {
  bot.start().catch((error: unknown) => console.error(error))
  running.push(() => bot.stop())
}

describe('a bot of grammY on the simulator', () => {
  it('answers /start with a keyboard, edits the menu at a press, and deletes it', async () => {
    const telegram = await start()
    const bot = botFor(telegram)
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
    poll(bot)

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
})
