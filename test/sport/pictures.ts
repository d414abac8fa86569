import { crc32, deflateSync } from 'node:zlib'

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

export function chunk(name: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}

export function header(
  width: number,
  height: number,
  depth: number,
  type: number,
  interlaced = false,
): Buffer {
  const data = Buffer.alloc(13)
  data.writeUInt32BE(width, 0)
  data.writeUInt32BE(height, 4)
  data.set([depth, type, 0, 0, interlaced ? 1 : 0], 8)
  return chunk('IHDR', data)
}

/** A PNG of the chunks between its signature and its end. */
export const pngOf = (...chunks: Uint8Array[]): Uint8Array =>
  new Uint8Array(Buffer.concat([SIGNATURE, ...chunks, chunk('IEND', new Uint8Array())]))

/** Written out again, so that a mistake in the reader's own table is found. */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const

/** What a PNG is written from: `samples` gives a pixel's samples, each up to 2 ** depth - 1. */
export interface Drawing {
  width: number
  height: number
  depth: 1 | 2 | 4 | 8 | 16
  /** As in `IHDR`: 0 grey, 2 colour, 3 palette, 4 grey with opacity, 6 colour with opacity. */
  type: 0 | 2 | 3 | 4 | 6
  samples: (x: number, y: number) => number[]
  palette?: number[]
  interlaced?: boolean
}

/** A row's samples as bits, behind its filter byte. The first filter of five takes turns with the second. */
function rowOf(samples: number[], depth: number, step: number, filter: 0 | 1): Buffer {
  const row = Buffer.alloc(1 + Math.ceil((samples.length * depth) / 8))
  samples.forEach((sample, place) => {
    if (depth === 16) row.writeUInt16BE(sample, 1 + place * 2)
    else {
      const at = 1 + ((place * depth) >> 3)
      row[at] = (row[at] ?? 0) | (sample << (8 - depth - ((place * depth) & 7)))
    }
  })
  if (filter === 1)
    for (let at = row.length - 1; at > step; at--) row[at] = (row[at] ?? 0) - (row[at - step] ?? 0)
  row[0] = filter
  return row
}

/** Writes a PNG of any kind, interlaced too. */
export function drawPng({ width, height, depth, type, samples, palette, interlaced }: Drawing): Uint8Array {
  const rows: Buffer[] = []
  for (const [x0, y0, dx, dy] of interlaced ? ADAM7 : ([[0, 0, 1, 1]] as const))
    for (let y = y0; y < height && x0 < width; y += dy) {
      const row: number[] = []
      for (let x = x0; x < width; x += dx) row.push(...samples(x, y))
      const step = Math.ceil((samples(0, 0).length * depth) / 8)
      rows.push(rowOf(row, depth, step, rows.length % 2 === 0 ? 0 : 1))
    }
  return pngOf(
    header(width, height, depth, type, interlaced),
    ...(palette ? [chunk('PLTE', Uint8Array.from(palette))] : []),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
  )
}
