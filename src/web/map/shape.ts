/**
 * How a province stands. `unwatched`: nobody follows it, so nobody reads it. `stale`: followed, but not read for ten
 * minutes. `none`, `few`, `many`: free places at the last reading.
 */
export type Level = 'unwatched' | 'stale' | 'none' | 'few' | 'many'

/** A tile's text besides its code, and its label for screen readers. */
export interface TileView {
  code: string
  level: Level
  /** The number of places, `?` for a province that is not read; empty when there is nothing to show. */
  text: string
  label: string
}

/** A province with free places, for the list beside the map. */
export interface OpenView {
  code: string
  href: string
  name: string
  places: string
  detail: string
}

/** The part of the map that changes with time, for the page and for `/map.json`. */
export interface MapView {
  summary: string
  /** Newest reading, epoch ms; null: nothing is read. */
  readAt: number | null
  /** Only provinces that are followed; all others are `unwatched`. */
  tiles: TileView[]
  /** The first by first free day. */
  open: OpenView[]
  /** How many more there are, in words; empty: none. */
  more: string
}
