import './page-ago.ts'

type State =
  | 'on'
  | 'other'
  | 'confirming'
  | 'off'
  | 'failed'
  | 'too-many'
  | 'denied'
  | 'unsupported'
  | 'install'

const section = document.querySelector<HTMLElement>('#push')
const status = section?.querySelector<HTMLElement>('[role=status]')
const control = (name: string) => section?.querySelector<HTMLElement>(name)
const start = control('[data-do=start]')
const stop = control('[data-do=stop]')
const pages = section?.querySelectorAll('a') ?? []
const { key = '', province = '' } = section?.dataset ?? {}

/** Shows where things stand, and what can be done now. */
function show(state: State): void {
  if (!section || !status) return
  const words = state === 'too-many' ? section.dataset.tooMany : section.dataset[state]
  status.textContent = words ?? ''
  status.hidden = !words
  section.dataset.state = state
  if (start) start.hidden = !['off', 'other', 'confirming', 'failed', 'too-many'].includes(state)
  if (stop) stop.hidden = state !== 'on'
  for (const page of pages) page.hidden = state !== 'on' && state !== 'other'
}

async function ask(path: string, body?: object): Promise<State> {
  const response = await fetch(path, {
    ...(body && {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    }),
  })
  const { state }: { state: State } = await response.json()
  return state
}

/** Without push; on an iPhone that comes with the app on the home screen. */
const missing = (): State | undefined => {
  if ('serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window) return undefined
  return 'standalone' in navigator ? 'install' : 'unsupported'
}

async function look(): Promise<State> {
  const known = missing()
  if (known) return known
  const registration = await navigator.serviceWorker.getRegistration('/')
  const subscription = await registration?.pushManager.getSubscription()
  // The browser forgot it, or the visitor took the permission back.
  if (!subscription) return Notification.permission === 'denied' ? 'denied' : 'off'
  return ask(`/push/stato?province=${province}`)
}

const bytesOf = (text: string) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) =>
    character.charCodeAt(0),
  )

/** Subscribes for our present key; a subscription for an earlier one ends. */
async function subscribe({ pushManager }: ServiceWorkerRegistration): Promise<PushSubscription> {
  const options = { userVisibleOnly: true, applicationServerKey: bytesOf(key) }
  const before = await pushManager.getSubscription()
  const isOurs = (subscription: PushSubscription) =>
    String(new Uint8Array(subscription.options.applicationServerKey ?? new ArrayBuffer(0))) ===
    String(options.applicationServerKey)
  if (before && isOurs(before)) return before
  await before?.unsubscribe()
  return pushManager.subscribe(options)
}

async function begin(): Promise<State> {
  if ((await Notification.requestPermission()) !== 'granted') return 'denied'
  await navigator.serviceWorker.register('/push-worker.js')
  const { endpoint, keys } = (await subscribe(await navigator.serviceWorker.ready)).toJSON()
  const { lang } = document.documentElement
  return ask('/push/iscrizione', { endpoint, keys, key, language: lang, province })
}

/** Does something, and shows what came of it. */
function act(work: () => Promise<State>): void {
  work()
    .catch((): State => 'failed')
    .then(show)
}

if (section) {
  act(look)
  start?.addEventListener('click', () => act(begin))
  stop?.addEventListener('click', () => act(() => ask('/push/lascia', { province })))
  navigator.serviceWorker?.addEventListener('message', ({ data }) => {
    if (data === 'push-confirmed') act(look)
  })
}
