import { crc32, deflateSync } from 'node:zlib'
import { decode as decodePng, encode as encodePng } from 'fast-png'
import { encode as encodeJpeg } from 'jpeg-js'
import encodeQr from 'qr'
import { expect, test } from 'vitest'
import { readQr } from '../../src/sport/qr.ts'

const TEXT = 'otpauth://totp/PoliMi?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
const SCALE = 5
const modules = encodeQr(TEXT, 'raw', { border: 4 })
const side = modules.length * SCALE
const isDark = (x: number, y: number) => modules[Math.floor(y / SCALE)]?.[Math.floor(x / SCALE)] === true

/** A picture's samples, `channels` a pixel. */
const samples = (dark: number[], light: number[]) =>
  Uint8Array.from(
    Array.from({ length: side * side }, (_, at) =>
      isDark(at % side, Math.floor(at / side)) ? dark : light,
    ).flat(),
  )

function chunk(name: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}

/** A PNG whose samples are smaller than a byte, as QR tools write them. */
function smallPng(depth: 1 | 2 | 4, palette?: number[]): Uint8Array {
  const head = Buffer.alloc(13)
  head.writeUInt32BE(side, 0)
  head.writeUInt32BE(side, 4)
  head.set([depth, palette ? 3 : 0, 0, 0, 0], 8)
  const perByte = 8 / depth
  const rows = Array.from({ length: side }, (_, y) => {
    const row = Buffer.alloc(1 + Math.ceil(side / perByte))
    for (let x = 0; x < side; x++) {
      const value = isDark(x, y) ? 0 : palette ? 1 : 2 ** depth - 1
      row[1 + Math.floor(x / perByte)] =
        (row[1 + Math.floor(x / perByte)] ?? 0) | (value << (8 - depth * ((x % perByte) + 1)))
    }
    return row
  })
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head),
    ...(palette ? [chunk('PLTE', Uint8Array.from(palette))] : []),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', new Uint8Array()),
  ])
}

const png = (data: Uint8Array | Uint16Array, channels: number, depth: 8 | 16 = 8) =>
  encodePng({ width: side, height: side, data, channels, depth } as Parameters<typeof encodePng>[0])

test.each([
  ['one-bit grey', smallPng(1)],
  ['two-bit grey', smallPng(2)],
  ['four-bit grey', smallPng(4)],
  ['one-bit palette', smallPng(1, [0, 0, 0, 255, 255, 255])],
  ['four-bit palette in colour', smallPng(4, [0, 0, 90, 250, 250, 200])],
  ['eight-bit grey', png(samples([0], [255]), 1)],
  ['colour', png(samples([20, 20, 60], [255, 255, 240]), 3)],
  ['black on nothing', png(samples([0, 0, 0, 255], [0, 0, 0, 0]), 4)],
  ['grey and transparency', png(samples([0, 255], [255, 255]), 2)],
  [
    'sixteen-bit',
    png(
      Uint16Array.from(samples([0], [255]), (value) => value * 257),
      1,
      16,
    ),
  ],
  ['light on dark', png(samples([255], [0]), 1)],
  [
    'JPEG',
    encodeJpeg({ width: side, height: side, data: samples([0, 0, 0, 255], [255, 255, 255, 255]) }, 40).data,
  ],
])('a code is read from a picture: %s', (_, file) => {
  expect(readQr(new Uint8Array(file))).toBe(TEXT)
})

test('what is no picture, cut short or far too large is just not read', () => {
  const whole = smallPng(1)
  expect(decodePng(whole).width).toBe(side)
  const huge = new Uint8Array(whole)
  new DataView(huge.buffer).setUint32(16, 60_000)
  for (const file of [
    new Uint8Array(),
    whole.slice(0, 40),
    whole.slice(0, 200),
    huge,
    new Uint8Array(100).fill(255),
  ])
    expect(readQr(file)).toBe(null)
})
