import { Bot, InlineKeyboard, InputFile } from 'grammy'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { clockShiftSeconds } from '../../scripts/local/clock.ts'
import { shiftDate } from '../../scripts/local/shift-date.ts'
import { SECOND } from '../../src/platform/time.ts'
import { launchBrowser } from '../web/browser-kit.ts'
import { startChatPage } from './chat-page/chat-page.ts'
import { startTelegramSimulator, type TelegramSimulator } from './telegram/index.ts'

const DESKTOP = { width: 1280, height: 800 }
const PHONE = { width: 390, height: 844 }

let telegram: TelegramSimulator
let bot: Bot
let site: Awaited<ReturnType<typeof startChatPage>>
let browser: Browser
let page: Page
const freed: Record<string, string>[] = []
const slow = Promise.withResolvers<void>()

/** A bot that shows one of each thing that the page must draw. */
function stubBot(token: string, apiRoot: string): Bot {
  const stub = new Bot(token, { client: { apiRoot } })
  const menu = new InlineKeyboard()
    .text('Cambia', 'change')
    .text('Avvisa', 'alert')
    .row()
    .text('Con calma', 'slow')
    .webApp('Mappa', 'http://127.0.0.1:9/app')
    .row()
    .url('Portale', 'https://example.org/prenota')
  stub.command('start', async (ctx) => {
    await ctx.reply('Ciao <b>Giulia</b>, vedi /help', { parse_mode: 'HTML', reply_markup: menu })
  })
  stub.command('help', (ctx) => ctx.reply('Aiuto'))
  stub.command('zitto', (ctx) => ctx.reply('Piano piano', { disable_notification: true }))
  stub.command('segreto', async (ctx) => {
    await ctx.deleteMessage()
  })
  stub.command('dati', (ctx) =>
    ctx.replyWithDocument(new InputFile(new TextEncoder().encode('{"a":1}'), 'dati.json')),
  )
  stub.command('pensa', (ctx) => ctx.replyWithChatAction('typing'))
  stub.on('message:photo', (ctx) => ctx.reply('Bella foto'))
  stub.callbackQuery('change', async (ctx) => {
    await ctx.answerCallbackQuery('Cambiato')
    await ctx.editMessageText('Menu cambiato', { reply_markup: menu })
  })
  stub.callbackQuery('alert', (ctx) => ctx.answerCallbackQuery({ text: 'Attenzione', show_alert: true }))
  stub.callbackQuery('slow', async (ctx) => {
    await slow.promise
    await ctx.answerCallbackQuery()
  })
  return stub
}

beforeAll(async () => {
  telegram = await startTelegramSimulator()
  bot = stubBot(telegram.token, telegram.url)
  await bot.api.setMyCommands([
    { command: 'start', description: 'Menu principale' },
    { command: 'zitto', description: 'Un messaggio muto' },
  ])
  await bot.api.setMyDescription('Guardo i posti per il passaporto.')
  void bot.start()
  site = await startChatPage({
    telegram,
    port: 0,
    panel: [
      {
        title: 'Portale',
        actions: [
          {
            id: 'free',
            label: 'Libera un posto',
            fields: [{ name: 'places', label: 'Posti', type: 'number', value: '2' }],
            run: async (values) => {
              freed.push(values)
              return `Liberati ${values.places} posti`
            },
          },
          {
            id: 'session',
            label: { it: 'Nuova sessione', en: 'New session' },
            run: async () => ({ text: { it: 'Copiala', en: 'Copy it' }, copy: '/sessione a=1' }),
          },
          { id: 'fail', label: 'Guasto', run: () => Promise.reject(new Error('Non si può')) },
        ],
      },
    ],
    status: async () => [{ title: 'Code', columns: ['Coda', 'Liberati'], rows: [['avvisi', freed.length]] }],
  })
  browser = await launchBrowser()
})

afterAll(async () => {
  await browser?.close()
  await site?.close()
  await bot?.stop()
  await telegram?.close()
})

const faults: string[] = []

/** Opens the chat of a new person, so that no test sees another test's messages. */
async function openChat(id: number, viewport = DESKTOP, locale = 'it-IT', path = '/'): Promise<void> {
  telegram.createUser({ id, firstName: 'Giulia', lastName: String(id) })
  const context = await browser.newContext({
    viewport,
    locale,
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  await context.addInitScript(shiftDate, clockShiftSeconds() * SECOND)
  page = await context.newPage()
  page.on('pageerror', (error) => faults.push(error.message))
  await page.goto(`${site.url}${path}${path.includes('?') ? '&' : '?'}chat=${id}`)
}

const messages = () => page.locator('.message:not(.vanishing)')
const write = async (text: string) => {
  await page.getByLabel('Messaggio', { exact: true }).fill(text)
  await page.keyboard.press('Enter')
}
const start = async () => {
  await page.getByRole('button', { name: 'Avvia' }).click()
  await page.locator('#messages').getByText('Ciao Giulia').waitFor()
}

beforeEach(() => {
  faults.length = 0
  return async () => {
    await page.context().close()
    expect(faults).toEqual([])
  }
})

test('Start on an empty chat writes to the bot, whose formatted answer comes by itself', async () => {
  await openChat(11)
  await start()
  expect(await messages().count()).toBe(2)
  expect(await page.locator('.bot strong').textContent()).toBe('Giulia')
  expect(await page.getByRole('link', { name: 'Portale' }).getAttribute('target')).toBe('_blank')
  await page.getByRole('button', { name: '/help', exact: true }).click()
  await page.locator('#messages').getByText('Aiuto').waitFor()
})

test('an empty chat shows what the bot says about itself', async () => {
  await openChat(25)
  await page.locator('#empty').getByText('Guardo i posti per il passaporto.').waitFor()
  await start()
  await page.locator('#empty').waitFor({ state: 'hidden' })
})

test('what the bot says that it is doing shows until it writes', async () => {
  await openChat(26)
  await start()
  await write('/pensa')
  await page.locator('#subtitle', { hasText: 'sta scrivendo…' }).waitFor()
  await write('/help')
  await page.locator('#subtitle', { hasText: 'sei Giulia 26' }).waitFor()
})

test("the button next to the message box opens the chat's Mini App when the bot set one", async () => {
  await openChat(27)
  await start()
  await bot.api.setChatMenuButton({
    chat_id: 27,
    menu_button: { type: 'web_app', text: 'Province', web_app: { url: 'http://127.0.0.1:9/app' } },
  })
  await page.getByRole('button', { name: 'Province' }).click()
  await page.getByRole('dialog', { name: 'Province' }).waitFor()
})

test('a pressed button shows the toast and the edit, marked as such, and keeps the focus', async () => {
  await openChat(12)
  await start()
  await page.getByRole('button', { name: 'Cambia' }).press('Enter')
  await page.locator('.toast', { hasText: 'Cambiato' }).waitFor()
  await page.locator('.bot', { hasText: 'Menu cambiato' }).getByText('modificato', { exact: true }).waitFor()
  expect(await messages().count()).toBe(2)
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Cambia')
})

test('an alert waits for OK', async () => {
  await openChat(13)
  await start()
  await page.getByRole('button', { name: 'Avvisa' }).click()
  const dialog = page.getByRole('dialog')
  expect(await dialog.getByText('Attenzione').textContent()).toBe('Attenzione')
  await dialog.getByRole('button', { name: 'OK' }).click()
  await dialog.waitFor({ state: 'hidden' })
})

test('a button spins until the bot answers it', async () => {
  await openChat(14)
  await start()
  const busy = page.locator('.key[aria-busy]')
  await page.getByRole('button', { name: 'Con calma' }).click()
  await busy.waitFor()
  slow.resolve()
  await busy.waitFor({ state: 'detached' })
})

test('a message that the bot deletes vanishes', async () => {
  await openChat(15)
  await start()
  await write('/segreto qwerty')
  await page.locator('.user', { hasText: 'qwerty' }).waitFor({ state: 'detached' })
  expect(await messages().count()).toBe(2)
})

test('only a message without a sound carries the muted bell', async () => {
  await openChat(16)
  await start()
  await page.getByRole('button', { name: 'Comandi del bot' }).click()
  await page.getByRole('button', { name: '/zitto' }).click()
  await page.locator('.bot', { hasText: 'Piano piano' }).getByRole('img', { name: 'silenzio' }).waitFor()
  expect(await page.getByRole('img', { name: 'silenzio' }).count()).toBe(1)
})

test('a document can be downloaded and a photo sent', async () => {
  await openChat(17)
  await start()
  await write('/dati')
  const download = page.waitForEvent('download')
  await page.getByRole('link', { name: 'dati.json' }).click()
  expect((await download).suggestedFilename()).toBe('dati.json')
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
    'base64',
  )
  await page.locator('#photo').setInputFiles({ name: 'qr.png', mimeType: 'image/png', buffer: png })
  await page.locator('#messages').getByText('Bella foto').waitFor()
  const drawn = page.locator('.user img')
  expect(await drawn.evaluate((image) => image instanceof HTMLImageElement && image.naturalWidth)).toBe(1)
})

test('a Mini App opens in a panel, signed for who looks', async () => {
  await openChat(18)
  await start()
  await page.getByRole('button', { name: 'Mappa' }).click()
  await page.getByRole('dialog', { name: 'Mappa' }).waitFor()
  const address = new URL((await page.locator('#mini-app iframe').getAttribute('src')) ?? '')
  const launch = new URLSearchParams(new URLSearchParams(address.hash.slice(1)).get('tgWebAppData') ?? '')
  expect(JSON.parse(launch.get('user') ?? '{}')).toMatchObject({ id: 18 })
  expect(launch.get('hash')).toMatch(/^[0-9a-f]{64}$/)
  await page.keyboard.press('Escape')
  await page.locator('#mini-app').waitFor({ state: 'hidden' })
})

test('an action of the side panel runs with its fields, tells its result, and the tables follow', async () => {
  await openChat(19)
  const before = freed.length
  await page.getByLabel('Posti').fill('3')
  await page.getByRole('button', { name: 'Libera un posto' }).click()
  await page.locator('.toast', { hasText: 'Liberati 3 posti' }).waitFor()
  expect(freed.at(-1)).toEqual({ places: '3' })
  await page.getByRole('cell', { name: String(before + 1), exact: true }).waitFor()
  await page.getByRole('button', { name: 'Guasto' }).click()
  await page.locator('.toast.bad', { hasText: 'Non si può' }).waitFor()
})

test('in a group one writes as any member, and what looks like markup stays text', async () => {
  await openChat(22)
  const [ada, marco] = [
    telegram.createUser({ id: 23, firstName: 'Ada' }),
    telegram.createUser({ id: 24, firstName: 'Marco' }),
  ]
  const group = telegram.createGroup({ title: 'Coinquilini', creator: ada, members: [marco] })
  await page.getByRole('button', { name: /Coinquilini/ }).click()
  await page.getByLabel('Scrivi come').selectOption('Marco')
  await write('/help <img src=x>')
  await page.locator('.bot').getByText('Aiuto').waitFor()
  const [question] = group.messages
  if (question) ada.send('Grazie', { in: group, replyTo: question })
  await page.locator('.answers', { hasText: 'Marco' }).waitFor()
  group.kickBot(ada)
  await page.locator('.service', { hasText: 'Ada ha tolto Sportello' }).waitFor()
  expect(await page.locator('.user .author').first().textContent()).toBe('Marco')
  expect(await page.locator('.user .text').first().textContent()).toBe('/help <img src=x>')
})

test('a blocked bot can be unblocked, which starts it again', async () => {
  await openChat(20)
  await start()
  await page.getByRole('button', { name: 'Blocca il bot' }).click()
  await page.getByRole('button', { name: 'Sblocca e riavvia' }).click()
  await expect.poll(() => page.locator('#messages').getByText('Ciao Giulia').count()).toBe(2)
})

test('on a phone the chats and the panel are drawers, and nothing is wider than the screen', async () => {
  await openChat(21, PHONE)
  await start()
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(PHONE.width)
  await page.getByRole('button', { name: 'Elenco delle chat' }).click()
  const list = page.getByRole('complementary', { name: 'Chat' })
  await list.getByRole('button', { name: /Giulia 21/ }).waitFor()
  await page.keyboard.press('Escape')
  await list.waitFor({ state: 'hidden' })
  await page.getByRole('button', { name: 'Pannello di prova' }).click()
  await page.getByRole('button', { name: 'Libera un posto' }).waitFor()
})

test('a text to be sent on can be selected, and a button copies it', async () => {
  await openChat(81)
  await page.getByRole('button', { name: 'Nuova sessione' }).click()
  const area = page.locator('.copyable textarea')
  expect(await area.inputValue()).toBe('/sessione a=1')
  await page.getByRole('button', { name: 'Copia', exact: true }).click()
  await page.getByText('Copiato').waitFor()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('/sessione a=1')
})

test('the page speaks the browser’s language, or the one chosen on it', async () => {
  await openChat(82, DESKTOP, 'en-GB')
  await page.getByRole('heading', { name: 'Test panel' }).waitFor()
  await page.getByRole('button', { name: 'New session' }).waitFor()
  await page.getByRole('button', { name: 'Start', exact: true }).waitFor()
  expect(await page.locator('body').innerText()).not.toMatch(/Pannello|Avvia|Messaggio/)
  await page.getByRole('button', { name: 'Italiano' }).click()
  await page.getByRole('heading', { name: 'Pannello di prova' }).waitFor()
  expect(await page.locator('html').getAttribute('lang')).toBe('it')
})

test('a link to the bot opens its chat, whose Start button sends what the link holds', async () => {
  await openChat(83)
  await start()
  await page.goto(`${site.url}/${telegram.world.bot.username}?start=TO&chat=83`)
  await page.getByRole('button', { name: 'Avvia' }).click()
  await page.locator('.user .text').getByText('/start TO').waitFor()
  expect(new URL(page.url()).searchParams.get('start')).toBe(null)
})
