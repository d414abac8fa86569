import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { encode as encodeJpeg } from 'jpeg-js'
import encodeQr from 'qr'
import { expect } from 'vitest'
import { MAX_SEARCHED_PIXELS } from '../../src/sport/picture/brightness.ts'
import { readQr } from '../../src/sport/qr.ts'
import { chunk, drawPng, header, pngOf } from '../sport/pictures.ts'
import { fuzz } from './fuzz.ts'

/* Pictures from people who mean ill: what is read of them allocates no more than the search for a code is allowed. */

const modules = encodeQr('otpauth://totp/PoliMi?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', 'raw', {
  border: 4,
})
const SIDE = modules.length * 3
const isDark = (x: number, y: number) => modules[Math.floor(y / 3)]?.[Math.floor(x / 3)] === true

const png = (interlaced: boolean) =>
  drawPng({
    width: SIDE,
    height: SIDE,
    depth: 8,
    type: 0,
    interlaced,
    samples: (x, y) => [isDark(x, y) ? 0 : 255],
  })

function jpeg(): Uint8Array {
  const data = new Uint8Array(SIDE * SIDE * 4).fill(255)
  for (let at = 0; at < SIDE * SIDE; at++)
    if (isDark(at % SIDE, Math.floor(at / SIDE))) data.fill(20, at * 4, at * 4 + 3)
  return new Uint8Array(encodeJpeg({ width: SIDE, height: SIDE, data }, 60).data)
}

const originals = [png(false), png(true), jpeg()]

/** A picture with bytes changed, cut out, doubled or cut off: most of them in its headers, where they do the most. */
const mutated = fc
  .tuple(
    fc.constantFrom(...originals),
    fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.nat(4), fc.boolean()), { minLength: 1, maxLength: 8 }),
  )
  .map(([original, changes]) => {
    let bytes = Buffer.from(original)
    for (const [where, byte, how, early] of changes) {
      const at = where % Math.max(1, early ? Math.min(200, bytes.length) : bytes.length)
      if (how <= 1) bytes.writeUInt8(byte, at)
      else if (how === 2) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + (byte % 40))])
      else if (how === 3) bytes = Buffer.concat([bytes.subarray(0, at + byte), bytes.subarray(at)])
      else bytes = bytes.subarray(0, at)
      if (bytes.length === 0) break
    }
    return new Uint8Array(bytes)
  })

/** Small files that unpack to ten megabytes, whatever they say of their size, in every chunk and in any order. */
const bomb = deflateSync(Buffer.alloc(10_000_000))
const sizes = fc.constantFrom(1, 2, 100, 1_000, 4_000, 16_384, 65_535, 0x7fffffff)
const chunks = fc.oneof(
  fc
    .tuple(sizes, sizes, fc.constantFrom(1, 2, 8, 16), fc.constantFrom(0, 2, 3, 4, 6), fc.boolean())
    .map((fields) => header(...fields)),
  fc.constantFrom('IDAT', 'iCCP', 'zTXt', 'iTXt', 'PLTE', 'tRNS', 'fdAT').map((name) => chunk(name, bomb)),
)
const bombs = fc.array(chunks, { minLength: 1, maxLength: 5 }).map((parts) => pngOf(...parts))

/** The bytes that typed arrays and inflated pieces of at least a page take while `work` goes on. */
async function allocated(work: () => Promise<unknown>): Promise<number> {
  const kinds = ['Uint8Array', 'Uint8ClampedArray', 'Int32Array', 'Uint32Array', 'Float64Array'] as const
  let bytes = 0
  const originalsOf = kinds.map((kind) => [kind, globalThis[kind]] as const)
  for (const [kind, Original] of originalsOf)
    Object.assign(globalThis, {
      [kind]: new Proxy(Original, {
        construct(target, args, newTarget) {
          const made = Reflect.construct(target, args, newTarget) as { byteLength: number }
          // A view of what is there already takes nothing.
          if (typeof args[0] !== 'object' || !(args[0] instanceof ArrayBuffer)) bytes += made.byteLength
          return made
        },
      }),
    })
  try {
    await work()
  } finally {
    for (const [kind, Original] of originalsOf) Object.assign(globalThis, { [kind]: Original })
  }
  return bytes
}

/** The search's own tables are some times as large as the picture that it gets. */
const MOST = 16 * MAX_SEARCHED_PIXELS

const holds = async (file: Uint8Array) => {
  let result: Awaited<ReturnType<typeof readQr>> | undefined
  const bytes = await allocated(async () => {
    result = await readQr(file)
  })
  expect(result).toMatchObject(
    result?.ok
      ? { text: expect.any(String) }
      : { problem: expect.stringMatching(/^(no-code|wrong-format|too-large)$/) },
  )
  expect(bytes).toBeLessThan(MOST)
}

fuzz('pictures with bytes changed, doubled and cut off', 0.02, mutated, holds)
fuzz('pictures that unpack to far more', 0.01, bombs, holds)
