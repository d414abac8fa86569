import type { MapView, TileView } from '../map/shape.ts'
import { keepAgo, refreshAgo, setServerTime } from './live-ago.ts'
import { moveByArrows } from './map-keys.ts'
import { openPanels } from './map-panel.ts'

/** Milliseconds between two requests to the server, while the page is visible. */
const EVERY = 20_000

const find = <Found extends Element>(selector: string): Found => {
  const found = document.querySelector<Found>(selector)
  if (!found) throw new Error(`No ${selector} on this page`)
  return found
}

const home = find<HTMLElement>('[data-live]')
const tiles = new Map(
  [...document.querySelectorAll<SVGAElement>('#italy a[data-code]')].map((tile) => [
    tile.dataset.code ?? '',
    tile,
  ]),
)

function showTile(tile: SVGAElement, view: TileView | undefined): void {
  const code = tile.querySelector('.code')
  const count = tile.querySelector('.count')
  const rect = tile.querySelector('rect')
  if (!code || !count || !rect) return
  const name = tile.getAttribute('aria-label')?.split(': ')[0] ?? ''
  const label = view?.label ?? `${name}: ${home.dataset.unwatched}`
  const text = view?.text ?? ''
  const top = Number(rect.getAttribute('y'))
  tile.setAttribute('class', `tile ${view?.level ?? 'unwatched'}`)
  tile.setAttribute('aria-label', label)
  code.setAttribute('y', String(top + (text ? 3.7 : 5.9)))
  count.textContent = text
  const row = document.querySelector(`[data-row-of="${tile.dataset.code}"]`)
  if (row) row.textContent = label.slice(name.length + 2)
}

function showOpen({ open, more }: MapView): void {
  const items = open.map((one) => {
    const link = document.createElement('a')
    link.href = one.href
    link.dataset.code = one.code
    const parts = [
      ['b', '', one.name],
      ['span', 'places', one.places],
      ['span', 'detail', one.detail],
    ] as const
    for (const [tag, className, text] of parts) {
      const part = document.createElement(tag)
      part.className = className
      part.textContent = text
      link.append(part)
    }
    const item = document.createElement('li')
    item.append(link)
    return item
  })
  const list = find<HTMLElement>('#open')
  const focused = list.contains(document.activeElement)
    ? (document.activeElement as HTMLElement).dataset.code
    : null
  list.replaceChildren(...items)
  if (focused) list.querySelector<HTMLElement>(`[data-code="${focused}"]`)?.focus()
  find<HTMLElement>('#open-none').hidden = open.length > 0
  const rest = find<HTMLElement>('#open-more')
  rest.textContent = more
  rest.hidden = more === ''
}

function show(view: MapView): void {
  const byCode = new Map(view.tiles.map((tile) => [tile.code, tile]))
  for (const [code, tile] of tiles) showTile(tile, byCode.get(code))
  showOpen(view)
  const summary = find<HTMLElement>('#summary')
  if (summary.textContent !== view.summary) summary.textContent = view.summary
  if (view.readAt !== null) {
    const time = document.createElement('time')
    time.dateTime = new Date(view.readAt).toISOString()
    time.dataset.ago = String(view.readAt)
    find('#read').replaceChildren(time)
    refreshAgo()
  }
}

const offline = find<HTMLElement>('#offline')
let etag: string | null = null

async function look(): Promise<void> {
  try {
    // The browser asks with the ETag that it has and gets 304 when nothing changed.
    const response = await fetch(home.dataset.live ?? '', { cache: 'no-cache' })
    if (!response.ok) throw new Error(String(response.status))
    setServerTime(Number(response.headers.get('X-Server-Time')))
    offline.textContent = ''
    if (response.headers.get('ETag') === etag) return
    etag = response.headers.get('ETag')
    show(await response.json())
  } catch {
    offline.textContent = ` ${offline.dataset.text}`
  }
}

setServerTime(Number(home.dataset.now))
keepAgo()
setInterval(() => document.visibilityState === 'visible' && look(), EVERY)
document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && look())
moveByArrows(tiles)
openPanels(document.body)
find('#open-more').addEventListener('click', () => {
  find<HTMLDetailsElement>('#all').open = true
})
