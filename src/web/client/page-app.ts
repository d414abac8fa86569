import { colourTelegram, readLaunch, tellTelegram } from './telegram.ts'

const message = document.querySelector<HTMLElement>('#message')

const say = (text: string | undefined) => {
  if (message && text) message.textContent = text
}

async function enter(): Promise<void> {
  const launch = readLaunch(location.hash)
  if (!launch) return say(location.search === '?over' ? message?.dataset.expired : message?.dataset.outside)
  if (launch.theme) document.documentElement.dataset.theme = launch.theme
  const body = new URLSearchParams({ initData: launch.initData, theme: launch.theme ?? '' })
  const response = await fetch('/app/session', { method: 'POST', body })
  const answer: { next?: string; reason?: string } = await response.json()
  const to = new URLSearchParams(location.search).get('to')
  if (answer.next?.startsWith('/app/')) location.replace(to === 'admin' ? '/admin' : answer.next)
  else say(answer.reason === 'expired' ? message?.dataset.expired : message?.dataset.failed)
}

tellTelegram('web_app_ready')
tellTelegram('web_app_expand')
enter()
  .finally(colourTelegram)
  .catch(() => say(message?.dataset.failed))
