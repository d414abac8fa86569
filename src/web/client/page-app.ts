import { colourTelegram, readLaunch, tellTelegram } from './telegram.ts'

const message = document.querySelector<HTMLElement>('#message')

const say = (text: string | undefined) => {
  if (message && text) message.textContent = text
}

/** Why Telegram's data are missing: the cookie was not kept, the session has expired, or there was none. */
function outsideWords(): string | undefined {
  if (!document.referrer.startsWith(`${location.origin}/`)) return message?.dataset.outside
  // Straight back from the entry, where the session had just begun.
  return new URL(document.referrer).pathname === '/app' ? message?.dataset.blocked : message?.dataset.expired
}

interface Answer {
  next?: string
  reason?: string
  /** Of `other-user`: who is inside, who wants to come in, and what confirms it. */
  before?: string
  now?: string
  change?: number
}

/** Asks before somebody else's session takes the place of the one there is. */
function askChange({ before = '', now = '', change }: Answer): void {
  say(message?.dataset.other?.replace('{before}', () => before).replace('{now}', () => now))
  const choice = document.querySelector<HTMLElement>('#change')
  const button = choice?.querySelector('button')
  if (!choice || !button) return
  button.textContent = choice.dataset.change?.replace('{now}', () => now) ?? now
  button.addEventListener('click', () => enter(change).catch(() => say(message?.dataset.failed)), {
    once: true,
  })
  choice.hidden = false
}

/** @param change the user whose session may take the place of another's */
async function enter(change?: number): Promise<void> {
  const asked = new URLSearchParams(location.search)
  const launch = readLaunch(location.hash)
  if (!launch) return say(outsideWords())
  if (launch.theme) document.documentElement.dataset.theme = launch.theme
  const body = new URLSearchParams({
    initData: launch.initData,
    theme: launch.theme ?? '',
    to: asked.get('to') ?? '',
    change: change === undefined ? '' : String(change),
  })
  const response = await fetch('/app/session', { method: 'POST', body })
  const answer: Answer = await response.json()
  if (answer.next) location.replace(answer.next)
  else if (answer.reason === 'other-user') askChange(answer)
  else say(answer.reason === 'expired' ? message?.dataset.expired : message?.dataset.failed)
}

tellTelegram('web_app_ready')
tellTelegram('web_app_expand')
enter()
  .finally(colourTelegram)
  .catch(() => say(message?.dataset.failed))
