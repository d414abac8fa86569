import { nextWait } from './live-wait.ts'

/** Reads the page again and shows changes. @returns whether something did, and whether more can happen */
async function readAgain(region: HTMLElement): Promise<{ changed: boolean; goesOn: boolean }> {
  const response = await fetch(location.href)
  // The visit has ended, or the address redirects.
  if (response.redirected) {
    location.reload()
    return { changed: false, goesOn: false }
  }
  if (!response.ok) return { changed: false, goesOn: true }
  const next = new DOMParser().parseFromString(await response.text(), 'text/html')
  const found = next.querySelector(`#${region.id}`)
  const keys = /name="key" value="[^"]*"/g
  const changed = found !== null && found.innerHTML.replace(keys, '') !== region.innerHTML.replace(keys, '')
  // Do not replace the focused element: read again a little later.
  if (changed && !region.contains(document.activeElement)) region.replaceChildren(...found.childNodes)
  return { changed, goesOn: next.querySelector('[data-live]') !== null }
}

/**
 * Updates the `#live` part of a page until it can change no more: reads it after `data-live` seconds, then less and
 * less often until something changes. A hidden page makes no request, and is read when it becomes visible.
 */
export function keepLive(): void {
  const region = document.querySelector<HTMLElement>('[data-live] #live')
  const first = Number(region?.closest<HTMLElement>('[data-live]')?.dataset.live) * 1_000
  if (!region || !(first > 0)) return
  let wait = first
  let timer: ReturnType<typeof setTimeout> | undefined
  let reading = false
  const tick = async () => {
    timer = undefined
    if (document.hidden || reading) return
    reading = true
    const { changed, goesOn } = await readAgain(region).catch(() => ({ changed: false, goesOn: true }))
    reading = false
    wait = nextWait(wait, changed, first)
    if (goesOn) timer = setTimeout(tick, wait)
    else document.removeEventListener('visibilitychange', seenAgain)
  }
  const seenAgain = () => {
    if (document.hidden) return
    clearTimeout(timer)
    wait = first
    void tick()
  }
  document.addEventListener('visibilitychange', seenAgain)
  timer = setTimeout(tick, wait)
}
