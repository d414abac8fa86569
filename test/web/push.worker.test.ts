import { sql } from 'drizzle-orm'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { readPersonalData } from '../../src/chats/chat-data.ts'
import { type Row, type Statement, transact } from '../../src/db/database.ts'
import { prune } from '../../src/db/prune.ts'
import { decodeRow } from '../../src/db/rows.ts'
import { chats } from '../../src/db/schema/chats.ts'
import { FIRST_PUSH_ID } from '../../src/delivery/channels/channel.ts'
import { DAY, MINUTE } from '../../src/platform/time.ts'
import { openSlots, sendAt, writeOffice } from '../passport/announce.worker.ts'
import { PushService } from '../simulators/push/push-service.ts'
import type { Subscriber } from '../simulators/push/subscriber.ts'
import { TEST_VAPID_KEYS, testKeys } from '../simulators/push/test-keys.ts'
import { kit, NOON, ORIGIN } from './kit.worker.ts'

const site = kit()
const switched = site.bindings as unknown as Record<string, unknown>
const google = new PushService('https://fcm.googleapis.com')

const rows = async (statement: Statement): Promise<Row[]> => {
  const [answer] = await transact(site.db, [statement])
  return answer?.results ?? []
}

beforeEach(async () => {
  switched.VAPID_KEYS = TEST_VAPID_KEYS
  site.polled.length = 0
  site.time.now = NOON
  await transact(
    site.db,
    [
      'push_subscriptions',
      'chats',
      'subscriptions',
      'deliveries',
      'rate_limits',
      'provinces',
      'state',
      'offices',
      'slots',
      'slot_events',
      'alerts',
    ].map((table) => sql`DELETE FROM ${sql.raw(table)}`),
  )
})

/** A browser that keeps the cookies that it gets. */
function visitor(address?: string) {
  const jar = new Map<string, string>()
  const request = async (path: string, init: RequestInit = {}) => {
    const response = await site.send(path, {
      ...init,
      headers: {
        ...init.headers,
        ...(jar.size > 0 && { Cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') }),
        ...(address && { 'CF-Connecting-IP': address }),
      },
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') jar.delete(name)
      else jar.set(name, value)
    }
    return response
  }
  const post = (path: string, body: unknown, headers: Record<string, string> = { Origin: ORIGIN }) =>
    request(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const stateOf = async (response: Response | Promise<Response>) =>
    ((await (await response).json()) as { state: string }).state
  return {
    jar,
    request,
    post,
    subscribe: ({ endpoint, keys }: Pick<Subscriber, 'endpoint' | 'keys'>, changes: object = {}) =>
      post('/push/iscrizione', {
        endpoint,
        keys,
        key: testKeys.publicKey,
        language: 'it',
        province: 'TO',
        ...changes,
      }),
    confirm: (token: unknown) => post('/push/conferma', { token }),
    state: (province = 'TO') => stateOf(request(`/push/stato?province=${province}`)),
    stateOf,
  }
}

const tokenOf = async () => (await rows(sql`SELECT confirm_token FROM push_subscriptions`))[0]?.confirm_token
const followed = () => rows(sql`SELECT chat_id, province, asleep FROM subscriptions ORDER BY province`)

/** A browser that returned its token. */
async function confirmed() {
  const browser = visitor()
  const subscriber = await google.subscribe(testKeys.publicKey)
  await browser.subscribe(subscriber)
  await browser.confirm(await tokenOf())
  const [row] = await rows(sql`SELECT chat_id FROM push_subscriptions`)
  return { browser, subscriber, chatId: Number(row?.chat_id) }
}

describe('the page of a province', () => {
  it('offers alerts on this device, with our public key only', async () => {
    const html = await (await site.get('/p/TO')).text()
    expect(html).toContain('Avvisi su questo dispositivo')
    expect(html).toContain(`data-key="${testKeys.publicKey}"`)
    expect(html).not.toContain(testKeys.privateKey)
    expect(html).toContain('<noscript>')
    expect(await (await site.get('/p/TO?lang=en')).text()).toContain('Alerts on this device')
  })

  it('says nothing of them while there is no key, and takes no subscription', async () => {
    for (const off of [undefined, '']) {
      switched.VAPID_KEYS = off
      expect(await (await site.get('/p/TO')).text()).not.toContain('id="push"')
      const response = await visitor().subscribe(await google.subscribe(testKeys.publicKey))
      expect(response.status).toBe(404)
    }
    expect(await rows(sql`SELECT * FROM push_subscriptions`)).toEqual([])
  })

  it('names icons for the home screen, PNGs of the sizes that it says', async () => {
    const html = await (await site.get('/p/TO')).text()
    const touch = /<link rel="apple-touch-icon" href="([^"]+)"/.exec(html)?.[1] ?? ''
    const manifest = await site.get('/assets/app.webmanifest')
    const { icons } = (await manifest.json()) as { icons: { src: string; sizes: string; type: string }[] }
    const pngs = icons.filter(({ type }) => type === 'image/png')
    expect(pngs.map(({ sizes }) => sizes)).toEqual(['180x180', '192x192', '512x512'])
    expect(pngs.map(({ src }) => src)).toContain(touch)
    for (const { src, sizes } of pngs) {
      const response = await site.get(src)
      expect(response.headers.get('Content-Type')).toBe('image/png')
      const bytes = await response.arrayBuffer()
      const view = new DataView(bytes)
      // The signature of a PNG, then the first chunk with width and height.
      expect(view.getUint32(0)).toBe(0x89504e47)
      expect(`${view.getUint32(16)}x${view.getUint32(20)}`).toBe(sizes)
    }
  })

  it('has a service worker at the root, and a manifest', async () => {
    const worker = await site.get('/push-worker.js')
    expect(worker.headers.get('Content-Type')).toContain('javascript')
    expect(worker.headers.get('Cache-Control')).toBe('no-cache')
    expect(await worker.text()).toContain('pushsubscriptionchange')
    const manifest = await site.get('/assets/app.webmanifest')
    expect(await manifest.json()).toMatchObject({ display: 'standalone' })
  })
})

describe('a browser that subscribes', () => {
  it('gets a first message, and alerts only after it returned the token of it', async () => {
    const browser = visitor()
    const subscriber = await google.subscribe(testKeys.publicKey)
    expect(await browser.state()).toBe('off')
    expect(await browser.stateOf(browser.subscribe(subscriber))).toBe('confirming')
    const [chat] = await rows(sql`SELECT id, kind, language, tell_gone, status FROM chats`)
    expect(chat).toMatchObject({ kind: 'browser', language: 'it', tell_gone: 0, status: 'active' })
    expect(Number(chat?.id)).toBeGreaterThanOrEqual(FIRST_PUSH_ID)
    expect(Number.isSafeInteger(chat?.id)).toBe(true)
    expect(await rows(sql`SELECT chat_id, lane, status, indexed FROM deliveries`)).toEqual([
      { chat_id: chat?.id, lane: 0, status: 'queued', indexed: 1 },
    ])
    expect([await followed(), await browser.state(), site.polled]).toEqual([[], 'confirming', []])
    const token = await tokenOf()
    expect((await browser.confirm('TO.guessed')).status).toBe(404)
    expect(await followed()).toEqual([])
    expect(await browser.stateOf(browser.confirm(token))).toBe('on')
    expect(await followed()).toEqual([{ chat_id: chat?.id, province: 'TO', asleep: 0 }])
    expect([await browser.state(), await browser.state('MI'), site.polled]).toEqual(['on', 'other', ['TO']])
    expect((await browser.confirm(token)).status).toBe(404)
  })

  it('follows another province at once, leaves it again, and is the same browser', async () => {
    const { browser, subscriber, chatId } = await confirmed()
    expect(await browser.stateOf(browser.subscribe(subscriber, { province: 'MI' }))).toBe('on')
    expect((await followed()).map(({ chat_id, province }) => [chat_id, province])).toEqual([
      [chatId, 'MI'],
      [chatId, 'TO'],
    ])
    expect(await browser.stateOf(browser.post('/push/lascia', { province: 'MI' }))).toBe('other')
    expect(await followed()).toHaveLength(1)
  })

  it('keeps its chat with a new address, which has to return a token of its own', async () => {
    const { browser, chatId } = await confirmed()
    const moved = await google.subscribe(testKeys.publicKey)
    await transact(site.db, [sql`UPDATE chats SET status = 'gone'`, sql`UPDATE subscriptions SET asleep = 1`])
    expect(await browser.stateOf(browser.subscribe(moved, { province: undefined }))).toBe('confirming')
    expect(await followed()).toMatchObject([{ chat_id: chatId, asleep: 1 }])
    await browser.confirm(await tokenOf())
    expect(await followed()).toEqual([{ chat_id: chatId, province: 'TO', asleep: 0 }])
    expect(await rows(sql`SELECT endpoint FROM push_subscriptions`)).toEqual([{ endpoint: moved.endpoint }])
  })

  it('that lost its cookie is known by its address and secret; by its address alone it is not', async () => {
    const { subscriber, chatId } = await confirmed()
    const stranger = { ...subscriber, keys: (await google.subscribe(testKeys.publicKey)).keys }
    const thief = visitor()
    expect((await thief.subscribe(stranger)).status).toBe(409)
    expect(await thief.state()).toBe('off')
    const again = visitor()
    expect(await again.stateOf(again.subscribe(subscriber))).toBe('on')
    expect(await rows(sql`SELECT chat_id FROM push_subscriptions`)).toEqual([{ chat_id: chatId }])
    expect(await again.state()).toBe('on')
  })

  it('that subscribes twice at the same moment is one browser, with the cookie that is stored', async () => {
    const subscriber = await google.subscribe(testKeys.publicKey)
    const tabs = [visitor(), visitor(), visitor()]
    const answers = await Promise.all(tabs.map((tab) => tab.subscribe(subscriber)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(await rows(sql`SELECT count(*) AS n FROM push_subscriptions JOIN chats ON id = chat_id`)).toEqual([
      { n: 1 },
    ])
    expect(await rows(sql`SELECT id FROM deliveries`)).toHaveLength(1)
    const [known, ...others] = tabs.filter(({ jar }) => jar.size > 0)
    expect(others).toEqual([])
    expect(await known?.state()).toBe('confirming')
    expect((await known?.confirm(await tokenOf()))?.status).toBe(200)
    expect(await known?.state()).toBe('on')
  })

  it('gets a cookie that only our server reads, and stores no secret of it', async () => {
    const browser = visitor()
    const response = await browser.subscribe(await google.subscribe(testKeys.publicKey))
    const [cookie = ''] = response.headers.getSetCookie()
    for (const part of ['__Host-push=', 'HttpOnly', 'Secure', 'SameSite=Lax', 'Path=/'])
      expect(cookie).toContain(part)
    const [row] = await rows(sql`SELECT * FROM push_subscriptions`)
    expect(Object.values(row ?? {})).not.toContain(browser.jar.get('__Host-push'))
  })
})

describe('nobody', () => {
  it.each([
    ['an address elsewhere', { endpoint: 'https://evil.example/x' }],
    ['an address inside', { endpoint: 'http://127.0.0.1:8787/admin' }],
    ['no https', { endpoint: 'http://fcm.googleapis.com/x' }],
    ['a long address', { endpoint: `https://fcm.googleapis.com/${'x'.repeat(1_100)}` }],
    ['another site’s key', { key: 'A'.repeat(87) }],
    ['wrong keys', { keys: { p256dh: 'short', auth: 'short' } }],
    ['an unknown province', { province: 'XX' }],
    ['another language', { language: 'fr' }],
  ])('subscribes with %s', async (_, changes) => {
    const response = await visitor().subscribe(await google.subscribe(testKeys.publicKey), changes)
    expect(response.status).toBe(422)
    expect(await rows(sql`SELECT * FROM push_subscriptions`)).toEqual([])
  })

  it.each(['{', '[]', 'null', '"x"', `{"endpoint":"${'x'.repeat(5_000)}"}`])(
    'breaks anything with the body %s',
    async (body) => {
      for (const path of ['/push/iscrizione', '/push/conferma', '/push/lascia'])
        expect((await visitor().post(path, body)).status).toBeGreaterThanOrEqual(400)
    },
  )

  it('changes anything from another site', async () => {
    const { browser, subscriber } = await confirmed()
    const { endpoint, keys } = subscriber
    const evil = { Origin: 'https://evil.example' }
    for (const [path, body] of [
      ['/push/iscrizione', { endpoint, keys, key: testKeys.publicKey, language: 'it', province: 'MI' }],
      ['/push/lascia', { province: 'TO' }],
      ['/push/conferma', { token: 'x' }],
    ] as const)
      expect((await browser.post(path, body, evil)).status).toBe(403)
    expect(await followed()).toHaveLength(1)
  })

  it('subscribes often from one address: the seventh has to wait, another address does not', async () => {
    const busy = visitor('203.0.113.7')
    const states: string[] = []
    for (let n = 0; n < 8; n++)
      states.push(await busy.stateOf(busy.subscribe(await google.subscribe(testKeys.publicKey))))
    expect(states.filter((state) => state === 'confirming').length).toBeGreaterThanOrEqual(5)
    expect(states.at(-1)).toBe('too-many')
    const other = visitor('203.0.113.8')
    expect(await other.stateOf(other.subscribe(await google.subscribe(testKeys.publicKey)))).toBe(
      'confirming',
    )
  })

  /** As many browsers as may be without a confirmation at once, which subscribed at an instant. */
  const fill = (at: number) =>
    transact(site.db, [
      sql`INSERT INTO push_subscriptions (chat_id, endpoint, p256dh, auth, our_key, secret_hash, confirm_token, created_at)
          SELECT ${FIRST_PUSH_ID} + value, 'e' || value, 'p', 'a', 'k', 's' || value, 't' || value, ${at}
          FROM (WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 2000) SELECT value FROM n)`,
    ])
  const unconfirmed = async () =>
    (await rows(sql`SELECT count(*) AS n FROM push_subscriptions WHERE confirm_token IS NOT NULL`))[0]?.n

  it('fills the table with browsers that return no token', async () => {
    const early = visitor()
    const waiting = await google.subscribe(testKeys.publicKey)
    await early.subscribe(waiting)
    await fill(NOON)
    const late = visitor()
    const subscriber = await google.subscribe(testKeys.publicKey)
    expect(await late.stateOf(late.subscribe(subscriber))).toBe('too-many')
    expect(await early.stateOf(early.subscribe(waiting))).toBe('too-many')
    expect(await rows(sql`SELECT id FROM deliveries`)).toHaveLength(1)
    await prune(site.db, NOON + 2 * DAY)
    expect(await unconfirmed()).toBe(0)
    expect(await late.stateOf(late.subscribe(subscriber))).toBe('confirming')
  })

  it('keeps others out for longer than minutes by that: the oldest make room, but those who follow something', async () => {
    await fill(NOON - 11 * MINUTE)
    const moved = FIRST_PUSH_ID + 1
    await transact(site.db, [
      sql`UPDATE push_subscriptions SET created_at = 1 WHERE chat_id = ${moved}`,
      sql`INSERT INTO subscriptions (chat_id, province, ring, created_at) VALUES (${moved}, 'TO', 1, 1)`,
    ])
    const late = visitor()
    expect(await late.stateOf(late.subscribe(await google.subscribe(testKeys.publicKey)))).toBe('confirming')
    expect(await unconfirmed()).toBe(1_901)
    expect(await rows(sql`SELECT 1 AS there FROM push_subscriptions WHERE chat_id = ${moved}`)).toHaveLength(
      1,
    )
  })
})

describe('the app’s pages', () => {
  it('open for the browser with its cookie: filters and quiet hours, no sport, no operator’s page', async () => {
    const { browser, chatId } = await confirmed()
    const opened = await browser.request('/push/apri?to=TO')
    expect([opened.status, opened.headers.get('Location')]).toEqual([303, '/app/province/TO'])
    const html = await (await browser.request('/app/preferenze')).text()
    for (const name of ['onlyBefore', 'weekday', 'quietFrom', 'quietMode'])
      expect(html).toContain(`name="${name}"`)
    for (const name of ['tellGone', 'alertEffect']) expect(html).not.toContain(`name="${name}"`)
    expect(html).not.toContain('/app/sport')
    expect((await browser.request('/admin')).status).toBe(404)
    const csrf = /name="csrf" value="([^"]+)"/.exec(html)?.[1] ?? ''
    const form = {
      csrf,
      language: 'it',
      minPlaces: '2',
      quietFrom: '23:00',
      quietTo: '07:00',
      quietMode: 'digest',
    }
    const saved = await browser.request('/app/preferenze', {
      method: 'POST',
      headers: { Origin: ORIGIN },
      body: new URLSearchParams(form),
    })
    expect(saved.headers.get('Location')).toContain('done=saved')
    expect(
      await rows(sql`SELECT min_places, quiet_mode, tell_gone, kind FROM chats WHERE id = ${chatId}`),
    ).toEqual([{ min_places: 2, quiet_mode: 'digest', tell_gone: 0, kind: 'browser' }])
  })

  it('open again by themselves when the visit is over', async () => {
    const { browser } = await confirmed()
    const first = await browser.request('/app/province/TO')
    expect(first.headers.get('Location')).toBe('/push/apri?to=TO')
    await browser.request('/push/apri?to=TO')
    expect((await browser.request('/app/province/TO')).status).toBe(200)
    expect((await visitor().request('/app/preferenze')).headers.get('Location')).toBe('/app?to=preferenze')
  })

  it('say what became of the last slots, one tap from the province’s page, as the chat does', async () => {
    vi.spyOn(console, 'info').mockImplementation(() => undefined)
    const { browser, chatId } = await confirmed()
    const link = '/push/apri?to=perche'
    expect(await (await browser.request('/p/TO')).text()).toContain(`href="${link}"`)
    expect((await browser.request('/app/province/perche')).headers.get('Location')).toBe(link)
    expect((await browser.request(link)).headers.get('Location')).toBe('/app/province/perche')
    await transact(site.db, [sql`UPDATE chats SET min_places = 2 WHERE id = ${chatId}`])
    await writeOffice()
    await openSlots(
      [
        ['2027-01-12', '09:00', 2],
        ['2027-01-13', '09:00', 1],
      ],
      NOON + MINUTE,
    )
    await sendAt(NOON + MINUTE)
    site.time.now = NOON + 5 * MINUTE
    const page = async () => (await browser.request('/app/province/perche')).text()
    expect(await page()).toContain('te lo sto mandando adesso')
    await transact(site.db, [
      sql`UPDATE deliveries SET status = 'sent', done_at = ${NOON + MINUTE + 3_000} WHERE event LIKE 'open:%'`,
    ])
    expect(await page()).toContain('3 secondi dopo averlo visto')
    expect(await page()).toContain('lo escludono i tuoi filtri (da 2 posti in su)')
  })

  it('do not open without a cookie, or before the token came back', async () => {
    expect((await visitor().request('/push/apri')).headers.get('Location')).toBe('/')
    const waiting = visitor()
    await waiting.subscribe(await google.subscribe(testKeys.publicKey))
    expect((await waiting.request('/push/apri')).headers.get('Location')).toBe('/')
    expect(waiting.jar.has('__Host-app')).toBe(false)
  })

  it('export and delete everything about it', async () => {
    const { browser, subscriber, chatId } = await confirmed()
    const [row] = await rows(sql`SELECT * FROM chats WHERE id = ${chatId}`)
    expect(await readPersonalData(site.db, decodeRow(chats, row ?? {}), NOON)).toMatchObject({
      chat: { kind: 'browser' },
      webPush: { endpoint: subscriber.endpoint },
      subscriptions: [{ province: 'TO', alerts: true }],
    })
    await browser.request('/push/apri')
    const html = await (await browser.request('/app/dati')).text()
    const csrf = /name="csrf" value="([^"]+)"/.exec(html)?.[1] ?? ''
    const gone = await browser.request('/app/dati/cancella', {
      method: 'POST',
      headers: { Origin: ORIGIN },
      body: new URLSearchParams({ csrf, sure: 'yes' }),
    })
    expect(gone.status).toBe(200)
    for (const table of ['chats', 'subscriptions', 'push_subscriptions'])
      expect(await rows(sql`SELECT count(*) AS n FROM ${sql.raw(table)}`), table).toEqual([{ n: 0 }])
    expect(await browser.state()).toBe('off')
  })
})
