import { decode as decodePng } from 'fast-png'
import { decode as decodeJpeg } from 'jpeg-js'
import jsQR from 'jsqr'
import { describeError, log } from '../platform/log.ts'

/** An image as eight-bit RGBA. */
interface Pixels {
  data: Uint8ClampedArray
  width: number
  height: number
}

/** Larger images are refused: they would not fit in a Worker's memory beside their decoder's. */
const MAX_PIXELS = 8_000_000
/** A code is read best when its modules are a few pixels wide: larger pictures are also tried smaller. */
const COMFORTABLE_SIDE = 900

function pngPixels(bytes: Uint8Array): Pixels | null {
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 33 || header.getUint32(16) * header.getUint32(20) > MAX_PIXELS) return null
  const { width, height, channels, depth, data, palette } = decodePng(bytes)
  const rgba = new Uint8ClampedArray(width * height * 4)
  const levels = depth === 16 ? 257 : 1
  const spread = depth < 8 && !palette ? 255 / (2 ** depth - 1) : 1
  const perByte = depth < 8 ? 8 / depth : 1
  const rowBytes = Math.ceil((width * channels) / perByte)
  const sample = (x: number, y: number, channel: number): number => {
    if (perByte === 1) return (data[(y * width + x) * channels + channel] ?? 0) / levels
    const byte = data[y * rowBytes + Math.floor(x / perByte)] ?? 0
    return ((byte >> (8 - depth * ((x % perByte) + 1))) & (2 ** depth - 1)) * spread
  }
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at += 4) {
      const first = sample(x, y, 0)
      const color = palette
        ? (palette[first] ?? [0, 0, 0])
        : channels >= 3
          ? [first, sample(x, y, 1), sample(x, y, 2)]
          : [first, first, first]
      const alpha = palette ? (color[3] ?? 255) : channels % 2 === 0 ? sample(x, y, channels - 1) : 255
      // What is transparent shows as white, as in a viewer.
      for (let part = 0; part < 3; part++)
        rgba[at + part] = ((color[part] ?? 0) * alpha + 255 * (255 - alpha)) / 255
      rgba[at + 3] = 255
    }
  return { data: rgba, width, height }
}

function jpegPixels(bytes: Uint8Array): Pixels {
  const { data, width, height } = decodeJpeg(bytes, {
    useTArray: true,
    formatAsRGBA: true,
    maxResolutionInMP: MAX_PIXELS / 1_000_000,
    maxMemoryUsageInMB: 90,
  })
  return { data: new Uint8ClampedArray(data.buffer, data.byteOffset, data.byteLength), width, height }
}

/** Every `step`-th pixel of an image. */
function thinned({ data, width, height }: Pixels, step: number): Pixels {
  const small = { width: Math.floor(width / step), height: Math.floor(height / step) }
  const out = new Uint8ClampedArray(small.width * small.height * 4)
  const from = new Uint32Array(data.buffer, data.byteOffset, width * height)
  const to = new Uint32Array(out.buffer)
  for (let y = 0; y < small.height; y++)
    for (let x = 0; x < small.width; x++)
      to[y * small.width + x] = from[y * step * width + x * step] ?? 0xffffffff
  return { data: out, ...small }
}

function pixelsOf(bytes: Uint8Array): Pixels | null {
  const [first, second] = bytes
  if (first === 0x89 && second === 0x50) return pngPixels(bytes)
  return first === 0xff && second === 0xd8 ? jpegPixels(bytes) : null
}

/**
 * The text of the QR code in a PNG or JPEG picture; null when there is none, or the picture cannot be read. Never
 * throws.
 */
export function readQr(bytes: Uint8Array): string | null {
  try {
    const pixels = pixelsOf(bytes)
    if (!pixels) return null
    const smaller = Math.ceil(Math.max(pixels.width, pixels.height) / COMFORTABLE_SIDE)
    for (const step of new Set([smaller, 1])) {
      const { data, width, height } = step > 1 ? thinned(pixels, step) : pixels
      const found = jsQR(data, width, height)
      if (found?.data) return found.data
    }
  } catch (error) {
    log('info', 'picture-unreadable', { error: describeError(error) })
  }
  return null
}
