import { describe, expect, it } from 'vitest'
import { provinceByCode, provinces, provincesOf, regions } from '../../src/passport/provinces/provinces.ts'
import { gridSize, regionBorders, tiles } from '../../src/web/map/tiles.ts'

const at = (code: string) => {
  const tile = tiles.find((one) => one.code === code)
  if (!tile) throw new Error(`No tile ${code}`)
  return tile
}

/** Real neighbours that anybody would look for side by side. */
const neighbours = [
  'TO CN',
  'MI MB',
  'BS VR',
  'VE PD',
  'FI PO',
  'RM LT',
  'NA SA',
  'BA BT',
  'PA EN',
  'CZ CS',
  'CA SU',
  'PE CB',
]

describe('the tile map', () => {
  it('has each of the 107 provinces once, each in a cell of its own', () => {
    expect(tiles.map((tile) => tile.code).sort()).toEqual(provinces.map((province) => province.code).sort())
    expect(new Set(tiles.map(({ column, row }) => `${column} ${row}`)).size).toBe(107)
    expect(gridSize).toEqual({ columns: 12, rows: 20 })
  })

  it('keeps every region in one piece, islands apart', () => {
    for (const region of regions) {
      const cells = provincesOf(region).map(({ code }) => at(code))
      const reached = new Set([cells[0]])
      for (const one of reached) {
        for (const other of cells) {
          const far = Math.max(
            Math.abs((one?.column ?? 0) - other.column),
            Math.abs((one?.row ?? 0) - other.row),
          )
          if (far === 1) reached.add(other)
        }
      }
      expect(reached.size, region).toBe(cells.length)
    }
  })

  it('puts the north above the south and the west left of the east', () => {
    const southward = ['BZ', 'MI', 'BO', 'FI', 'RM', 'NA', 'CS', 'RC']
    const rows = southward.map((code) => at(code).row)
    expect(rows).toEqual([...rows].sort((a, b) => a - b))
    const eastward = ['TO', 'MI', 'VR', 'VE', 'TS']
    const columns = eastward.map((code) => at(code).column)
    expect(columns).toEqual([...columns].sort((a, b) => a - b))
    expect(at('LE').column).toBe(gridSize.columns - 1)
    expect(at('CA').column).toBeLessThan(at('RM').column)
  })

  it.each(neighbours)('shows %s next to each other', (pair) => {
    const [a, b] = pair.split(' ').map((code) => at(code))
    expect(Math.abs((a?.column ?? 0) - (b?.column ?? 9)) + Math.abs((a?.row ?? 0) - (b?.row ?? 9))).toBe(1)
  })

  it('draws a border just where two regions meet', () => {
    const meets = (x: number, y: number) =>
      provinceByCode(tiles.find((tile) => tile.column === x && tile.row === y)?.code ?? '')?.region
    for (const { from, to } of regionBorders) {
      const upright = from[0] === to[0]
      const before = upright ? meets(from[0] - 1, from[1]) : meets(from[0], from[1] - 1)
      expect(before).toBeDefined()
      expect(before).not.toBe(meets(from[0], from[1]))
    }
    expect(regionBorders.length).toBeGreaterThan(40)
  })
})
