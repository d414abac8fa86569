import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { webAppAddress } from '../simulators/telegram/web-app.ts'
import { seedDashboard } from './admin-seed.ts'
import {
  ADMIN,
  axe,
  BOT_TOKEN,
  type BrowsedSite,
  focused,
  LOOKS,
  startAtTop,
  startSite,
  tooWide,
  unfold,
  type WatchedPage,
} from './browser-kit.ts'

let site: BrowsedSite

beforeAll(async () => {
  site = await startSite()
  await seedDashboard((query, ...values) => site.sql(query, ...values), Date.now())
})
afterAll(() => site.stop())

/** Opens the dashboard as the bot's button does. */
async function enter({ page }: WatchedPage, userId = ADMIN) {
  const user = { id: userId, is_bot: false, first_name: 'Prova', language_code: 'it' }
  await page.goto(
    webAppAddress(`${site.url}/app?to=admin`, {
      user,
      now: Date.now(),
      token: BOT_TOKEN,
      random: Math.random,
    }),
  )
  await page.waitForURL('**/admin')
}

describe.each(LOOKS)('on a $look screen', ({ viewport, colorScheme }) => {
  it.each(['/admin', '/admin?periodo=mese'])(
    '%s has no accessibility fault, no error, no foreign request, and fits',
    async (path) => {
      const watched = await site.open({ viewport, colorScheme })
      const { page, complaints } = watched
      await enter(watched)
      await page.goto(site.url + path)
      await unfold(page)
      expect(await page.locator('svg.plot').count()).toBe(9)
      expect(await axe(page)).toEqual([])
      expect(await tooWide(page)).toBe(false)
      expect(complaints).toEqual([])
      await page.context().close()
    },
  )
})

it('is worked with the keyboard alone: from the top to the month, to a table and its numbers', async () => {
  const watched = await site.open()
  const { page } = watched
  await enter(watched)
  await startAtTop(page)
  await page.keyboard.press('Tab')
  expect(await focused(page)).toBe('Vai al contenuto')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  expect(await focused(page)).toBe('Ultimi 31 giorni')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/admin?periodo=mese#plots')
  await page.getByText('I numeri in tabella').first().focus()
  await page.keyboard.press('Enter')
  expect(await page.locator('details[open] tbody tr').first().isVisible()).toBe(true)
  await page.keyboard.press('Tab')
  expect(await focused(page)).toBe('Messaggi al minuto')
  await page.context().close()
})

it('shows who opens it outside Telegram the way in, and who is no operator nothing', async () => {
  const outside = await site.open()
  await outside.page.goto(`${site.url}/admin`)
  await outside.page.getByText('Questa pagina si apre da Telegram').waitFor()
  await outside.page.context().close()
  const other = await site.open()
  await enter(other, 901)
  expect(await other.page.locator('h1').textContent()).toBe('Pagina non trovata')
  await other.page.context().close()
})
