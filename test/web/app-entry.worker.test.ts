import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { enter, initData, visitor } from './app-kit.worker.ts'
import { kit, NOON, ORIGIN } from './kit.worker.ts'

const HOUR = 3_600_000
const site = kit()

const reasonOf = async (response: Response) => [response.status, await response.json()]

describe('access', () => {
  it('a person with data signed by Telegram gets a session, and is redirected to their provinces', async () => {
    const response = await enter(site, await initData(501))
    expect(await reasonOf(response)).toEqual([200, { next: '/app/province' }])
    const cookie = response.headers.get('Set-Cookie') ?? ''
    expect(cookie).toMatch(/^__Host-app=/)
    for (const attribute of ['HttpOnly', 'Secure', 'SameSite=None', 'Partitioned', 'Path=/'])
      expect(cookie).toContain(attribute)
    expect(cookie).not.toContain('501')
    const page = await site.get('/app/province', { Cookie: cookie.split(';')[0] ?? '' })
    expect(page.status).toBe(200)
    expect(page.headers.get('Cache-Control')).toBe('no-store')
    expect(page.headers.get('Content-Security-Policy')).toContain('frame-ancestors https://web.telegram.org')
    expect(page.headers.get('X-Frame-Options')).toBeNull()
  })

  it('over plain HTTP, on one’s own machine, the cookie is one that any browser keeps there', async () => {
    const response = await site.send('/app/session', {
      method: 'POST',
      headers: { Origin: ORIGIN },
      body: new URLSearchParams({ initData: await initData(501) }),
    })
    expect(response.headers.get('Set-Cookie')).toContain('Secure')
    const local = await site.local('/app/session', {
      method: 'POST',
      headers: { Origin: 'http://127.0.0.1:8787' },
      body: new URLSearchParams({ initData: await initData(501) }),
    })
    expect(local.headers.get('Set-Cookie')).toMatch(/^app=.*HttpOnly; SameSite=Lax$/)
  })

  it.each([
    ['sport/account', '/app/sport/account'],
    ['province/TO', '/app/province/TO'],
    ['admin', '/admin'],
    ['//evil.test', '/app/province'],
    ['../admin', '/app/province'],
    ['https://evil.test/', '/app/province'],
    ['\\\\evil.test', '/app/province'],
  ])('a button that names the section %s leads to %s', async (to, next) => {
    const response = await enter(site, await initData(502), {}, to)
    expect(await response.json()).toEqual({ next })
  })

  it('a link that names a province leads to it; one that names nothing known, to the start', async () => {
    expect(await (await enter(site, await initData(502, { startParameter: 'TO' }))).json()).toEqual({
      next: '/app/province/TO',
    })
    expect(await (await enter(site, await initData(502, { startParameter: '//evil.test' }))).json()).toEqual({
      next: '/app/province',
    })
  })

  it('data signed with another bot’s token are refused', async () => {
    const forged = await initData(503, { token: '42:another-bot' })
    expect(await reasonOf(await enter(site, forged))).toEqual([401, { reason: 'forged' }])
  })

  it('whatever is changed in the signed data, they are refused', async () => {
    const honest = await initData(504)
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...new URLSearchParams(honest).keys()),
        fc.string({ maxLength: 80 }),
        async (name, value) => {
          const fields = new URLSearchParams(honest)
          fc.pre(fields.get(name) !== value && fields.get(name)?.toLowerCase() !== value.toLowerCase())
          fields.set(name, value)
          expect((await enter(site, fields.toString())).status).toBe(401)
        },
      ),
      { numRuns: 60 },
    )
  })

  it.each<[string, (honest: string) => string]>([
    ['nothing', () => ''],
    ['no hash', (honest) => honest.replace(/&hash=\w+/, '')],
    ['a second user', (honest) => `${honest}&user=${encodeURIComponent('{"id":900}')}`],
    ['a field added', (honest) => `${honest}&chat_type=private`],
    ['far too much', (honest) => `${honest}&x=${'x'.repeat(10_000)}`],
  ])('%s is refused', async (_, changed) => {
    const data = changed(await initData(505))
    expect(await reasonOf(await enter(site, data))).toEqual([401, { reason: 'forged' }])
  })

  it('data older than an hour, or from the future, have expired', async () => {
    for (const now of [NOON - HOUR - 1_000, NOON + 2 * 60_000]) {
      expect(await reasonOf(await enter(site, await initData(506, { now })))).toEqual([
        401,
        { reason: 'expired' },
      ])
    }
    expect((await enter(site, await initData(506, { now: NOON - HOUR + 1_000 }))).status).toBe(200)
  })

  it('another site cannot log its visitors in as another person', async () => {
    for (const headers of [{ Origin: 'https://evil.test' }, { Origin: 'null' }]) {
      expect((await enter(site, await initData(507), headers)).status).toBe(403)
    }
    const silent = await site.send('/app/session', {
      method: 'POST',
      headers: { 'Sec-Fetch-Site': 'cross-site' },
      body: new URLSearchParams({ initData: await initData(507) }),
    })
    expect(silent.status).toBe(403)
  })
})

describe('without a session', () => {
  it.each([
    ['/app/province', 'province'],
    ['/app/province/TO', 'province%2FTO'],
    ['/app/dati/esporta', 'dati%2Fesporta'],
    ['/app/sport', 'sport'],
    ['/app/sport/account', 'sport%2Faccount'],
    ['/app/x&y', 'x%26y'],
    ['/admin', 'admin'],
  ])('%s leads to the entry, which knows the way back', async (path, to) => {
    const response = await site.get(path)
    expect([response.status, response.headers.get('Location')]).toEqual([303, `/app?to=${to}`])
  })

  it('a cookie of our own making that was changed, or is too old, is none', async () => {
    const { cookie } = await visitor(site, 508)
    const changed = `${cookie.slice(0, -3)}${cookie.endsWith('AAA') ? 'BBB' : 'AAA'}`
    for (const bad of [changed, '__Host-app=', '__Host-app=v1.x.y', cookie.replace('__Host-app', 'app')])
      expect((await site.get('/app/province', { Cookie: bad })).status).toBe(303)
    site.time.now = NOON + 12 * HOUR
    expect((await site.get('/app/province', { Cookie: cookie })).status).toBe(303)
    site.time.now = NOON
  })

  it('the entry shows nobody’s data, loads nothing from elsewhere, and says what to do outside Telegram', async () => {
    const html = await (await site.get('/app')).text()
    expect(html).toContain('Questa pagina si apre da Telegram')
    expect(html).not.toMatch(/(src|href)="https?:\/\/(?!t\.me)/)
  })
})

describe('a form', () => {
  it('without the session’s token, or from another site, changes nothing', async () => {
    const anna = await visitor(site, 509)
    const other = await visitor(site, 510)
    for (const forged of [
      { csrf: null },
      { csrf: '' },
      { csrf: await other.token() },
      { origin: 'https://evil.test' },
      { origin: 'null' },
    ]) {
      const response = await anna.post('/app/province/AO', { do: 'follow' }, forged)
      expect(response.status).toBe(403)
    }
    expect(await anna.page('/app/province/AO')).toContain('value="follow"')
  })

  it('that is none is refused', async () => {
    const { cookie } = await visitor(site, 509)
    for (const path of ['/app/preferenze', '/app/session']) {
      const response = await site.send(path, {
        method: 'POST',
        headers: { Cookie: cookie, Origin: ORIGIN, 'Content-Type': 'application/json' },
        body: '{}',
      })
      expect([401, 403]).toContain(response.status)
    }
  })

  it('that is far too long is not read', async () => {
    const anna = await visitor(site, 509)
    const response = await anna.post('/app/preferenze', { minPlaces: '1'.repeat(70_000) })
    expect(response.status).toBe(413)
  })
})
