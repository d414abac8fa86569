import { type Brightness, brightnessOf, Shrinker } from './brightness.ts'
import { inflate } from './inflate.ts'

/** Larger pictures are refused: reading one takes a few tenths of a second. */
export const MAX_PNG_PIXELS = 16_000_000
/** No honest picture of so few pixels is longer; two rows are held. */
const MAX_SIDE = 16_384

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

/** What the format calls `IHDR`, without what is always the same. */
interface Header {
  width: number
  height: number
  /** Bits of a sample. */
  depth: 1 | 2 | 4 | 8 | 16
  /** What a pixel is made of. */
  color: 'grey' | 'rgb' | 'palette' | 'grey-alpha' | 'rgb-alpha'
  interlaced: boolean
}

/** The parts of a PNG that its pixels need; all others are skipped without a look, compressed ones too. */
interface Chunks {
  header: Header
  palette: Uint8Array
  /** Opacity of the palette's first colours. */
  opacity: Uint8Array
  pixels: Uint8Array[]
}

const COLORS: Record<number, { color: Header['color']; depths: number[] }> = {
  0: { color: 'grey', depths: [1, 2, 4, 8, 16] },
  2: { color: 'rgb', depths: [8, 16] },
  3: { color: 'palette', depths: [1, 2, 4, 8] },
  4: { color: 'grey-alpha', depths: [8, 16] },
  6: { color: 'rgb-alpha', depths: [8, 16] },
}
const SAMPLES: Record<Header['color'], number> = {
  grey: 1,
  rgb: 3,
  palette: 1,
  'grey-alpha': 2,
  'rgb-alpha': 4,
}

export const isPng = (bytes: Uint8Array): boolean => SIGNATURE.every((byte, at) => bytes[at] === byte)

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

function readHeader(data: Uint8Array): Header | null {
  if (data.length !== 13) return null
  const view = viewOf(data)
  const [width, height] = [view.getUint32(0), view.getUint32(4)]
  const [depth = 0, type = -1, compression, filter, interlacing = 2] = data.subarray(8)
  const kind = COLORS[type]
  if (!kind?.depths.includes(depth) || width === 0 || height === 0) return null
  if (compression !== 0 || filter !== 0 || interlacing > 1) return null
  return { width, height, depth: depth as Header['depth'], color: kind.color, interlaced: interlacing === 1 }
}

/** Finds the parts that count; null for what is no PNG: its header comes first and once. */
function readChunks(bytes: Uint8Array): Chunks | null {
  const view = viewOf(bytes)
  const found: Omit<Chunks, 'header'> = { palette: new Uint8Array(), opacity: new Uint8Array(), pixels: [] }
  let header: Header | null = null
  for (let at = SIGNATURE.length; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at)
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
    const data = bytes.subarray(at + 8, at + 8 + length)
    if ((name === 'IHDR') !== (header === null)) return null
    if (name === 'IEND') break
    if (name === 'IHDR') {
      header = readHeader(data)
      if (!header) return null
    } else if (name === 'PLTE') found.palette = data
    else if (name === 'tRNS') found.opacity = data
    else if (name === 'IDAT') found.pixels.push(data)
    at += 12 + length
  }
  return header && { header, ...found }
}

/** A part of the pixels that is stored as a picture of its own: every `dx`-th of every `dy`-th row. */
interface Pass {
  x: number
  y: number
  dx: number
  dy: number
  width: number
  height: number
}

const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const

function passesOf({ width, height, interlaced }: Header): Pass[] {
  const steps = interlaced ? ADAM7 : ([[0, 0, 1, 1]] as const)
  return steps
    .map(([x, y, dx, dy]) => ({
      x,
      y,
      dx,
      dy,
      width: Math.ceil((width - x) / dx),
      height: Math.ceil((height - y) / dy),
    }))
    .filter((pass) => pass.width > 0 && pass.height > 0)
}

/** Which of three neighbours the format's fourth filter foretells. */
function paeth(left: number, above: number, corner: number): number {
  const guess = left + above - corner
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - above), Math.abs(guess - corner)]
  return a <= b && a <= c ? left : b <= c ? above : corner
}

/** Takes a row's filter away, in place; its first byte says which one. False for an unknown one. */
function unfilter(row: Uint8Array, above: Uint8Array, step: number): boolean {
  const filter = row[0] ?? 5
  if (filter > 4) return false
  for (let at = 1; at < row.length; at++) {
    const left = at > step ? (row[at - step] ?? 0) : 0
    const up = above[at] ?? 0
    const guess =
      filter === 0
        ? 0
        : filter === 1
          ? left
          : filter === 2
            ? up
            : filter === 3
              ? (left + up) >> 1
              : paeth(left, up, at > step ? (above[at - step] ?? 0) : 0)
    row[at] = (row[at] ?? 0) + guess
  }
  return true
}

/** What is transparent shows as white, as in a viewer. */
const onWhite = (brightness: number, opacity: number) => 255 + ((brightness - 255) * opacity) / 255

/** How bright the pixels of a row are, by their place in it. */
function readerOf({ header: { color, depth }, palette, opacity }: Chunks) {
  const samples = SAMPLES[color]
  const bytes = depth === 16 ? 2 : 1
  const most = 2 ** depth - 1
  const small = (row: Uint8Array, x: number) =>
    ((row[1 + ((x * depth) >> 3)] ?? 0) >> (8 - depth - ((x * depth) & 7))) & most
  const colors = Float64Array.from({ length: 256 }, (_, index) => {
    const [red = 0, green = 0, blue = 0] = palette.subarray(index * 3, index * 3 + 3)
    return onWhite(brightnessOf(red, green, blue), opacity[index] ?? 255)
  })
  return (row: Uint8Array, x: number): number => {
    if (color === 'palette') return colors[depth === 8 ? (row[1 + x] ?? 0) : small(row, x)] ?? 255
    if (depth < 8) return (small(row, x) * 255) / most
    // Of sixteen bits the first eight are enough.
    const at = 1 + x * samples * bytes
    const first = row[at] ?? 0
    const bright = samples < 3 ? first : brightnessOf(first, row[at + bytes] ?? 0, row[at + 2 * bytes] ?? 0)
    return samples % 2 === 1 ? bright : onWhite(bright, row[at + (samples - 1) * bytes] ?? 255)
  }
}

/**
 * Reads a PNG (https://www.w3.org/TR/png-3/) of any depth and colour, interlaced too. Memory: two rows, what deflate
 * makes of 4 KB, and what the search takes, whatever the file claims.
 * @returns `too-large` for more pixels than allowed, `damaged` for what is no PNG or ends early
 */
export async function readPng(bytes: Uint8Array): Promise<Brightness | 'too-large' | 'damaged'> {
  const chunks = readChunks(bytes)
  if (!chunks) return 'damaged'
  const { width, height, depth, color } = chunks.header
  if (width * height > MAX_PNG_PIXELS || Math.max(width, height) > MAX_SIDE) return 'too-large'
  const bitsAPixel = depth * SAMPLES[color]
  const step = Math.ceil(bitsAPixel / 8)
  const brightness = readerOf(chunks)
  const picture = new Shrinker(width, height)
  const lengthOf = (pass: Pass) => 1 + Math.ceil((pass.width * bitsAPixel) / 8)

  const passes = passesOf(chunks.header).values()
  let pass = passes.next().value
  if (!pass) return 'damaged'
  let [row, above] = [new Uint8Array(lengthOf(pass)), new Uint8Array(lengthOf(pass))]
  let [filled, y] = [0, 0]
  for await (const piece of inflate(chunks.pixels)) {
    for (let at = 0; at < piece.length; ) {
      const part = piece.subarray(at, at + row.length - filled)
      row.set(part, filled)
      filled += part.length
      at += part.length
      if (filled < row.length) break
      if (!unfilter(row, above, step)) return 'damaged'
      for (let x = 0; x < pass.width; x++)
        picture.add(pass.x + x * pass.dx, pass.y + y * pass.dy, brightness(row, x))
      ;[row, above, filled, y] = [above, row, 0, y + 1]
      if (y < pass.height) continue
      pass = passes.next().value
      // What comes after the last row is not asked for.
      if (!pass) return picture.finish()
      ;[row, above, y] = [new Uint8Array(lengthOf(pass)), new Uint8Array(lengthOf(pass)), 0]
    }
  }
  return 'damaged'
}
