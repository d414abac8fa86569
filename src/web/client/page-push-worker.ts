import type { PushPayload } from '../../delivery/channels/web-push/push-payload.ts'

/** What a service worker has and a page has not; TypeScript's own types of it exclude those of a page. */
interface Extendable extends Event {
  waitUntil(work: Promise<unknown>): void
}
interface Shown extends Extendable {
  data?: { json(): PushPayload }
  notification?: Notification & { data?: { url?: string } }
  newSubscription?: PushSubscription | null
  oldSubscription?: PushSubscription | null
}
interface WorkerScope extends EventTarget {
  registration: ServiceWorkerRegistration
  skipWaiting(): Promise<void>
  clients: {
    claim(): Promise<void>
    openWindow(url: string): Promise<unknown>
    matchAll(): Promise<readonly { postMessage(message: unknown): void }[]>
  }
}

const worker = self as unknown as WorkerScope
const on = (name: string, act: (event: Shown) => Promise<unknown>) =>
  worker.addEventListener(name, (event) => (event as Shown).waitUntil(act(event as Shown)))

const post = (path: string, body: object) =>
  fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })

/** Returns the token of the first message, then tells the open pages. */
async function confirm(token: string): Promise<void> {
  await post('/push/conferma', { token })
  for (const client of await worker.clients.matchAll()) client.postMessage('push-confirmed')
}

on('push', async ({ data }) => {
  const message = data?.json()
  if (!message) return
  const { title, body, tag, silent, url, confirm: token } = message
  // Browsers end a subscription whose messages show nothing, so this comes first.
  await worker.registration.showNotification(title, {
    body,
    tag,
    silent: silent ?? false,
    icon: '/assets/icon-192.png',
    data: { url },
  })
  if (token !== undefined) await confirm(token)
})

on('notificationclick', async ({ notification }) => {
  notification?.close()
  await worker.clients.openWindow(notification?.data?.url ?? '/push/apri')
})

// The push service gave the browser another address.
on('pushsubscriptionchange', async ({ newSubscription, oldSubscription }) => {
  const key = oldSubscription?.options.applicationServerKey ?? newSubscription?.options.applicationServerKey
  if (!key) return
  const options = { userVisibleOnly: true, applicationServerKey: key }
  const subscription = newSubscription ?? (await worker.registration.pushManager.subscribe(options))
  const { endpoint, keys } = subscription.toJSON()
  const language = navigator.language.startsWith('it') ? 'it' : 'en'
  const ourKey = btoa(String.fromCharCode(...new Uint8Array(key)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
  await post('/push/iscrizione', { endpoint, keys, key: ourKey, language })
})

on('install', () => worker.skipWaiting())
on('activate', () => worker.clients.claim())
