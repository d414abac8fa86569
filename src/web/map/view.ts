import { provinceName } from '../../passport/provinces/provinces.ts'
import type { Site } from '../site.ts'
import { shortDay } from '../words.ts'
import type { Availability, Overview } from './availability.ts'
import type { MapView, TileView } from './shape.ts'
import { tiles } from './tiles.ts'

/** A tile read aloud: the name, then what is seen on the tile (code and number) in this order, then the rest. */
const labelFor = (code: string, state: string) => `${provinceName(code)}, ${code}: ${state}`

/** The part of a label that says what is free. */
export const stateIn = (label: string): string => label.slice(label.indexOf(': ') + 2)

function labelOf(site: Site, one: Availability): string {
  const { texts: t } = site
  if (one.places === 0) return labelFor(one.code, t.map.levels[one.level])
  const from = one.firstDate ? `, ${t.map.from(shortDay(site.language, one.firstDate))}` : ''
  return labelFor(one.code, `${t.places(one.places)}, ${t.offices(one.offices)}${from}`)
}

const textOf = (one: Availability): string => {
  if (one.level === 'stale') return '?'
  if (one.places === 0) return ''
  return String(one.places)
}

/** The tile of a province without followers. */
export const unwatchedTile = (site: Site, code: string): TileView => ({
  code,
  level: 'unwatched',
  text: '',
  label: labelFor(code, site.texts.map.levels.unwatched),
})

function summaryOf(site: Site, { provinces, pausedSince }: Overview, open: readonly Availability[]): string {
  const t = site.texts.map
  if (pausedSince !== null) return t.paused
  if (!provinces.some((one) => one.level !== 'unwatched')) return t.summaryUnwatched
  if (open.length === 0) return t.summaryNone
  return t.summary(
    open.reduce((total, one) => total + one.places, 0),
    open.length,
  )
}

const known = new Set(tiles.map((tile) => tile.code))

/** How many provinces the list beside the map shows; the table below has all. */
const MOST_LISTED = 10

/** The map's view of an overview, in the visit's language. */
export function mapView(site: Site, overview: Overview): MapView {
  const provinces = overview.provinces.filter((one) => known.has(one.code))
  const open = provinces
    .filter((one) => one.places > 0)
    .sort((a, b) => (a.firstDate ?? '').localeCompare(b.firstDate ?? '') || b.places - a.places)
  return {
    summary: summaryOf(site, overview, open),
    readAt: overview.readAt,
    tiles: provinces
      .filter((one) => one.level !== 'unwatched')
      .map((one) => ({
        code: one.code,
        level: one.level,
        text: textOf(one),
        label: labelOf(site, one),
      })),
    more: open.length > MOST_LISTED ? site.texts.map.moreOpen(open.length - MOST_LISTED) : '',
    open: open.slice(0, MOST_LISTED).map((one) => ({
      code: one.code,
      href: site.href(`/p/${one.code}`),
      name: provinceName(one.code),
      places: site.texts.places(one.places),
      detail: [
        site.texts.offices(one.offices),
        ...(one.firstDate ? [site.texts.map.from(shortDay(site.language, one.firstDate))] : []),
      ].join(', '),
    })),
  }
}
