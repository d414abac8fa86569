import type { CDPSession, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type PushServer, startPushServer } from '../simulators/push/push-server.ts'
import type { PushMessage } from '../simulators/push/push-service.ts'
import type { Subscriber } from '../simulators/push/subscriber.ts'
import { TEST_VAPID_KEYS, testKeys } from '../simulators/push/test-keys.ts'
import { axe, type BrowsedSite, isFullBrowser, LOOKS, startSite, tooWide } from './browser-kit.ts'
import { seedPages } from './pages-seed.ts'

/*
 * The real Chromium with the real Workers. Only Chromium's own push service, which is Google's, is out of reach: the page's
 * `PushManager` gives a subscription at the simulator, and what arrives there is handed to the service worker over the
 * DevTools protocol, which is where Chromium itself would hand it over.
 */

let site: BrowsedSite
let push: PushServer

beforeAll(async () => {
  push = await startPushServer()
  site = await startSite({ VAPID_KEYS: TEST_VAPID_KEYS, PUSH_HOSTS: push.host })
  await seedPages(site)
})
afterAll(async () => {
  await site.stop()
  await push.stop()
})

/** In the page: a subscription at the simulator takes the place of one at Google's push service. */
function subscribeAt({ endpoint, keys, key }: Pick<Subscriber, 'endpoint' | 'keys'> & { key: string }) {
  const bytes = Uint8Array.from(atob(key.replaceAll('-', '+').replaceAll('_', '/')), (one) =>
    one.charCodeAt(0),
  )
  const subscription = {
    endpoint,
    options: { applicationServerKey: bytes.buffer },
    toJSON: () => ({ endpoint, keys }),
    unsubscribe: async () => true,
  }
  PushManager.prototype.subscribe = async () => {
    sessionStorage.setItem('subscribed', 'yes')
    return subscription as unknown as PushSubscription
  }
  PushManager.prototype.getSubscription = async () =>
    sessionStorage.getItem('subscribed') ? (subscription as unknown as PushSubscription) : null
}

/** Hands a message to the service worker of the page, as Chromium's own connection does. */
async function deliverer(page: Page): Promise<(message: PushMessage) => Promise<void>> {
  const devtools: CDPSession = await page.context().newCDPSession(page)
  const registered = new Promise<string>((resolve) => {
    devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      if (registrations[0]) resolve(registrations[0].registrationId)
    })
  })
  await devtools.send('ServiceWorker.enable')
  return async ({ text }) => {
    const registrationId = await registered
    await devtools.send('ServiceWorker.deliverPushMessage', { origin: site.url, registrationId, data: text })
  }
}

const notifications = (page: Page) =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready
    return (await registration.getNotifications()).map(({ title, body, tag }) => ({ title, body, tag }))
  })

const state = (page: Page, wanted: string) => page.locator(`#push[data-state=${wanted}]`).waitFor()

describe('alerts on a device without Telegram', () => {
  it.runIf(isFullBrowser)(
    'begin with a test notification, show an alert, open the filters, and end',
    async () => {
      const subscriber = await push.service.subscribe(testKeys.publicKey)
      const { page, complaints } = await site.open({ permissions: ['notifications'] })
      const { endpoint, keys } = subscriber
      await page.addInitScript(subscribeAt, { endpoint, keys, key: testKeys.publicKey })
      const deliver = await deliverer(page)
      await page.goto(`${site.url}/p/TO`)
      await state(page, 'off')
      const hello = push.next(subscriber)
      await page.getByRole('button', { name: 'Avvisami qui' }).click()
      await state(page, 'confirming')
      const message = await hello
      expect(message.endpoint).toBe(endpoint)
      await deliver(message)
      await state(page, 'on')
      expect(await page.locator('#push [role=status]').textContent()).toContain('Avvisi attivi per Torino')
      expect(await notifications(page)).toMatchObject([{ title: '🔔 Avvisi attivi' }])

      const [{ chat_id: chatId = 0 } = {}] = await site.sql('SELECT chat_id FROM push_subscriptions')
      await page.getByRole('link', { name: 'Filtri, ore di silenzio, i miei dati' }).click()
      await page.waitForURL(/\/app\/province\/TO/)
      expect(await page.locator('h1').textContent()).toBe('Torino')
      await page.goto(`${site.url}/app/preferenze`)
      await page.getByLabel('Almeno questi posti').or(page.locator('[name=minPlaces]')).first().fill('2')
      await page.locator('button[type=submit]').first().click()
      await page.waitForURL(/done=saved/)
      expect(await site.sql('SELECT min_places FROM chats WHERE id = ?', chatId)).toEqual([{ min_places: 2 }])

      const example = push.next(subscriber)
      await page.getByRole('button', { name: /avviso di prova/ }).click()
      await page.waitForURL(/done=example/)
      await deliver(await example)
      await page.goto(`${site.url}/p/TO`)
      expect((await notifications(page)).some(({ tag }) => tag.startsWith('example:'))).toBe(true)
      await state(page, 'on')
      await page.getByRole('button', { name: 'Basta avvisi qui' }).click()
      await state(page, 'other')
      expect(await site.sql('SELECT * FROM subscriptions WHERE chat_id = ?', chatId)).toEqual([])
      expect(complaints).toEqual([])
      await page.context().close()
    },
  )

  it('are explained where notifications are refused, where there are none, and on an iPhone', async () => {
    const shown = async (change: () => void) => {
      const { page } = await site.open()
      await page.addInitScript(change)
      await page.goto(`${site.url}/p/TO`)
      await page.locator('#push[data-state]').waitFor()
      const words = await page.locator('#push [role=status]').textContent()
      const buttons = await page.locator('#push button:visible').count()
      await page.context().close()
      return { words, buttons }
    }
    const denied = await shown(() => {
      Object.defineProperty(Notification, 'permission', { value: 'denied' })
    })
    expect(denied).toMatchObject({ words: expect.stringContaining('sono bloccate'), buttons: 0 })
    const none = await shown(() => {
      Reflect.deleteProperty(window, 'PushManager')
    })
    expect(none).toMatchObject({ words: expect.stringContaining('non mostra notifiche'), buttons: 0 })
    const phone = await shown(() => {
      Reflect.deleteProperty(window, 'PushManager')
      Object.defineProperty(navigator, 'standalone', { value: false })
    })
    expect(phone).toMatchObject({ words: expect.stringContaining('schermata Home'), buttons: 0 })
  })

  it('say without JavaScript that they need it', async () => {
    const { page } = await site.open({ javaScriptEnabled: false })
    await page.goto(`${site.url}/p/TO`)
    expect(await page.locator('#push').textContent()).toContain('serve JavaScript')
    await page.context().close()
  })

  it.each(LOOKS)('have no accessibility fault on a $look screen', async ({ viewport, colorScheme }) => {
    const { page, complaints } = await site.open({ viewport, colorScheme })
    await page.addInitScript(() => Object.defineProperty(Notification, 'permission', { value: 'default' }))
    await page.goto(`${site.url}/p/TO`)
    await state(page, 'off')
    expect(await axe(page)).toEqual([])
    expect(await tooWide(page)).toBe(false)
    expect(complaints).toEqual([])
    await page.context().close()
  })
})
