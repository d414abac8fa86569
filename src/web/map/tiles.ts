import { provinceByCode } from '../../passport/provinces/provinces.ts'

/**
 * Italy as a grid: one cell a province, each where people expect it. There are few well-kept packages with the real
 * borders under a licence that fits, and on real borders Trieste or Prato could not be tapped with a finger.
 */
const drawing = `
.. .. .. .. .. .. .. BZ .. .. .. ..
.. .. VB .. .. SO .. TN BL PN UD ..
AO BI VA CO LC BG BS VR VI TV GO ..
TO VC NO MI MB LO CR MN PD VE TS ..
CN AT AL PV PC PR RE MO RO .. .. ..
IM SV GE SP MS PT PO BO FE RA .. ..
.. .. .. .. LU PI FI AR FC RN .. ..
.. .. .. .. .. LI SI PG PU AN .. ..
.. .. .. .. .. .. GR TR MC FM .. ..
.. .. .. .. .. .. VT RI TE AP .. ..
.. .. .. .. .. .. RM AQ CH PE .. ..
.. .. .. .. .. .. LT FR IS CB .. ..
.. .. .. .. .. .. .. CE BN AV FG ..
.. SS .. .. .. .. .. NA SA PZ BT BA
.. OR NU .. .. .. .. .. .. MT TA BR
.. SU CA .. .. .. .. .. .. CS .. LE
.. .. .. .. .. .. .. .. .. CZ KR ..
.. .. .. .. TP PA EN ME .. VV .. ..
.. .. .. .. .. AG CL CT .. RC .. ..
.. .. .. .. .. .. RG SR .. .. .. ..
`

/** A province's cell: column from the west and row from the north, both from 0. */
export interface Tile {
  code: string
  column: number
  row: number
}

const cells = drawing
  .trim()
  .split('\n')
  .map((line) => line.trim().split(' '))

/** All tiles, from north to south and west to east. */
export const tiles: readonly Tile[] = cells.flatMap((line, row) =>
  line.flatMap((code, column) => (code === '..' ? [] : [{ code, column, row }])),
)

/** Columns and rows of the grid. */
export const gridSize = { columns: cells[0]?.length ?? 0, rows: cells.length }

const regionAt = (column: number, row: number): string | undefined =>
  provinceByCode(cells[row]?.[column] ?? '')?.region

/** A piece of a border between two regions, from one corner of the grid to another. */
export type Edge = { from: [x: number, y: number]; to: [x: number, y: number] }

/** Every side that parts tiles of two different regions; coasts are none. */
export const regionBorders: readonly Edge[] = tiles.flatMap(({ column, row }) => {
  const region = regionAt(column, row)
  const east = regionAt(column + 1, row)
  const south = regionAt(column, row + 1)
  const edges: Edge[] = []
  if (east && east !== region) edges.push({ from: [column + 1, row], to: [column + 1, row + 1] })
  if (south && south !== region) edges.push({ from: [column, row + 1], to: [column + 1, row + 1] })
  return edges
})
