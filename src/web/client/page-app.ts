import { colourTelegram, readLaunch, tellTelegram } from './telegram.ts'

const message = document.querySelector<HTMLElement>('#message')

const say = (text: string | undefined) => {
  if (message && text) message.textContent = text
}

/** Why there is nothing of Telegram's here: never opened from it, too long ago, or the session was not kept. */
function outsideWords(over: boolean): string | undefined {
  if (!over) return message?.dataset.outside
  // Straight back from where the session had just begun.
  const justEntered = document.referrer !== '' && new URL(document.referrer).pathname === '/app'
  return justEntered ? message?.dataset.blocked : message?.dataset.expired
}

async function enter(): Promise<void> {
  const asked = new URLSearchParams(location.search)
  const launch = readLaunch(location.hash)
  if (!launch) return say(outsideWords(asked.has('over')))
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
