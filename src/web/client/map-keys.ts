const STEPS: Record<string, [column: number, row: number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}

interface Place {
  tile: SVGAElement
  column: number
  row: number
}

/** The nearest tile in a direction: by distance along it, then across. */
function next(
  places: readonly Place[],
  from: Place,
  [stepColumn, stepRow]: [number, number],
): Place | undefined {
  const cost = (place: Place) => {
    const along = (place.column - from.column) * stepColumn + (place.row - from.row) * stepRow
    const aside =
      Math.abs((place.column - from.column) * stepRow) + Math.abs((place.row - from.row) * stepColumn)
    return along <= 0 || aside > along ? Number.POSITIVE_INFINITY : along + 3 * aside
  }
  const [best] = [...places].sort((a, b) => cost(a) - cost(b))
  return best && cost(best) < Number.POSITIVE_INFINITY ? best : undefined
}

/** Makes the map one stop of the Tab key, within which the arrow keys move from tile to tile. */
export function moveByArrows(tiles: ReadonlyMap<string, SVGAElement>): void {
  const places = [...tiles.values()].map((tile) => ({
    tile,
    column: Number(tile.dataset.column),
    row: Number(tile.dataset.row),
  }))
  const enter = (chosen: Place) => {
    for (const { tile } of places) tile.setAttribute('tabindex', tile === chosen.tile ? '0' : '-1')
  }
  const first = places.find(({ tile }) => tile.dataset.code === 'RM') ?? places[0]
  if (first) enter(first)
  for (const place of places) {
    place.tile.addEventListener('focus', () => enter(place))
    place.tile.addEventListener('keydown', (event) => {
      const step = STEPS[event.key]
      if (!step || event.ctrlKey || event.metaKey || event.altKey) return
      event.preventDefault()
      next(places, place, step)?.tile.focus()
    })
  }
}
