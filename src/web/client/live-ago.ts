import { ago } from '../../platform/ago.ts'

let serverTime = Date.now()
let receivedAt = performance.now()

/** Sets the server's time (epoch ms), so that a wrong clock of the visitor does not matter. */
export function setServerTime(instant: number): void {
  serverTime = instant
  receivedAt = performance.now()
}

/** Now by the server's clock, epoch ms. */
const now = () => serverTime + performance.now() - receivedAt

/** Rewrites every `<time data-ago>` of the page. */
export function refreshAgo(): void {
  for (const time of document.querySelectorAll<HTMLTimeElement>('time[data-ago]')) {
    const text = ago(document.documentElement.lang, now() - Number(time.dataset.ago))
    if (time.textContent !== text) time.textContent = text
  }
}

/** Updates them every second. */
export function keepAgo(): void {
  setInterval(refreshAgo, 1_000)
  document.addEventListener('visibilitychange', refreshAgo)
}
