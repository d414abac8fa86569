import { encode as encodePng } from 'fast-png'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Person } from '../simulators/telegram/index.ts'
import { qrPicture } from '../sport/qr-picture.ts'
import { type BrowsedApp, startApp } from './app-browser-kit.ts'
import { axe, LOOKS, tooWide, unfold } from './browser-kit.ts'

const TEXT = 'otpauth://totp/PoliMi?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

/** A PNG of a text's QR code; of white for none. */
function qrPng(text: string): Buffer {
  const { side, gray } = qrPicture(text || '-', 6)
  const data = text ? gray : gray.fill(255)
  return Buffer.from(encodePng({ width: side, height: side, data, channels: 1 }))
}

/** A real login takes seconds. */
const PATIENCE = { timeout: 60_000 }

let app: BrowsedApp
let anna: Person

beforeAll(async () => {
  app = await startApp()
  anna = await app.person('Anna')
})
afterAll(() => app?.stop())

/** Opens classes one after the other until one can be booked now. */
async function toOpenClass(page: Page): Promise<string> {
  await page.goto(`${app.url}/app/sport/corsi`)
  const days = await page
    .locator('.chips a')
    .evaluateAll((links) => links.map((a) => (a as HTMLAnchorElement).href))
  for (const day of days.slice(0, 3)) {
    await page.goto(day)
    const links = await page
      .locator('.rows a')
      .evaluateAll((all) => all.map((a) => (a as HTMLAnchorElement).href))
    for (const link of links.reverse()) {
      await page.goto(link)
      if ((await page.getByRole('button', { name: 'Prenota ora' }).count()) > 0)
        return (await page.locator('h1').textContent()) ?? ''
    }
  }
  throw new Error('no class can be booked now')
}

describe('a student', () => {
  it('connects the account on the page, with the keyboard alone, and sees it work', async () => {
    const { username, password, otpauth } = app.sportrick.demo
    const { page, complaints } = await app.open({ viewport: { width: 390, height: 844 } })
    await app.enter(page, anna, '/app?to=sport/account')
    await page.getByLabel('Codice persona').focus()
    await page.keyboard.type(username)
    await page.keyboard.press('Tab')
    await page.keyboard.type(`${password}x`)
    await page.keyboard.press('Tab')
    await page.keyboard.type('not a key')
    await page.keyboard.press('Enter')
    await page.locator('[name=otpauth][aria-invalid=true]:focus').waitFor()
    expect(await page.locator('#otpauth-problem').textContent()).not.toBe('')
    expect(await page.getByLabel('Codice persona').inputValue()).toBe(username)
    expect(await page.getByLabel('Password', { exact: true }).inputValue()).toBe('')
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.keyboard.press('Tab')
    await page.keyboard.type(otpauth)
    await page.getByLabel('Leggi anche gli orari').first().check()
    await page.getByRole('button', { name: 'Collega' }).focus()
    await page.keyboard.press('Enter')
    await page.waitForURL('**/richieste/*')
    await page.getByText('Account collegato: funziona').waitFor(PATIENCE)
    expect(complaints).toEqual([])
    await page.context().close()
  })

  it('reads a chosen picture of the QR code in the browser, and sends none', async () => {
    const { page, complaints } = await app.open({ viewport: { width: 390, height: 844 } })
    await app.enter(page, await app.person('Bruno'), '/app?to=sport/account')
    const reader = () =>
      page.evaluate(() =>
        performance.getEntriesByType('resource').some(({ name }) => name.includes('page-qr')),
      )
    expect(await reader()).toBe(false)
    const chooser = page.getByLabel('Oppure una foto del codice QR')
    await chooser.setInputFiles({ name: 'qr.png', mimeType: 'image/png', buffer: qrPng(TEXT) })
    await page.getByText('Codice letto').waitFor()
    expect(await page.getByLabel('Chiave dei codici OTP').inputValue()).toBe(TEXT)
    expect(await chooser.inputValue()).toBe('')
    await chooser.setInputFiles({ name: 'no.png', mimeType: 'image/png', buffer: qrPng('') })
    await page.getByText('non trovo un codice QR').waitFor()
    await chooser.setInputFiles({
      name: 'x.heic',
      mimeType: 'image/heic',
      buffer: Buffer.from('\0\0\0\x18ftypheic'),
    })
    // What the browser cannot open goes with the form.
    expect(await chooser.inputValue()).toMatch(/x\.heic$/)
    expect(complaints).toEqual([])
    await page.context().close()
  })

  it('books a class, finds it in the week and in the chat, and cancels it', async () => {
    const { page, complaints } = await app.open({ viewport: { width: 390, height: 844 } })
    await app.enter(page, anna, '/app?to=sport/corsi')
    if ((await page.locator('.chips a').count()) === 0) {
      await page.getByRole('button', { name: 'Aggiorna gli orari' }).click()
      await expect
        .poll(async () => {
          await page.goto(`${app.url}/app/sport/corsi`)
          return page.locator('.chips a').count()
        }, PATIENCE)
        .toBeGreaterThan(0)
    }
    const name = await toOpenClass(page)
    await page.getByRole('button', { name: 'Prenota ora' }).click()
    await page.getByText('Prenotato: è nel tuo elenco').waitFor(PATIENCE)
    await page.goto(`${app.url}/app/sport`)
    if ((await page.locator('.lesson.booked').count()) === 0)
      await page.getByRole('link', { name: 'Settimana seguente' }).click()
    const lesson = page.locator('.lesson.booked')
    expect(await lesson.textContent()).toContain(name)
    anna.send('/prenotazioni')
    await anna.chat.waitFor(new RegExp(name.slice(0, 6)), { timeoutMs: 30_000 })
    await lesson.click()
    await page.getByText('Annulla', { exact: true }).click()
    await page.getByLabel('Sì, non ci vado').check()
    await page.getByRole('button', { name: 'Annulla la prenotazione' }).click()
    await page.getByText('Annullata: il posto è di nuovo libero').waitFor(PATIENCE)
    await page.goto(`${app.url}/app/sport`)
    expect(await page.locator('.lesson.booked').count()).toBe(0)
    expect(complaints).toEqual([])
    await page.context().close()
  })

  it('makes a class weekly, skips the next one, pauses it, resumes it, deletes it', async () => {
    const { page } = await app.open()
    await app.enter(page, anna, '/app?to=sport/corsi')
    await page.locator('.rows a').last().click()
    await page.getByLabel(/^Prenoto senza chiedere/).check()
    await page.getByRole('button', { name: 'Prenota ogni settimana' }).click()
    await page.getByText('Fatto: ci penso io ogni settimana.').waitFor()
    await page.getByRole('button', { name: 'Salta la prossima' }).click()
    await page.getByText('Va bene, salto la prossima.').waitFor()
    expect(await page.locator('.rows .places').first().textContent()).toBe('saltata')
    await page.getByRole('button', { name: 'Metti in pausa' }).click()
    await page.getByRole('button', { name: 'Riprendi' }).click()
    await page.getByText('Va bene, ricomincio.').waitFor()
    await page.getByText('Elimina', { exact: true }).first().click()
    await page.getByLabel('Sì, eliminala').check()
    await page.getByRole('button', { name: 'Elimina', exact: true }).click()
    await page.waitForURL('**/app/sport')
    await page.getByText('Nessuna prenotazione periodica').waitFor()
    await page.context().close()
  })

  it('makes a calendar address that calendars can read, and revokes it', async () => {
    const { page } = await app.open()
    await app.enter(page, anna, '/app?to=sport/calendario')
    await page.getByRole('button', { name: 'Crea l’indirizzo' }).click()
    const address = await page.locator('.address').inputValue()
    const feed = await page.request.get(address)
    expect(await feed.text()).toContain('BEGIN:VCALENDAR')
    await page.getByRole('button', { name: 'Revoca l’indirizzo' }).click()
    await page.getByText('non mostra più nulla').waitFor()
    expect((await page.request.get(address)).status()).toBe(404)
    await page.context().close()
  })
})

describe.each(LOOKS)('on a $look screen', ({ viewport, colorScheme }) => {
  let weeklyId = 0
  beforeAll(async () => {
    const student = await app.system.runtime.student(anna.id)
    const made = await student.createWeekly('weekly-of-the-pages', {
      type: 'course',
      name: 'PILATES',
      location: '',
      dayOfWeek: 1,
      start: '18:00',
      policy: 'book-then-confirm',
    })
    if (made.ok) weeklyId = made.value.id
  })

  it('no sport page has an accessibility fault, an error, a foreign request, or is too wide', async () => {
    const { page, complaints } = await app.open({ viewport })
    await app.enter(page, anna, '/app?to=sport/corsi', colorScheme === 'dark')
    await page.locator('.rows a').first().click()
    const aClass = new URL(page.url()).pathname
    const details = ['richieste/1', 'prenotazioni/1', `periodiche/${weeklyId}`].map(
      (path) => `/app/sport/${path}`,
    )
    const paths = ['', '/account', '/corsi', '/avvisi', '/calendario', '/richieste', '/storico']
    for (const path of [...paths.map((path) => `/app/sport${path}`), ...details, aClass]) {
      await page.goto(app.url + path)
      await unfold(page)
      expect([path, await axe(page)]).toEqual([path, []])
      expect([path, await tooWide(page)]).toEqual([path, false])
    }
    expect(complaints).toEqual([])
    await page.context().close()
  })
})

it('disconnects the account after a tick: nothing of it is left', async () => {
  const { page } = await app.open()
  await app.enter(page, anna, '/app?to=sport/account')
  await page.getByText('Scollega', { exact: true }).click()
  await page.getByLabel('Ho capito: scollega').check()
  await page.getByRole('button', { name: 'Scollega l’account' }).click()
  await page.getByText('i tuoi dati di accesso non ci sono più').waitFor()
  await page.getByRole('heading', { name: 'Collega il tuo account' }).waitFor()
  expect(await app.sql('SELECT 1 FROM students WHERE user_id = ?', anna.id)).toEqual([])
  await page.context().close()
})
