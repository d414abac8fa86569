// @ts-check
import { ChatList } from './chats.js'
import { Composer } from './composer.js'
import { ask, byId } from './dom.js'
import { setUpDrawers } from './drawers.js'
import { translatePage, words } from './language.js'
import { Conversation } from './messages.js'
import { alertBox, copyText, failed, openMiniApp, setUpOverlays, toast } from './overlays.js'
import { Panel } from './panel.js'

/** @typedef {import('../wire.ts').StateView} State */
/** @typedef {import('../wire.ts').ChatView} Chat */

const scroller = byId('scroller', HTMLElement)
const messages = byId('messages', HTMLElement)
const toEnd = byId('to-end', HTMLButtonElement)
const start = byId('start', HTMLButtonElement)
const block = byId('block', HTMLButtonElement)
const as = byId('as', HTMLSelectElement)
const conversation = new Conversation(messages)
const panel = new Panel()
const drawers = setUpDrawers((visible) => panel.show(visible))
const list = new ChatList((chat) => void open(chat))
const composer = new Composer(
  (text) => void send(text),
  (photo) => void act(ask(`${here()}/photo?as=${writer()}&name=${encodeURIComponent(photo.name)}`, photo)),
  (webApp, title) => void openApp(webApp, title),
)

/** @type {State | undefined} */
let state
let openId = Number(new URLSearchParams(location.search).get('chat') ?? 0)
/** What a link to the bot asks it to start from, until Start is pressed. */
let payload = new URLSearchParams(location.search).get('start') ?? ''
let asked = 0
let wantsEnd = true
/** @type {ReturnType<typeof setTimeout> | undefined} */
let doingEnds
/** Whether the last message is in sight, so that what arrives stays so. */
let pinned = true

/** @returns {Chat | undefined} */
const openChat = () => state?.chats.find((chat) => chat.id === openId)
const here = () => `/api/chats/${openId}`
const writer = () => Number(as.value)

/** @param {Promise<unknown>} doing */
async function act(doing) {
  try {
    await doing
    wantsEnd = true
  } catch (error) {
    failed(error)
  }
}

/** @param {string} text */
const send = (text) => act(ask(`${here()}/messages`, { as: writer(), text }))

/** @param {number} chat */
async function open(chat) {
  openId = chat
  wantsEnd = true
  composer.clear()
  drawers.closeAll()
  const url = new URL(location.href)
  url.searchParams.set('chat', String(chat))
  history.replaceState(null, '', url)
  await refresh()
  if (!byId('composer', HTMLElement).hidden && matchMedia('(hover: hover)').matches) composer.focus()
}

/** Reads the whole picture again; of answers that cross each other the last asked wins. */
async function refresh() {
  asked += 1
  const mine = asked
  const query = openId === 0 ? '' : `?chat=${openId}${document.hidden ? '&unseen' : ''}`
  /** @type {State} */
  const next = await ask(`/api/state${query}`)
  if (mine !== asked) return
  const first = next.chats[0]
  if (next.open === null && first !== undefined && openId !== first.id) {
    openId = first.id
    await refresh()
    return
  }
  state = next
  draw(next)
}

/** @param {State} picture */
function draw(picture) {
  const chat = openChat()
  document.title = picture.bot.name
  list.draw(picture.chats, openId)
  const elsewhere = picture.chats.some((one) => one.id !== openId && one.unread > 0)
  const dot = document.querySelector('#show-chats .dot')
  if (dot instanceof HTMLElement) dot.hidden = !elsewhere
  if (chat === undefined || picture.open === null) return
  const group = chat.kind === 'group'
  byId('title', HTMLElement).textContent = group ? chat.title : picture.bot.name
  drawSubtitle(group ? words.group(chat.people.length) : words.bot(chat.title), picture.open.doing)
  drawWriters(chat, group)
  conversation.draw(chat.id, group, picture.open.messages)
  const blank = picture.open.messages.length === 0
  byId('empty', HTMLElement).hidden = !blank
  const description = byId('description', HTMLElement)
  description.textContent = picture.open.description
  description.hidden = picture.open.description === ''
  const waitsForStart = !group && (blank || chat.blocked || payload !== '')
  start.textContent = chat.blocked ? words.unblock : words.start
  start.hidden = !waitsForStart
  byId('composer', HTMLElement).hidden = waitsForStart
  composer.offer(picture.open.commands, picture.open.menu)
  block.hidden = group || blank || chat.blocked
  if (pinned || wantsEnd) toTheEnd()
  wantsEnd = false
}

/**
 * @param {string} usual
 * @param {import('../wire.ts').DoingView | null} doing shown instead, for as long as it lasts
 */
function drawSubtitle(usual, doing) {
  const subtitle = byId('subtitle', HTMLElement)
  clearTimeout(doingEnds)
  subtitle.textContent = doing?.text ?? usual
  subtitle.classList.toggle('doing', doing !== null)
  if (doing !== null) doingEnds = setTimeout(() => drawSubtitle(usual, null), doing.leftMs)
}

/** @param {Chat} chat @param {boolean} group */
function drawWriters(chat, group) {
  as.hidden = !group
  const wanted = chat.people.map((person) => String(person.id)).join()
  if (as.dataset.people === wanted) return
  as.dataset.people = wanted
  as.replaceChildren(...chat.people.map((person) => new Option(person.name, String(person.id))))
}

function toTheEnd() {
  scroller.scrollTop = scroller.scrollHeight
}

/** @param {HTMLElement} button */
async function press(button) {
  const message = button.dataset.message ?? ''
  const data = button.dataset.press ?? ''
  if (conversation.waiting.has(`${message} ${data}`)) return
  conversation.spin(message, data, true)
  try {
    /** @type {import('../wire.ts').PressView} */
    const answer = await ask(`${here()}/press`, { as: writer(), messageId: Number(message), data })
    if (answer.text && answer.alert) alertBox(answer.text)
    else if (answer.text) toast(answer.text)
    if (answer.url) window.open(answer.url, '_blank', 'noopener')
  } catch (error) {
    failed(error)
  } finally {
    conversation.spin(message, data, false)
  }
}

/**
 * @param {string} webApp
 * @param {string} title
 */
async function openApp(webApp, title) {
  try {
    const { address } = await ask(`${here()}/web-app`, { as: writer(), url: webApp })
    openMiniApp(address, title)
  } catch (error) {
    failed(error)
  }
}

/**
 * A link to this very bot with something to start from is answered here, as Telegram's clients do.
 * @param {HTMLAnchorElement} anchor
 */
function deepLink(anchor) {
  const url = new URL(anchor.href)
  if (url.hostname !== 't.me' || url.pathname.slice(1) !== state?.bot.username) return undefined
  return url.searchParams.get('start') ?? undefined
}

messages.addEventListener('click', (event) => {
  const hit = event.target instanceof Element ? event.target.closest('a, button') : null
  if (hit instanceof HTMLAnchorElement) {
    const payload = deepLink(hit)
    if (payload === undefined) return
    event.preventDefault()
    void send(`/start ${payload}`.trim())
  } else if (hit instanceof HTMLButtonElement) {
    if (hit.dataset.press !== undefined) void press(hit)
    else if (hit.dataset.webApp !== undefined) {
      void openApp(hit.dataset.webApp, hit.querySelector('span')?.textContent ?? 'Mini App')
    } else if (hit.dataset.command !== undefined) void send(hit.dataset.command)
    else if (hit.dataset.copy !== undefined) {
      void copyText(hit.dataset.copy)
    } else if (hit.classList.contains('spoiler')) {
      hit.classList.add('shown')
      hit.removeAttribute('aria-label')
    }
  }
})

start.addEventListener('click', async () => {
  if (openChat()?.blocked) await act(ask(`${here()}/block`, { blocked: false }))
  const wanted = payload
  payload = ''
  const url = new URL(location.href)
  url.searchParams.delete('start')
  history.replaceState(null, '', url)
  await send(`/start ${wanted}`.trim())
})
block.addEventListener('click', async () => {
  await act(ask(`${here()}/block`, { blocked: true }))
  toast(words.blocked)
})
toEnd.addEventListener('click', () => {
  scroller.scrollTo({ top: scroller.scrollHeight, behavior: 'smooth' })
})
scroller.addEventListener('scroll', () => {
  const below = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight
  pinned = below < 60
  toEnd.hidden = below < 200
})
messages.addEventListener(
  'load',
  () => {
    if (pinned) toTheEnd()
  },
  true,
)
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) refresh().catch(failed)
})

/** Follows the simulator: each change means the picture is read again, at most once per frame. */
function follow() {
  const events = new EventSource('/events')
  let waiting = false
  const changed = () => {
    if (waiting) return
    waiting = true
    setTimeout(() => {
      waiting = false
      refresh().catch(failed)
    }, 16)
  }
  events.addEventListener('open', changed)
  events.addEventListener('change', changed)
  let lost = false
  events.addEventListener('error', () => {
    document.body.classList.add('offline')
    if (!lost) toast(words.offline, 'bad')
    lost = true
  })
  events.addEventListener('open', () => {
    document.body.classList.remove('offline')
    lost = false
  })
}

translatePage()
setUpOverlays()
follow()
panel.start().catch(failed)
