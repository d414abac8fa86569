import { keepAgo } from './live-ago.ts'
import { keepLive } from './live-page.ts'
import { moveByArrows } from './map-keys.ts'
import { colourTelegram, hearTelegram, readLaunch, tellTelegram } from './telegram.ts'

/** Telegram opened this page directly: the person may not be the one of the last visit. */
function enterAnew(): void {
  if (readLaunch(location.hash))
    location.replace(`/app?to=${location.pathname.replace(/^\/(app\/)?/, '')}${location.hash}`)
}

/** The link one level up, which Telegram's own back button follows. */
const up = document.querySelector<HTMLAnchorElement>('a[data-up]')

enterAnew()
window.addEventListener('hashchange', enterAnew)
colourTelegram()
tellTelegram('web_app_setup_back_button', { is_visible: up !== null })
hearTelegram((event) => {
  if (event === 'back_button_pressed') up?.click()
})
// A form is sent once, however often its button is pressed.
document.addEventListener('submit', (event) => {
  if (document.body.dataset.sent) event.preventDefault()
  document.body.dataset.sent = 'yes'
})
// A page restored from the browser's cache may be sent again.
window.addEventListener('pageshow', () => {
  delete document.body.dataset.sent
})
for (const current of document.querySelectorAll('.tabs [aria-current], .chips [aria-current]'))
  current.scrollIntoView({ block: 'nearest', inline: 'center', behavior: 'instant' })
// The map is one stop of the Tab key, as on the public page.
const tiles = document.querySelectorAll<SVGAElement>('#italy a.tile')
if (tiles.length > 0) moveByArrows(new Map([...tiles].map((tile) => [tile.dataset.code ?? '', tile])))
keepAgo()
keepLive()
