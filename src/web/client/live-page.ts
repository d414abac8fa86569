async function readAgain(region: HTMLElement): Promise<boolean> {
  const response = await fetch(location.href)
  // The visit is over, or the address leads elsewhere now.
  if (response.redirected) {
    location.reload()
    return false
  }
  if (!response.ok) return true
  const next = new DOMParser().parseFromString(await response.text(), 'text/html')
  const found = next.querySelector(`#${region.id}`)
  const keys = /name="key" value="[^"]*"/g
  const changed = found && found.innerHTML.replace(keys, '') !== region.innerHTML.replace(keys, '')
  // What has the focus stays: it is read again a little later.
  if (changed && !region.contains(document.activeElement)) region.replaceChildren(...found.childNodes)
  return next.querySelector('[data-live]') !== null
}

/**
 * Keeps the `#live` part of a page true, reading it every `data-live` seconds until nothing more will happen to it;
 * while the page is hidden it rests.
 */
export function keepLive(): void {
  const region = document.querySelector<HTMLElement>('[data-live] #live')
  const seconds = Number(region?.closest<HTMLElement>('[data-live]')?.dataset.live)
  if (!region || !(seconds > 0)) return
  const tick = async () => {
    const goesOn = document.hidden || (await readAgain(region).catch(() => true))
    if (goesOn) setTimeout(tick, seconds * 1_000)
  }
  setTimeout(tick, seconds * 1_000)
}
