import { decode } from 'jpeg-js'
import { type Brightness, brightnessOf, Shrinker } from './brightness.ts'

/**
 * The decoder keeps some 400 bytes for each block of 8 × 8 samples until it is done: more would not fit in a Worker's
 * 128 MB. With colour at half size, as phones and Telegram write it, that is 4 megapixels.
 */
export const MAX_JPEG_BLOCKS = 100_000
/** A scan visits every block, however little it says of it: an honest progressive picture has about ten. */
const MAX_BLOCK_VISITS = 3_000_000

export const isJpeg = (bytes: Uint8Array): boolean => bytes[0] === 0xff && bytes[1] === 0xd8

const isScan = (marker: number): boolean => marker === 0xda
/** The markers that the decoder is given: tables, frames and scans, and how Adobe mixes colours. */
const isNeeded = (marker: number) =>
  marker === 0xdb || marker === 0xc4 || marker === 0xdd || marker === 0xee || isScan(marker)
/** Baseline, extended and progressive frames. */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xc2
/** Inside a scan: a stuffed byte, or the mark of a restart. */
const isOfScan = (marker: number | undefined) =>
  marker === 0 || (marker !== undefined && marker >= 0xd0 && marker <= 0xd7)

/** Where a scan's data that begin at `at` end: at the next marker. */
function endOfScan(bytes: Uint8Array, at: number): number {
  for (let end = bytes.indexOf(0xff, at); end >= 0; end = bytes.indexOf(0xff, end + 1))
    if (!isOfScan(bytes[end + 1])) return end
  return bytes.length
}

/** How many blocks of 8 × 8 samples a frame has; null when it is none that can be read. */
function blocksOf(frame: Uint8Array): number | null {
  const [bits, high = 0, low = 0, wide = 0, narrow = 0, parts = 0] = frame
  const [height, width] = [high * 256 + low, wide * 256 + narrow]
  if (bits !== 8 || height === 0 || width === 0 || parts === 0 || parts > 4) return null
  if (frame.length !== 6 + parts * 3) return null
  const factors = Array.from({ length: parts }, (_, part) => {
    const byte = frame[7 + part * 3] ?? 0
    return { across: byte >> 4, down: byte & 15 }
  })
  if (factors.some(({ across, down }) => across < 1 || across > 4 || down < 1 || down > 4)) return null
  const units =
    Math.ceil(width / 8 / Math.max(...factors.map(({ across }) => across))) *
    Math.ceil(height / 8 / Math.max(...factors.map(({ down }) => down)))
  return units * factors.reduce((sum, { across, down }) => sum + across * down, 0)
}

/** A JPEG of what the decoder needs alone, and what decoding it takes. */
interface Stripped {
  file: Uint8Array
  blocks: number
  scans: number
}

/**
 * Walks a JPEG's segments (ITU-T T.81, annex B). Comments, profiles and thumbnails are left out, as is all that follows
 * its end. Null for what is no JPEG: one frame, then scans.
 */
function strip(bytes: Uint8Array): Stripped | null {
  const kept: Uint8Array[] = [bytes.subarray(0, 2)]
  let blocks: number | null = null
  let scans = 0
  for (let at = 2; at + 4 <= bytes.length; ) {
    const marker = bytes[at + 1] ?? 0
    if (bytes[at] !== 0xff) return null
    if (marker === 0xd9) break
    if (marker === 0xff) {
      at += 1
      continue
    }
    const end = at + 2 + (bytes[at + 2] ?? 0) * 256 + (bytes[at + 3] ?? 0)
    if (end < at + 4 || end > bytes.length) return null
    if (isFrame(marker)) {
      if (blocks !== null) return null
      blocks = blocksOf(bytes.subarray(at + 4, end))
      if (blocks === null) return null
    }
    if (isScan(marker)) scans += 1
    const after = isScan(marker) ? endOfScan(bytes, end) : end
    if (isFrame(marker) || isNeeded(marker)) kept.push(bytes.subarray(at, after))
    at = after
  }
  if (blocks === null || scans === 0) return null
  kept.push(Uint8Array.of(0xff, 0xd9))
  const file = new Uint8Array(kept.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of kept) {
    file.set(part, at)
    at += part.length
  }
  // A table may say that it is longer than its segment: the decoder would then read a frame that is hidden in another one.
  if (marksIn(file, isFrame) !== 1) return null
  return { file, blocks, scans: Math.max(scans, marksIn(file, isScan)) }
}

/** Places where a decoder that lost its way could find such a marker. */
function marksIn(file: Uint8Array, isWanted: (marker: number) => boolean): number {
  let marks = 0
  for (let at = file.indexOf(0xff); at >= 0; at = file.indexOf(0xff, at + 1))
    if (isWanted(file[at + 1] ?? 0)) marks += 1
  return marks
}

/**
 * Reads a JPEG, progressive too. What its decoding takes is known from its headers before it begins.
 * @returns `too-large` for more than allowed, `damaged` for what is no JPEG that we read
 * @throws whatever the decoder makes of a damaged picture
 */
export function readJpeg(bytes: Uint8Array): Brightness | 'too-large' | 'damaged' {
  const stripped = strip(bytes)
  if (!stripped) return 'damaged'
  const { file, blocks, scans } = stripped
  if (blocks > MAX_JPEG_BLOCKS || blocks * scans > MAX_BLOCK_VISITS) return 'too-large'
  const { data, width, height } = decode(file, {
    useTArray: true,
    formatAsRGBA: false,
    maxResolutionInMP: (MAX_JPEG_BLOCKS * 64) / 1_000_000,
    maxMemoryUsageInMB: 90,
  })
  const picture = new Shrinker(width, height)
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at += 3)
      picture.add(x, y, brightnessOf(data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0))
  return picture.finish()
}
