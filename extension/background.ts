/** Watches the portal's session and hands it in: see `shouldSend`. */

import { askHandedIn, handIn } from './installation.ts'
import { forget, type Memory, recall, remember } from './memory.ts'
import { type Cause, isLoggedInPage, type Sent, shouldSend, withHealth } from './rules.ts'

/** The cookie that is the session. */
const SESSION_COOKIE = 'JSESSIONID'
/** How often the installation is asked whether the session works, minutes. */
const CHECK_EVERY = 5
/** The portal sets several cookies at once: they are read when all are there, ms. */
const SETTLED_AFTER = 500

async function fingerprintOf(cookies: readonly chrome.cookies.Cookie[]): Promise<string | null> {
  const session = cookies.find(({ name }) => name === SESSION_COOKIE)
  if (!session) return null
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(session.value))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Sends the session when it should be. @returns what to remember; null: the installation does not know us any more */
async function send(cause: Cause, { pairing, sent }: Memory): Promise<Memory | null> {
  if (!pairing) return {}
  const cookies = await chrome.cookies.getAll({ url: `${PORTAL_ORIGIN}/cittadino/a/` })
  const fingerprint = await fingerprintOf(cookies)
  const at = Date.now()
  if (fingerprint === null || !shouldSend(cause, fingerprint, sent, at)) return {}
  const answer = await handIn(pairing, cookies)
  const noted = (outcome: Sent['outcome']): Memory => ({ sent: { fingerprint, outcome, at } })
  if (answer.ok) return noted(/^(kept|untested)$/.test(answer.value.kind) ? 'taken' : 'refused')
  return answer.failure === 'unpaired' ? null : { ...noted('failed'), failure: answer.failure }
}

async function showBadge({ pairing, handedIn, failure }: Memory): Promise<void> {
  const alive = handedIn?.own?.health === 'good'
  const unpaired = failure === 'unpaired' ? '!' : ''
  await chrome.action.setBadgeBackgroundColor({ color: pairing && failure ? '#8a6d00' : '#b3261e' })
  await chrome.action.setBadgeText({ text: !pairing ? unpaired : failure ? '?' : alive ? '' : '!' })
}

async function look(cause: Cause): Promise<void> {
  const before = await recall()
  if (!before.pairing) return showBadge(before)
  const found = await send(cause, before)
  const health = found && (await askHandedIn(before.pairing))
  // The page may have paired or unpaired the browser since: the answers concern the pairing of before.
  const now = await recall()
  if (now.pairing?.token !== before.pairing.token) return showBadge(now)
  if (health === null || (!health.ok && health.failure === 'unpaired')) {
    await forget()
    await remember({ failure: 'unpaired' })
  } else {
    const sent = withHealth(found?.sent ?? before.sent, health.ok ? health.value.own?.health : undefined)
    await remember({
      ...(health.ok ? { handedIn: health.value, failure: null } : { failure: health.failure }),
      ...(found?.failure && { failure: found.failure }),
      ...(sent && { sent }),
    })
  }
  await showBadge(await recall())
}

let last: Promise<void> = Promise.resolve()

/** Looks at the session after what is under way: two looks at once would send it twice. */
function enqueue(cause: Cause): Promise<void> {
  last = last.then(() => look(cause)).catch((error) => console.error('sportello:', error))
  return last
}

let settling: ReturnType<typeof setTimeout> | undefined

chrome.cookies.onChanged.addListener(({ removed, cookie }) => {
  const domain = cookie.domain.replace(/^\./, '')
  const ofPortal = `.${new URL(PORTAL_ORIGIN).hostname}`.endsWith(`.${domain}`)
  if (removed || !ofPortal || cookie.name !== SESSION_COOKIE) return
  clearTimeout(settling)
  settling = setTimeout(() => enqueue('cookie'), SETTLED_AFTER)
})

// Browsers give an extension the addresses of the pages that it has permission for, and of no others.
chrome.tabs.onUpdated.addListener((_, { status }, { url }) => {
  if (status === 'complete' && isLoggedInPage(url, PORTAL_ORIGIN)) void enqueue('page')
})

chrome.alarms.onAlarm.addListener(() => void enqueue('clock'))
const start = () => {
  void chrome.alarms.create('check', { periodInMinutes: CHECK_EVERY })
  void enqueue('clock')
}
chrome.runtime.onInstalled.addListener(start)
chrome.runtime.onStartup.addListener(start)

chrome.runtime.onMessage.addListener((message, sender, respond) => {
  if (sender.id !== chrome.runtime.id || (message !== 'send' && message !== 'look')) return undefined
  void enqueue(message === 'send' ? 'person' : 'clock').then(() => respond(null))
  return true
})
