import { createExecutionContext } from 'cloudflare:test'
import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { transact } from '../../src/db/database.ts'
import type { MapView } from '../../src/web/map/shape.ts'
import { kit, NOON } from './kit.worker.ts'

const site = kit()
const MINUTE = 60_000
const hostile = `<script>alert(1)</script> "Sud" & 'Nord' </svg>`

beforeAll(async () => {
  await site.followed('TO', NOON - 20_000)
  await site.office({ id: 'to1', province: 'TO', name: hostile, address: '<img src=x onerror=alert(1)>' }, [
    ['2026-12-01', '09:00', 1],
    ['2026-11-30', '10:15', 2],
  ])
  await site.followed('MI', NOON - 30_000)
  await site.followed('GE', NOON - 11 * MINUTE)
  await site.office({ id: 'ge1', province: 'GE', name: 'Genova Centro' }, [['2026-12-01', '09:00', 5]])
  await site.followed('RM', NOON - 25_000)
  await site.office({ id: 'rm1', province: 'RM', name: 'Roma Centro' }, [['2026-12-01', '09:00', 12]])
  await transact(site.db, [
    sql`INSERT INTO state (name, value, at) VALUES ('bot-info', ${JSON.stringify({ key: 1, me: { username: 'sportello_bot' } })}, 1)`,
  ])
})

const pages = ['/', '/p/TO', '/p/TO/adesso', '/cerca?q=reggio', '/nothing-here']

describe('every page', () => {
  it.each(pages)(
    '%s comes with strict security headers and nothing inline or from elsewhere',
    async (path) => {
      const response = await site.get(path)
      const html = await response.text()
      const policy = response.headers.get('Content-Security-Policy') ?? ''
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("script-src 'self'")
      expect(policy).not.toContain('unsafe')
      expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff')
      expect(response.headers.get('Referrer-Policy')).toBe('no-referrer')
      expect(html).not.toMatch(
        /<style|\sstyle=|<script>|\son\w+="|<(?:img|iframe|link|script)[^>]+(?:src|href)="(?:https?:)?\/\//,
      )
    },
  )

  it.each(pages)('%s never lets an office’s name become markup', async (path) => {
    const html = await (await site.get(path)).text()
    expect(html).not.toContain('<script>alert')
    expect(html).not.toContain('<img src=x')
  })

  it('speaks the language that the browser prefers, or the one asked for', async () => {
    const titleOf = async (path: string, header: string) =>
      /<html lang="(\w+)"/.exec(await (await site.get(path, { 'Accept-Language': header })).text())?.[1]
    expect(await titleOf('/', 'en-GB,en;q=0.9,it;q=0.8')).toBe('en')
    expect(await titleOf('/', 'de-DE,de;q=0.9')).toBe('it')
    expect(await titleOf('/?lang=it', 'en-GB')).toBe('it')
    expect(await titleOf('/p/TO?lang=en', 'it-IT')).toBe('en')
    expect((await site.get('/')).headers.get('Vary')).toContain('Accept-Language')
  })

  it('tells search engines where a page is in each language, by whole addresses', async () => {
    const link = (await site.get('/p/TO?from=somewhere&lang=en')).headers.get('Link') ?? ''
    const addresses = [...link.matchAll(/<https?:\/\/[^/]+(\/[^>]*)>; rel="alternate"; hreflang="([\w-]+)"/g)]
    expect(addresses.map(([, path, language]) => [language, path])).toEqual([
      ['it', '/p/TO?lang=it'],
      ['en', '/p/TO?lang=en'],
      ['x-default', '/p/TO'],
    ])
    expect((await site.get('/nothing-here')).headers.get('Link')).toBeNull()
  })

  it('keeps a language chosen by hand in its links', async () => {
    const html = await (await site.get('/?lang=en')).text()
    expect(html).toContain('href="/p/TO?lang=en"')
    expect(html).toContain('href="/?lang=it"')
  })
})

describe('the map', () => {
  it('shows all 107 provinces, each with its free slots in words', async () => {
    const html = await (await site.get('/', { 'Accept-Language': 'en' })).text()
    expect(html.match(/<a class="tile /g)).toHaveLength(107)
    expect(html).toContain('aria-label="Torino, TO: 3 free places, 1 office, from Mon 30 Nov"')
    expect(html).toContain('aria-label="Milano, MI: no place"')
    expect(html).toContain('aria-label="Genova, GE: not up to date"')
    expect(html).toContain('aria-label="Aosta, AO: not followed"')
    expect(html).toContain('15 free places in 2 provinces')
  })

  it('answers as JSON with an ETag, then 304 while nothing changes, then what changed', async () => {
    const first = await site.get('/map.json?lang=en')
    const etag = first.headers.get('ETag') ?? ''
    const view = (await first.json()) as MapView
    expect(view.tiles.map(({ code, level, text }) => [code, level, text])).toEqual([
      ['GE', 'stale', '?'],
      ['MI', 'none', ''],
      ['RM', 'many', '12'],
      ['TO', 'few', '3'],
    ])
    expect(view.readAt).toBe(NOON - 20_000)
    expect(view.open.map((one) => one.code)).toEqual(['TO', 'RM'])

    site.time.now += 6_000
    const again = await site.get('/map.json?lang=en', { 'If-None-Match': etag })
    expect([again.status, await again.text(), again.headers.get('ETag')]).toEqual([304, '', etag])
    expect(again.headers.get('X-Server-Time')).toBe(String(site.time.now))

    await site.followed('MI', site.time.now)
    site.time.now += 6_000
    const changed = await site.get('/map.json?lang=en', { 'If-None-Match': etag })
    expect(changed.status).toBe(200)
    site.time.now = NOON
    site.forget()
  })

  it('says when reading is paused', async () => {
    await transact(site.db, [
      sql`INSERT INTO state (name, value, at) VALUES ('polling-paused', ${JSON.stringify({ since: NOON })}, 1)`,
    ])
    site.forget()
    expect(await (await site.get('/?lang=en')).text()).toContain('I cannot check the portal right now')
    await transact(site.db, [sql`DELETE FROM state WHERE name = 'polling-paused'`])
    site.forget()
  })

  it('weighs under 100 KB with its style and script, compressed', async () => {
    const html = await (await site.get('/')).text()
    const files = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => String(path))
    // Two icons, the manifest, the style and the script.
    expect(files).toHaveLength(5)
    let total = 0
    for (const path of ['/', ...files]) {
      const body = (await site.get(path)).body?.pipeThrough(new CompressionStream('gzip'))
      total += (await new Response(body).arrayBuffer()).byteLength
    }
    expect(total).toBeLessThan(30_000)
  })

  it('finds a province by name, or says which ones it could be', async () => {
    const one = await site.get('/cerca?q=torino&lang=en')
    expect([one.status, one.headers.get('Location')]).toEqual([303, '/p/TO?lang=en'])
    const two = await (await site.get('/cerca?q=reggio')).text()
    expect(two).toContain('/p/RC')
    expect(two).toContain('/p/RE')
    const none = await site.get(`/cerca?q=${encodeURIComponent(hostile)}`)
    expect(none.status).toBe(200)
    expect(await none.text()).toContain('&lt;script&gt;')
  })
})

describe('a province', () => {
  it('lists its free slots by office, with the way to Telegram and to the portal', async () => {
    const html = await (await site.get('/p/TO', { 'Accept-Language': 'it' })).text()
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(html).toContain('3 posti liberi')
    expect(html).toContain('lun 30 nov')
    expect(html).toContain('href="https://t.me/sportello_bot?start=TO"')
    expect(html).toContain('https://portal.test/cittadino/a/sc/wizardAppuntamentoCittadino/sceltaComune')
  })

  it('shows no slots of a reading that is too old, and none of a province that nobody follows', async () => {
    const stale = await (await site.get('/p/GE?lang=en')).text()
    expect(stale).not.toContain('Genova Centro')
    expect(stale).toContain('I do not show old places')
    expect(await (await site.get('/p/AO?lang=en')).text()).toContain('Nobody follows this province')
  })

  it('has one address: capitals', async () => {
    const response = await site.get('/p/to')
    expect([response.status, response.headers.get('Location')]).toEqual([301, '/p/TO'])
  })

  it.each(['/', '/?lang=en', '/come-funziona'])('%s leads to the bot', async (path) => {
    expect(await (await site.get(path)).text()).toContain('href="https://t.me/sportello_bot"')
  })

  it('leaves the Telegram button out while the bot’s name is unknown', async () => {
    await transact(site.db, [sql`UPDATE state SET name = 'bot-info-away' WHERE name = 'bot-info'`])
    site.forget()
    for (const path of ['/p/TO', '/', '/come-funziona'])
      expect(await (await site.get(path)).text()).not.toContain('t.me/')
    await transact(site.db, [sql`UPDATE state SET name = 'bot-info' WHERE name = 'bot-info-away'`])
    site.forget()
  })
})

describe('a missing page', () => {
  it.each(['/nothing-here', '/p/XX', '/p/XX/adesso', '/assets/site.0000.css', '/p/%3Cscript%3E'])(
    '%s is a 404 in the site’s own style',
    async (path) => {
      const response = await site.get(path)
      expect(response.status).toBe(404)
      expect(await response.text()).toContain('Pagina non trovata')
    },
  )

  it.each([
    [
      'a database that is out of reach is a 503, to be asked again',
      'D1_ERROR: Network lost: secret',
      503,
      '30',
    ],
    ['a bug is a 500', 'TypeError: secret', 500, null],
  ])('%s; the page says so, and tells nothing else', async (_, message, status, retryAfter) => {
    const broken = {
      ...site.bindings,
      DB: { prepare: () => ({ bind: () => ({}) }), batch: async () => Promise.reject(new Error(message)) },
    }
    const { web } = await import('../../src/web/web.tsx')
    const app = web({
      clock: { now: () => NOON, sleep: async () => undefined },
      pollNow: async () => undefined,
    })
    const response = await app.fetch(new Request('https://sportello.test/'), broken, createExecutionContext())
    expect(response.status).toBe(status)
    expect(response.headers.get('Retry-After')).toBe(retryAfter)
    expect(response.headers.get('Content-Security-Policy')).toContain("default-src 'none'")
    const html = await response.text()
    expect(html).toContain('Qualcosa è andato storto')
    expect(html).not.toContain('secret')
  })
})

describe('style and scripts', () => {
  it('are kept for good, since their names change with their content', async () => {
    const html = await (await site.get('/')).text()
    const style = /href="(\/assets\/site\.\w+\.css)"/.exec(html)?.[1] ?? ''
    const response = await site.get(style)
    expect(response.headers.get('Content-Type')).toBe('text/css; charset=utf-8')
    expect(response.headers.get('Cache-Control')).toContain('immutable')
    await response.body?.cancel()
  })
})
