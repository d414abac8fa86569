import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BrowsedSite, launchBrowser, startSite } from './browser-kit.ts'
import { audit } from './lighthouse.ts'
import { seedPages } from './pages-seed.ts'

const PAGES = ['/', '/?lang=en', '/p/TO', '/p/AO', '/come-funziona', '/privacy', '/stato']
const SCREENS = [
  {
    screen: 'phone',
    phone: true,
    pages: PAGES,
    options: { viewport: { width: 320, height: 568 }, isMobile: true, hasTouch: true },
  },
  {
    screen: 'larger phone',
    phone: true,
    // One page of each layout.
    pages: ['/', '/p/TO', '/come-funziona', '/stato'],
    options: { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true },
  },
  { screen: 'desktop', phone: false, pages: PAGES, options: { viewport: { width: 1280, height: 900 } } },
]

describe('the public pages', () => {
  let site: BrowsedSite
  beforeAll(async () => {
    site = await startSite()
    await seedPages(site)
  })
  afterAll(() => site.stop())

  /** Frees a place in Milano and waits until the map shows it. */
  async function freePlace(page: Page): Promise<void> {
    await site.sql(
      `INSERT INTO offices (id, province, code, name, address, city, first_seen_at)
       VALUES ('2', 'MI', 'MI1', 'Milano Centro', 'Via Fatebenefratelli', 'MILANO', 1) ON CONFLICT DO NOTHING`,
    )
    const [last] = await site.sql("SELECT count(*) AS n FROM slots WHERE office_id = '2'")
    const places = Number(last?.n) + 1
    await site.sql(
      `INSERT INTO slots (office_id, date, time, places, first_seen_at, opened_at)
       VALUES ('2', '2030-12-18', ?, 1, 1, 1)`,
      `${9 + places}:00`,
    )
    const tile = page.locator('#italy a[data-code=MI] .count')
    await expect
      .poll(
        async () => {
          await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
          return tile.textContent()
        },
        { timeout: 60_000, interval: 500 },
      )
      .toBe(String(places))
  }

  describe.each(SCREENS)('on a $screen', ({ phone, pages, options }) => {
    it.each(pages)('%s has nothing that Lighthouse would complain of', async (path) => {
      const { page } = await site.open(options)
      const meanwhile = path === '/' ? freePlace : undefined
      expect(await audit(page, site.url + path, { phone, meanwhile })).toEqual([])
      await page.context().close()
    })
  })
})

/** A page with every fault that a page can have; its server names no charset, compresses nothing and keeps nothing. */
const FAULTY = `<html><head>
  <link rel="alternate" href="/?lang=it"><link rel="canonical" href="/"><link rel="canonical" href="/2">
  <script src="/assets/lib.0123456789.js"></script></head>
  <body onload="1"><h1>Faults</h1><input>
  <script>
    document.write('<p style="font-size: 9px">small</p>')
    addEventListener('unload', () => {})
    window.addEventListener('unload', () => {})
    document.querySelector('input').addEventListener('paste', (event) => event.preventDefault())
    console.warn('careful')
    throw new Error('thrown')
  </script>
  <p style="margin: 0; line-height: 1"><a href="/1">one</a></p><p style="margin: 0; line-height: 1"><a href="/2">two</a></p>
  <section style="height: 90vh; background: red"></section>
  <div><a href="javascript:void 0">qui</a> <a href="http://example.org" target="_blank">elsewhere</a></div>
  ${Array.from({ length: 12 }, (_, n) => `<img src="http://localhost:PORT/${n}.png">`).join('')}
  ${'<i>'.repeat(40)}${'</i>'.repeat(40)}${'<b></b>'.repeat(1_500)}</body></html>`

/** Names of the rules. */
const EVERY_RULE = [
  'blocking-script',
  'bytes',
  'cache',
  'canonical',
  'charset',
  'compression',
  'console',
  'crawlable',
  'description',
  'doctype',
  'document-write',
  'dom-depth',
  'dom-size',
  'favicon',
  'hreflang',
  'image-dimensions',
  'image-text',
  'inline-code',
  'issue',
  'lang',
  'layout-shift',
  'link-name',
  'new-window',
  'no-store',
  'paste',
  'plain-http',
  'policy',
  'request-failed',
  'requests',
  'script-error',
  'text-size',
  'third-party',
  'title',
  'touch-target',
  'unload',
  'unused-script',
  'viewport',
]

it('each fault of a page is reported', async () => {
  const server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo
    const headers = { 'content-type': 'text/html', 'cache-control': 'no-store' }
    if (request.url === '/') response.writeHead(200, headers).end(FAULTY.replaceAll('PORT', String(port)))
    else if (request.url?.endsWith('.js'))
      response
        .writeHead(200, { 'content-type': 'text/javascript' })
        .end(`function never() { return '${'y'.repeat(100_000)}' }`)
    else response.writeHead(404).end()
  })
  await new Promise<void>((fulfil) => server.listen(0, '127.0.0.1', fulfil))
  const browser = await launchBrowser()
  /** Moves everything down by half a screen. */
  const push = async (page: Page) => {
    await page.evaluate(() => {
      const pusher = document.createElement('div')
      pusher.style.height = '50vh'
      document.body.prepend(pusher)
    })
    await page.waitForFunction(() => window.watch.shift > 0)
  }
  try {
    const page = await browser.newPage()
    const { port } = server.address() as AddressInfo
    const found = await audit(page, `http://127.0.0.1:${port}/`, { phone: true, meanwhile: push })
    expect([...new Set(found.map((violation) => violation.split(':')[0]))].toSorted()).toEqual(EVERY_RULE)
  } finally {
    await browser.close()
    server.closeAllConnections()
    await new Promise((fulfil) => server.close(fulfil))
  }
}, 240_000)
