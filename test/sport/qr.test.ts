import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { encode as encodePng } from 'fast-png'
import { encode as encodeJpeg } from 'jpeg-js'
import encodeQr from 'qr'
import { afterEach, expect, test, vi } from 'vitest'
import { MAX_SEARCHED_PIXELS, Shrinker } from '../../src/sport/picture/brightness.ts'
import { MAX_JPEG_BLOCKS, readJpeg } from '../../src/sport/picture/jpeg.ts'
import { readQr } from '../../src/sport/qr.ts'
import { chunk, type Drawing, drawPng, header, pngOf } from './pictures.ts'

const TEXT = 'otpauth://totp/PoliMi?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
const FOUND = { ok: true, text: TEXT }
const problem = (name: string) => ({ ok: false, problem: name })
const modules = encodeQr(TEXT, 'raw', { border: 4 })

/** A code of `scale` pixels a module, with `margin` pixels of white around it. */
function code(scale: number, margin = 0) {
  const width = modules.length * scale + 2 * margin
  const height = width
  const isDark = (x: number, y: number) =>
    modules[Math.floor((y - margin) / scale)]?.[Math.floor((x - margin) / scale)] === true
  return { width, height, isDark }
}

/** The code as a PNG of some kind. */
function qrPng(kind: Omit<Drawing, 'samples' | 'width' | 'height'> & { dark: number[]; light: number[] }) {
  const { width, height, isDark } = code(5)
  const { dark, light, ...rest } = kind
  return drawPng({ width, height, ...rest, samples: (x, y) => (isDark(x, y) ? dark : light) })
}

function qrJpeg(scale: number, margin: number): Uint8Array {
  const { width, height, isDark } = code(scale, margin)
  const data = new Uint8Array(width * height * 4).fill(255)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (isDark(x, y)) data.fill(20, (y * width + x) * 4, (y * width + x) * 4 + 3)
  return new Uint8Array(encodeJpeg({ width, height, data }, 60).data)
}

const kinds = [
  ['one-bit grey', { depth: 1, type: 0, dark: [0], light: [1] }],
  ['two-bit grey', { depth: 2, type: 0, dark: [0], light: [3] }],
  ['four-bit grey', { depth: 4, type: 0, dark: [1], light: [14] }],
  ['eight-bit grey', { depth: 8, type: 0, dark: [0], light: [255] }],
  ['sixteen-bit grey', { depth: 16, type: 0, dark: [300], light: [65_000] }],
  ['one-bit palette', { depth: 1, type: 3, dark: [0], light: [1], palette: [0, 0, 0, 255, 255, 255] }],
  [
    'two-bit palette',
    { depth: 2, type: 3, dark: [1], light: [2], palette: [9, 9, 9, 0, 0, 90, 250, 250, 200] },
  ],
  ['four-bit palette', { depth: 4, type: 3, dark: [0], light: [1], palette: [0, 0, 90, 250, 250, 200] }],
  ['eight-bit palette', { depth: 8, type: 3, dark: [0], light: [1], palette: [90, 0, 0, 200, 250, 250] }],
  ['colour', { depth: 8, type: 2, dark: [20, 20, 60], light: [255, 255, 240] }],
  ['sixteen-bit colour', { depth: 16, type: 2, dark: [0, 0, 9_000], light: [65_000, 65_000, 60_000] }],
  ['grey and opacity', { depth: 8, type: 4, dark: [0, 255], light: [0, 0] }],
  ['sixteen-bit grey and opacity', { depth: 16, type: 4, dark: [0, 65_535], light: [0, 0] }],
  ['black on nothing', { depth: 8, type: 6, dark: [0, 0, 0, 255], light: [0, 0, 0, 0] }],
  ['sixteen-bit black on nothing', { depth: 16, type: 6, dark: [0, 0, 0, 65_535], light: [0, 0, 0, 0] }],
  ['light on dark', { depth: 8, type: 0, dark: [255], light: [0] }],
] satisfies [string, Parameters<typeof qrPng>[0]][]

test.each(kinds)('a code is read from a PNG: %s, interlaced or not', async (_, kind) => {
  expect(await readQr(qrPng(kind))).toEqual(FOUND)
  expect(await readQr(qrPng({ ...kind, interlaced: true }))).toEqual(FOUND)
})

test('every filter of a PNG is undone', async () => {
  const { width, height, isDark } = code(4)
  const value = (x: number, y: number) =>
    x < 0 || y < 0 ? 0 : isDark(x, y) ? (x + y) % 40 : 200 + ((x * y) % 50)
  const foretold = [
    () => 0,
    (x: number, y: number) => value(x - 1, y),
    (x: number, y: number) => value(x, y - 1),
    (x: number, y: number) => (value(x - 1, y) + value(x, y - 1)) >> 1,
    (x: number, y: number) => {
      const [a, b, c] = [value(x - 1, y), value(x, y - 1), value(x - 1, y - 1)]
      const distances = [a, b, c].map((near) => Math.abs(a + b - c - near))
      return [a, b, c][distances.indexOf(Math.min(...distances))] ?? 0
    },
  ]
  const rows = Array.from({ length: height }, (_, y) =>
    Uint8Array.from([
      y % 5,
      ...Array.from({ length: width }, (_, x) => value(x, y) - (foretold[y % 5]?.(x, y) ?? 0)),
    ]),
  )
  const file = pngOf(header(width, height, 8, 0), chunk('IDAT', deflateSync(Buffer.concat(rows))))
  expect(await readQr(file)).toEqual(FOUND)
})

test.each([
  ['a small JPEG', () => qrJpeg(5, 0)],
  ['a JPEG with a small code in much white', () => qrJpeg(12, 300)],
  ['a large JPEG, just below the limit', () => qrJpeg(30, 25)],
])('a code is read from %s', async (_, make) => {
  expect(await readQr(make())).toEqual(FOUND)
})

test('a code is read from a large PNG with much around it', async () => {
  const { width, height, isDark } = code(20, 800)
  const data = Uint8Array.from({ length: width * height }, (_, at) =>
    isDark(at % width, Math.floor(at / width)) ? 10 : 240,
  )
  expect(width * height).toBeGreaterThan(5_000_000)
  expect(await readQr(new Uint8Array(encodePng({ width, height, data, channels: 1 })))).toEqual(FOUND)
})

const text = (start: string) => new Uint8Array(Buffer.from(start.padEnd(64, '\0'), 'latin1'))

test.each([
  ['HEIC', text('\0\0\0\x18ftypheic')],
  ['AVIF', text('\0\0\0\x1cftypavif')],
  ['WebP', text('RIFF\x24\0\0\0WEBPVP8 ')],
  ['GIF', text('GIF89a')],
  ['PDF', text('%PDF-1.7')],
  ['BMP', text('BM')],
  ['TIFF', text('II*\0')],
  ['SVG', text('<?xml version="1.0"?>')],
])('%s is named as a format that is not read', async (_, file) => {
  expect(await readQr(file)).toEqual(problem('wrong-format'))
})

test('what is no picture, cut short, contradictory or without a code has no code', async () => {
  const whole = qrPng({ depth: 1, type: 0, dark: [0], light: [1] })
  const jpeg = qrJpeg(5, 0)
  const rows = chunk('IDAT', deflateSync(Buffer.alloc(10_000)))
  for (const file of [
    new Uint8Array(),
    whole.slice(0, 40),
    whole.slice(0, 200),
    jpeg.slice(0, 3),
    jpeg.slice(0, 300),
    new Uint8Array(100).fill(255),
    pngOf(),
    pngOf(rows),
    pngOf(header(50, 50, 3, 0), rows),
    pngOf(header(50, 50, 8, 5), rows),
    pngOf(header(0, 50, 8, 0), rows),
    pngOf(chunk('IHDR', new Uint8Array(4)), rows),
    pngOf(header(50, 50, 8, 0), rows),
  ])
    expect(await readQr(file)).toEqual(problem('no-code'))
})

/** Counts what `DecompressionStream` gives out while a picture is read. */
function countInflated() {
  const seen = { bytes: 0 }
  const Real = DecompressionStream
  vi.stubGlobal(
    'DecompressionStream',
    class {
      readable: ReadableStream<Uint8Array>
      writable: WritableStream
      constructor(format: CompressionFormat) {
        const real = new Real(format)
        const count = new TransformStream<Uint8Array, Uint8Array>({
          transform(piece, out) {
            seen.bytes += piece.length
            out.enqueue(piece)
          },
        })
        this.readable = real.readable.pipeThrough(count)
        this.writable = real.writable
      }
    },
  )
  return seen
}
afterEach(() => vi.unstubAllGlobals())

const bomb = deflateSync(Buffer.alloc(100_000_000))

test.each([
  ['a pixel with a hundred megabytes of rows', pngOf(header(1, 1, 8, 0), chunk('IDAT', bomb))],
  ['a hundred megabytes of colour profile', pngOf(header(1, 1, 8, 0), chunk('iCCP', bomb))],
  ['a hundred megabytes of text', pngOf(header(1, 1, 8, 0), chunk('zTXt', bomb), chunk('iTXt', bomb))],
  [
    'a second header that is larger than the first',
    pngOf(header(1, 1, 8, 0), header(4_000, 4_000, 8, 6), chunk('IDAT', bomb)),
  ],
  ['a header that comes last', pngOf(chunk('IDAT', bomb), header(1, 1, 8, 0))],
])('%s: what is inflated stays near what the header announces', async (_, file) => {
  const inflated = countInflated()
  expect(await readQr(file)).toMatchObject({ ok: false })
  expect(inflated.bytes).toBeLessThan(5_000_000)
})

test('a picture of too many pixels is refused by its header alone', async () => {
  const inflated = countInflated()
  for (const [width, height] of [
    [60_000, 60_000],
    [4_001, 4_000],
    [1, 20_000],
    [0xffffffff, 1],
  ] as const)
    expect(await readQr(pngOf(header(width, height, 1, 0), chunk('IDAT', bomb)))).toEqual(
      problem('too-large'),
    )
  expect(inflated.bytes).toBe(0)
})

/** The segments of a real JPEG: where its frame and its first scan begin. */
function jpegParts() {
  const file = Buffer.from(qrJpeg(4, 0))
  const scan = file.indexOf(Buffer.from([0xff, 0xda]))
  const frame = file.indexOf(Buffer.from([0xff, 0xc0]))
  const scanHeader = file.subarray(scan, scan + 2 + file.readUInt16BE(scan + 2))
  return { file, frame, scan, scanHeader }
}

/** A JPEG that claims a size. */
function claiming(width: number, height: number): Uint8Array {
  const { file, frame } = jpegParts()
  file.writeUInt16BE(height, frame + 5)
  file.writeUInt16BE(width, frame + 7)
  return new Uint8Array(file)
}

test('a JPEG that claims too much is refused before it is decoded', () => {
  const side = Math.sqrt((MAX_JPEG_BLOCKS * 64) / 3)
  expect(readJpeg(claiming(65_535, 65_535))).toBe('too-large')
  expect(readJpeg(claiming(Math.ceil(side) + 16, Math.ceil(side) + 16))).toBe('too-large')
})

test('thousands of empty scans are refused before they are decoded', () => {
  const { file, scan, scanHeader } = jpegParts()
  const scans = Buffer.concat(Array.from({ length: 2_000 }, () => scanHeader))
  const many = Buffer.concat([file.subarray(0, scan), scans, file.subarray(scan)])
  many.writeUInt16BE(900, many.indexOf(Buffer.from([0xff, 0xc0])) + 5)
  many.writeUInt16BE(900, many.indexOf(Buffer.from([0xff, 0xc0])) + 7)
  expect(readJpeg(new Uint8Array(many))).toBe('too-large')
})

test('a second frame is refused', () => {
  const { file, frame } = jpegParts()
  const length = 2 + file.readUInt16BE(frame + 2)
  const twice = Buffer.concat([file.subarray(0, frame + length), file.subarray(frame)])
  expect(readJpeg(new Uint8Array(twice))).toBe('damaged')
})

/** A table that says that it is longer than its segment, so that a decoder that believes it goes on `skipped` bytes later. */
const liars: [string, (skipped: number) => number[]][] = [
  ['a Huffman table', (skipped) => [0xff, 0xc4, 0, 19, 0, ...Array<number>(15).fill(0), skipped]],
  [
    'a quantization table',
    (skipped) => [0xff, 0xdb, 0, 3 + 64 - skipped, 0, ...Array<number>(64 - skipped).fill(1)],
  ],
  ['a restart interval', (skipped) => [0xff, 0xdd, 0, 4 + skipped, 0, 1, ...Array<number>(skipped).fill(0)]],
]

test.each(liars)('a large frame is not read from inside %s or the segment after it', (_, liar) => {
  const frame = (side: number) => [
    0xff,
    0xc2,
    0,
    11,
    8,
    side >> 8,
    side & 255,
    side >> 8,
    side & 255,
    1,
    1,
    0x11,
    0,
  ]
  const large = frame(2_500)
  for (const hidden of [
    [0xff, 0xdb, 0, 2 + large.length, ...large],
    [...liar(0).slice(0, 2), 0, 2 + large.length, ...large],
  ])
    for (let skipped = 0; skipped < 40; skipped++) {
      const scan = [0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0]
      const file = [0xff, 0xd8, ...liar(skipped), ...frame(8), ...hidden, ...scan, 0xff, 0xd9]
      expect(readJpeg(Uint8Array.from(file))).toBe('damaged')
    }
})

test('profiles, thumbnails and what follows the end are no part of a JPEG', async () => {
  const { file } = jpegParts()
  const thumbnail = Buffer.from(claiming(65_535, 65_535)).subarray(0, 60_000)
  const segment = Buffer.concat([Buffer.from([0xff, 0xe1, 0, 0]), thumbnail])
  segment.writeUInt16BE(segment.length - 2, 2)
  const phone = Buffer.concat([file.subarray(0, 2), segment, file.subarray(2), claiming(9_999, 9_999)])
  expect(await readQr(new Uint8Array(phone))).toEqual(FOUND)
})

test('the search never gets more than a megapixel, nor more of a side than it takes', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 16_384 }), fc.integer({ min: 1, max: 16_384 }), (width, height) => {
      fc.pre(width * height <= 16_000_000)
      const { data, ...size } = new Shrinker(width, height).finish()
      expect(data.length).toBe(size.width * size.height)
      expect(data.length).toBeLessThanOrEqual(MAX_SEARCHED_PIXELS)
      expect(Math.max(size.width, size.height)).toBeLessThanOrEqual(4_096)
    }),
    { numRuns: 25 },
  )
})

test('a picture tiled with finder patterns is searched to its end', async () => {
  const finder = (x: number, y: number) => {
    const ring = Math.max(Math.abs(x - 3), Math.abs(y - 3))
    return ring === 3 || ring <= 1
  }
  const tiled = drawPng({
    width: 1_000,
    height: 1_000,
    depth: 1,
    type: 0,
    samples: (x, y) => [x % 8 < 7 && y % 8 < 7 && finder(x % 8, y % 8) ? 0 : 1],
  })
  expect(await readQr(tiled)).toEqual(problem('no-code'))
})
