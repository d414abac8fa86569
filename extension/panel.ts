/** The page behind the toolbar's button (`?popup`) and the one in a tab, where a browser is paired. */

import { pair, unpair } from './installation.ts'
import { forget, type Memory, recall, remember } from './memory.ts'
import { browserName, permissionFor, readPairingLine } from './rules.ts'

const isPopup = location.search === '?popup'
const say = (name: string, ...values: string[]) => chrome.i18n.getMessage(name, values)
const element = <Kind extends HTMLElement>(id: string): Kind => document.getElementById(id) as Kind

const line = element<HTMLInputElement>('line')
/** Ids of the buttons, which are the names of their texts. */
const BUTTONS = ['pair', 'send', 'unpair', 'open']
const buttons = BUTTONS.map((id) => element<HTMLButtonElement>(id))

/** How long ago an instant is, in words. */
function ago(at: number): string {
  const minutes = Math.max(0, Math.round((Date.now() - at) / 60_000))
  const format = new Intl.RelativeTimeFormat(say('language'), { numeric: 'auto' })
  return minutes < 90 ? format.format(-minutes, 'minute') : format.format(-Math.round(minutes / 60), 'hour')
}

/** One sentence on whether the session works. */
function stateOf({ pairing, handedIn, sent, failure }: Memory): string {
  if (!pairing) return say(failure === 'unpaired' ? 'stateUnpaired' : 'stateNew')
  if (failure) return say(failure === 'busy' ? 'stateBusy' : 'stateUnreachable')
  if (handedIn?.own?.health === 'good') return say('stateAlive', ago(handedIn.own.lastGoodAt))
  if (handedIn?.own) return say('stateDead')
  return say(sent?.outcome === 'refused' ? 'stateRefused' : 'stateNone')
}

async function render(): Promise<void> {
  const memory = await recall()
  const paired = memory.pairing !== undefined
  element('state').textContent = stateOf(memory)
  element('about').textContent = paired
    ? say('pairedWith', new URL(memory.pairing?.origin ?? '').host)
    : say('about')
  element('pairing').hidden = paired || isPopup
  element('open').hidden = paired || !isPopup
  element('actions').hidden = !paired
}

/** Runs what a button asks for; the buttons wait for it. */
async function working(work: () => Promise<void>): Promise<void> {
  for (const button of buttons) button.disabled = true
  element('problem').textContent = ''
  try {
    await work()
  } finally {
    for (const button of buttons) button.disabled = false
    await render()
  }
}

async function pairHere(): Promise<void> {
  const read = readPairingLine(line.value)
  const problem = (name: string) => {
    element('problem').textContent = say(name)
  }
  if (!read) return problem('problemLine')
  // Asked first: browsers allow it only in direct answer to the click.
  const origins = [permissionFor(read.origin), permissionFor(PORTAL_ORIGIN)]
  if (!(await chrome.permissions.request({ origins }))) return problem('problemPermission')
  const answer = await pair(read.origin, read.code, browserName(navigator.userAgent))
  if (!answer.ok) return problem(answer.failure === 'unpaired' ? 'problemCode' : 'problemUnreachable')
  await forget()
  await remember({ pairing: { origin: read.origin, token: answer.value.token } })
  line.value = ''
  await chrome.runtime.sendMessage('send')
}

async function unpairHere(): Promise<void> {
  const { pairing } = await recall()
  if (!pairing) return
  const answer = await unpair(pairing)
  await forget()
  if (!answer.ok && answer.failure !== 'unpaired') element('problem').textContent = say('problemUnpair')
  const own = permissionFor(pairing.origin)
  if (own !== permissionFor(PORTAL_ORIGIN)) await chrome.permissions.remove({ origins: [own] })
  await chrome.runtime.sendMessage('look')
}

document.documentElement.lang = say('language')
for (const id of BUTTONS) element(id).textContent = say(id)
for (const label of document.querySelectorAll('label')) label.textContent = say('line')
element<HTMLAnchorElement>('portal').href = PORTAL_ORIGIN
element('portal').textContent = say('portal')

element<HTMLFormElement>('pairing').addEventListener('submit', (event) => {
  event.preventDefault()
  void working(pairHere)
})
element('send').addEventListener('click', () => {
  void working(async () => {
    await chrome.runtime.sendMessage('send')
  })
})
element('unpair').addEventListener('click', () => void working(unpairHere))
element('open').addEventListener('click', () => void chrome.runtime.openOptionsPage())
chrome.storage.onChanged.addListener(() => void render())

await render()
if ((await recall()).pairing) await chrome.runtime.sendMessage('look')
