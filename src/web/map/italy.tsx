import type { Site } from '../site.ts'
import type { MapView } from './shape.ts'
import { gridSize, regionBorders, tiles } from './tiles.ts'
import { unwatchedTile } from './view.ts'

/** Units of the drawing that one cell takes, and how much of them its tile leaves free around it. */
const CELL = 10
const GAP = 0.4

const borders = regionBorders.map(
  ({ from, to }) => `M${from[0] * CELL} ${from[1] * CELL}L${to[0] * CELL} ${to[1] * CELL}`,
)

interface ItalyProps {
  site: Site
  view: MapView
  /** Where a tile leads; its public page when not given. */
  link?: (code: string) => string
  /** Tiles with a thick border, and what it means. */
  marked?: { codes: ReadonlySet<string>; label: string }
}

/** Italy in tiles: each a link, coloured and marked by its free places. */
export const Italy = ({ site, view, link = (code) => site.href(`/p/${code}`), marked }: ItalyProps) => {
  const watched = new Map(view.tiles.map((tile) => [tile.code, tile]))
  return (
    <svg
      id="italy"
      role="presentation"
      class="italy"
      viewBox={`-1 -1 ${gridSize.columns * CELL + 2} ${gridSize.rows * CELL + 2}`}
    >
      <defs>
        <pattern id="hatch" width="2" height="2" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect class="hatch-ground" width="2" height="2" />
          <rect class="hatch-line" width="0.7" height="2" />
        </pattern>
      </defs>
      {tiles.map(({ code, column, row }) => {
        const tile = watched.get(code) ?? unwatchedTile(site, code)
        const x = column * CELL
        const y = row * CELL
        const isMarked = marked?.codes.has(code) ?? false
        return (
          <a
            class={`tile ${tile.level}${isMarked ? ' mine' : ''}`}
            href={link(code)}
            aria-label={isMarked ? `${tile.label}, ${marked?.label}` : tile.label}
            data-code={code}
            data-column={column}
            data-row={row}
          >
            <rect x={x + GAP} y={y + GAP} width={CELL - 2 * GAP} height={CELL - 2 * GAP} rx="1.7" />
            <text class="code" x={x + CELL / 2} y={y + (tile.text ? 4.1 : 6.3)}>
              {code}
            </text>{' '}
            <text class="count" x={x + CELL / 2} y={y + 8.2}>
              {tile.text}
            </text>
          </a>
        )
      })}
      <path class="borders" d={borders.join('')} />
    </svg>
  )
}

/** The legend of the map. */
export const Legend = ({ site }: { site: Site }) => (
  <ul class="legend" aria-label={site.texts.map.legend}>
    {(['many', 'few', 'none', 'stale', 'unwatched'] as const).map((level) => (
      <li>
        <svg viewBox="0 0 10 10" aria-hidden="true" class={`tile ${level}`}>
          <rect x={GAP} y={GAP} width={CELL - 2 * GAP} height={CELL - 2 * GAP} rx="1.7" />
          <text class="count" x="5" y="6.9">
            {{ many: '24', few: '3', none: '', stale: '?', unwatched: '' }[level]}
          </text>
        </svg>
        {site.texts.map.levels[level]}
      </li>
    ))}
  </ul>
)
