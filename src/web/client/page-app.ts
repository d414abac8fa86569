import { colourTelegram, readLaunch, tellTelegram } from './telegram.ts'

const message = document.querySelector<HTMLElement>('#message')

const say = (text: string | undefined) => {
  if (message && text) message.textContent = text
}

/** Why there is nothing of Telegram's here: the session was not kept, or it is over, or it never was. */
function outsideWords(): string | undefined {
  if (!document.referrer.startsWith(`${location.origin}/`)) return message?.dataset.outside
  // Straight back from the entry, where the session had just begun.
  return new URL(document.referrer).pathname === '/app' ? message?.dataset.blocked : message?.dataset.expired
}

async function enter(): Promise<void> {
  const asked = new URLSearchParams(location.search)
  const launch = readLaunch(location.hash)
  if (!launch) return say(outsideWords())
  if (launch.theme) document.documentElement.dataset.theme = launch.theme
  const body = new URLSearchParams({
    initData: launch.initData,
    theme: launch.theme ?? '',
    to: asked.get('to') ?? '',
  })
  const response = await fetch('/app/session', { method: 'POST', body })
  const answer: { next?: string; reason?: string } = await response.json()
  if (answer.next) location.replace(answer.next)
  else say(answer.reason === 'expired' ? message?.dataset.expired : message?.dataset.failed)
}

tellTelegram('web_app_ready')
tellTelegram('web_app_expand')
enter()
  .finally(colourTelegram)
  .catch(() => say(message?.dataset.failed))
