import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Person } from '../simulators/telegram/index.ts'
import { type BrowsedApp, startApp } from './app-browser-kit.ts'
import { axe, focused, LOOKS, smallTargets, startAtTop, tooWide, unfold } from './browser-kit.ts'

let app: BrowsedApp
let anna: Person

beforeAll(async () => {
  app = await startApp()
  anna = await app.person('Anna')
})
afterAll(() => app?.stop())

const PAGES = [
  '/app/province',
  '/app/province/TO',
  '/app/province/AO',
  '/app/preferenze',
  '/app/dati',
  '/app/sport/account',
  '/app/sport/corsi',
]

describe('opened from the chat', () => {
  it('the menu button shows it over the conversation; a province followed there is followed in the chat', async () => {
    const { page, complaints } = await app.open({ viewport: { width: 1280, height: 900 } })
    await page.goto(`${app.chats.url}/`)
    await page.getByRole('button', { name: 'Anna' }).first().click()
    await page.getByRole('button', { name: 'Sportello', exact: true }).click()
    const frame = page.frameLocator('#mini-app iframe')
    await frame.getByRole('heading', { name: 'Le tue province' }).waitFor()
    await frame.getByRole('link', { name: /^Torino, TO/ }).click()
    await frame.getByRole('button', { name: 'Segui', exact: true }).click()
    await frame.getByText('Ora la segui').waitFor()
    expect(complaints).toEqual([])
    await page.keyboard.press('Escape')
    anna.send('/stato')
    const answer = await anna.chat.waitFor(/Torino/, { timeoutMs: 30_000 })
    expect(answer.text).toContain('Torino')
    await page.context().close()
  })

  it('a person who opens it without Telegram reads how to open it', async () => {
    const { page } = await app.open()
    for (const path of ['/app', '/app/province']) {
      await page.goto(app.url + path)
      await page.getByText('Questa pagina si apre da Telegram').waitFor()
    }
    expect(await axe(page)).toEqual([])
    await page.context().close()
  })

  it('data of another bot are not believed', async () => {
    const { page } = await app.open()
    await page.goto(anna.openWebApp(`${app.url}/app`).replace(/hash%3D\w{8}/, 'hash%3D00000000'))
    await page.getByText('Non riesco ad aprire l’app').waitFor()
    expect(await page.context().cookies()).toEqual([])
    await page.context().close()
  })

  it('after the session expired, the page asks to open it again', async () => {
    const { page } = await app.open()
    await app.enter(page, anna)
    await page.context().clearCookies()
    await page.getByRole('link', { name: 'Dati', exact: true }).click()
    await page.getByText('L’accesso è scaduto').waitFor()
    await page.context().close()
  })

  it('a browser that keeps no cookies is told so', async () => {
    const { page } = await app.open()
    await page.route('**/app/session', async (route) => {
      const response = await route.fetch()
      await page.context().clearCookies()
      await route.fulfill({ contentType: 'application/json', body: await response.text() })
    })
    await page.goto(anna.openWebApp(`${app.url}/app`))
    await page.getByText('non conserva l’accesso').waitFor()
    await page.context().close()
  })

  it('open slots appear while the page is visible', async () => {
    const { page } = await app.open()
    await app.enter(page, anna, '/app?to=province/TO')
    await app.sql('DELETE FROM slots')
    await page.reload()
    expect(await page.getByText('10:15').count()).toBe(0)
    await app.sql(
      `INSERT INTO slots (office_id, date, time, places, first_seen_at, opened_at)
       SELECT id, '2030-12-19', '17:42', 1, 1, 1 FROM offices WHERE province = 'TO' LIMIT 1`,
    )
    await page.getByText('17:42').waitFor()
    await page.context().close()
  })

  it('a page opened by another person in the same browser shows their data, not the previous person’s', async () => {
    const bruno = await app.person('Bruno')
    const { page } = await app.open()
    await app.enter(page, anna)
    await page
      .getByRole('link', { name: /^Torino/ })
      .first()
      .waitFor()
    const address = bruno.openWebApp(`${app.url}/app/province`)
    await page.goto(address)
    await page.locator('#change').getByRole('button', { name: /Bruno/ }).click()
    await page.getByText('Non segui ancora nessuna provincia').waitFor()
    await page.context().close()
  })
})

describe.each(LOOKS)('on a $look screen', ({ viewport, colorScheme }) => {
  it('no page has an accessibility fault, an error, a foreign request, or is too wide', async () => {
    const { page, complaints } = await app.open({ viewport })
    await app.enter(page, anna, '/app', colorScheme === 'dark')
    const theme = await page.evaluate(() => document.documentElement.dataset.theme)
    expect(theme).toBe(colorScheme)
    for (const path of PAGES) {
      await page.goto(app.url + path)
      await unfold(page)
      expect([path, await axe(page)]).toEqual([path, []])
      expect([path, await tooWide(page)]).toEqual([path, false])
      expect([path, await smallTargets(page)]).toEqual([path, []])
      await page.evaluate(() => document.documentElement.style.setProperty('font-size', '200%'))
      expect([path, 'at 200 %', await tooWide(page)]).toEqual([path, 'at 200 %', false])
    }
    expect(complaints).toEqual([])
    await page.context().close()
  })
})

describe('provinces', () => {
  it('the map is one tab stop, and a typed province is found or reported as unknown at the field', async () => {
    const { page } = await app.open({ viewport: { width: 360, height: 740 } })
    await app.enter(page, anna, '/app?to=province')
    expect(await page.locator('#italy a.tile[tabindex="0"]').count()).toBe(1)
    await page.locator('#italy a[data-code=RM]').focus()
    await page.keyboard.press('ArrowUp')
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-code'))).not.toBe('RM')
    await page.locator('#q').fill('atlantide')
    await page.getByRole('button', { name: 'Cerca' }).click()
    const field = page.locator('#q[aria-invalid=true]')
    await field.waitFor()
    expect(await field.evaluate((it) => document.activeElement === it)).toBe(true)
    expect(await axe(page)).toEqual([])
    await field.fill('moncalieri')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Torino' }).waitFor()
    await page.context().close()
  })
})

describe('settings', () => {
  it('are worked with the keyboard alone, and the chat has them at once', async () => {
    const { page } = await app.open({ viewport: { width: 390, height: 844 } })
    await app.enter(page, anna, '/app?to=preferenze')
    await startAtTop(page)
    await page.keyboard.press('Tab')
    expect(await focused(page)).toBe('Vai al contenuto')
    await page.keyboard.press('Enter')
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press('Tab')
      if ((await page.evaluate(() => document.activeElement?.getAttribute('name'))) === 'minPlaces') break
    }
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Enter')
    await page.getByText('Salvato.').waitFor()
    expect(await page.locator('[name=minPlaces]').inputValue()).toBe('2')
    anna.send('/impostazioni')
    const shown = await anna.chat.waitFor(/Impostazioni/, { timeoutMs: 30_000 })
    expect(JSON.stringify(shown.keyboard)).toContain('da 2 in su')
    await page.context().close()
  })

  it('work without scripts once the visit is open', async () => {
    const { page } = await app.open()
    await app.enter(page, anna)
    const storageState = await page.context().storageState()
    const { page: plain } = await app.open({ javaScriptEnabled: false, storageState })
    await plain.goto(`${app.url}/app/province/MI`)
    await plain.getByRole('button', { name: 'Segui', exact: true }).click()
    await plain.getByRole('button', { name: 'Silenzia per oggi' }).click()
    await plain.getByText('Nessun avviso fino a mezzanotte.').waitFor()
    await plain.getByRole('button', { name: 'Smetti di seguire' }).click()
    await plain.getByText('Non la segui più.').waitFor()
    await plain.context().close()
    await page.context().close()
  })

  it('everything about a person is handed out as a file, and deleted after a tick', async () => {
    const carla = await app.person('Carla')
    const { page } = await app.open()
    await app.enter(page, carla, '/app?to=province/AO')
    await page.getByRole('button', { name: 'Segui', exact: true }).click()
    await page.getByRole('link', { name: 'Dati', exact: true }).click()
    const download = page.waitForEvent('download')
    await page.getByRole('link', { name: 'Scarica il file' }).click()
    expect((await download).suggestedFilename()).toBe('sportello-i-miei-dati.json')
    await page.getByLabel('Ho capito: cancella tutto').check()
    await page.getByRole('button', { name: 'Cancella i miei dati' }).click()
    await page.getByText('ho cancellato tutto').waitFor()
    expect(await app.sql('SELECT 1 FROM chats WHERE id = ?', carla.id)).toEqual([])
    await page.goto(`${app.url}/app/dati`)
    await page.getByText('Questa pagina si apre da Telegram').waitFor()
    await page.context().close()
  })
})
