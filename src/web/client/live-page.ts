/** How often a page that goes on by itself is read again, ms. */
const EVERY = 1_500

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
  if (changed) region.replaceChildren(...found.childNodes)
  return next.querySelector('[data-live]') !== null
}

/** Keeps the `#live` part of a page true until nothing more will happen to it; while the page is hidden it rests. */
export function keepLive(): void {
  const region = document.querySelector<HTMLElement>('[data-live] #live')
  if (!region) return
  const tick = async () => {
    const goesOn = document.hidden || (await readAgain(region).catch(() => true))
    if (goesOn) setTimeout(tick, EVERY)
  }
  setTimeout(tick, EVERY)
}
