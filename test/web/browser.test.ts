import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  axe,
  type BrowsedSite,
  focused,
  LOOKS,
  startSite,
  tooWide,
  unfold,
  type WatchedPage,
} from './browser-kit.ts'
import { seedPages } from './pages-seed.ts'

let site: BrowsedSite

beforeAll(async () => {
  site = await startSite()
  await seedPages(site)
})
afterAll(() => site.stop())

const PAGES = [
  '/',
  '/p/TO',
  '/p/AO',
  '/p/RM',
  '/cerca?q=reggio',
  '/come-funziona',
  '/privacy',
  '/stato',
  '/not-a-page',
]

describe.each(LOOKS)('on a $look screen', ({ viewport, colorScheme }) => {
  let watched: WatchedPage
  beforeAll(async () => {
    watched = await site.open({ viewport, colorScheme })
  })
  afterAll(() => watched.page.context().close())

  it.each(PAGES)('%s has no accessibility fault, no error, no foreign request, and fits', async (path) => {
    const { page, complaints } = watched
    await page.goto(site.url + path)
    await unfold(page)
    expect(await axe(page)).toEqual([])
    expect(await tooWide(page)).toBe(false)
    expect(complaints).toEqual([])
  })

  it('the panel of a province has no accessibility fault', async () => {
    const { page, complaints } = watched
    await page.goto(site.url)
    await page.locator('#italy a[data-code=TO]').click()
    await page.locator('#panel h2').waitFor()
    expect(await axe(page)).toEqual([])
    expect(complaints).toEqual([])
  })
})

describe('with the keyboard only', () => {
  it('the first Tab offers to skip to the content', async () => {
    const { page } = await site.open()
    await page.goto(site.url)
    await page.keyboard.press('Tab')
    expect(await focused(page)).toBe('Vai al contenuto')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('q')
    await page.context().close()
  })

  it('the map is one stop, walked by arrows; Enter opens a province, Escape gives the focus back', async () => {
    const { page } = await site.open()
    await page.goto(site.url)
    await page.locator('.search button').focus()
    await page.keyboard.press('Tab')
    expect(await focused(page)).toContain('Apri il bot')
    await page.keyboard.press('Tab')
    expect(await focused(page)).toContain('Roma')
    for (const [key, name] of [
      ['ArrowUp', 'Viterbo'],
      ['ArrowUp', 'Grosseto'],
      ['ArrowRight', 'Terni'],
      ['ArrowDown', 'Rieti'],
    ] as const) {
      await page.keyboard.press(key)
      expect(await focused(page)).toContain(name)
    }
    await page.locator('#italy a[data-code=TO]').focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Torino', level: 2 }).waitFor()
    expect(await page.locator('#panel').getByText('TOPQ60 - Questura di Torino').isVisible()).toBe(true)
    await page.keyboard.press('Escape')
    expect(await page.locator('#panel').isVisible()).toBe(false)
    expect(await focused(page)).toContain('Torino')
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.closest('#italy'))).toBeNull()
    await page.context().close()
  })
})

describe('without scripts', () => {
  it('a tile leads to the province’s page, and a search finds it', async () => {
    const { page } = await site.open({ javaScriptEnabled: false })
    await page.goto(site.url)
    await page.locator('#italy a[data-code=TO]').click()
    await page.waitForURL('**/p/TO')
    await page.goto(site.url)
    await page.locator('#q').fill('Firenze')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/p/FI')
    await page.context().close()
  })
})

describe('while it is open', () => {
  it('the map changes with the readings, without a reload and without losing the focus', async () => {
    const { page, complaints } = await site.open()
    await page.goto(site.url)
    const milan = page.locator('#italy a[data-code=MI]')
    await milan.focus()
    expect(await milan.getAttribute('aria-label')).toBe('Milano, MI: nessun posto')
    await site.sql(
      `INSERT INTO offices (id, province, code, name, address, city, first_seen_at)
       VALUES ('2', 'MI', 'MI1', 'Milano <Centro>', 'Via Fatebenefratelli', 'MILANO', 1)`,
    )
    await site.sql(
      `INSERT INTO slots (office_id, date, time, places, first_seen_at, opened_at)
       VALUES ('2', '2030-12-18', '10:00', 12, 1, 1)`,
    )
    await expect
      .poll(
        async () => {
          await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
          return milan.getAttribute('aria-label')
        },
        { timeout: 15_000, interval: 500 },
      )
      .toBe('Milano, MI: 12 posti liberi, 1 sede, dal mer 18 dic')
    expect(await milan.getAttribute('class')).toBe('tile many')
    expect(await focused(page)).toContain('Milano')
    expect(await page.locator('#open b').first().textContent()).toBe('Milano')
    expect(await page.locator('#summary').textContent()).toBe('15 posti liberi in 2 province')
    expect(complaints).toEqual([])
    await page.context().close()
  })

  it('it says so when the server is away, and takes it back', async () => {
    const { page } = await site.open()
    await page.goto(site.url)
    const look = () => page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
    await page.route('**/map.json*', (route) => route.abort())
    await look()
    await page.getByText('Non riesco ad aggiornare la pagina').waitFor()
    await page.unroute('**/map.json*')
    await look()
    await expect.poll(() => page.locator('#offline').textContent()).toBe('')
    await page.context().close()
  })
})
